/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.transactionscope.resource;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * A way out of its own, within another one or outside of any.
 */
final class Apart extends Unwinding {

	private final @Nullable Throwable given;

	/**
	 * Begin within another one.
	 * @param outcome what the releases see
	 * @param given what is on its way to the caller
	 * @param fact whether no failure can change the outcome
	 * @see Unwinding#takeOver(Apart)
	 */
	Apart(Outcome outcome, @Nullable Throwable given, boolean fact) {
		super(outcome, given, fact ? new ArrayList<>(0) : null);
		this.given = given;
	}

	/**
	 * Begin outside of any.
	 * @param outcome what the releases see
	 * @see #left()
	 */
	Apart(Outcome outcome) {
		this(outcome, outcome.failure(), !outcome.isSuccess());
	}

	@Override
	List<Throwable> suppressFailures(Predicate<Throwable> listed, Function<Throwable, List<Throwable>> unlisted) {
		Throwable failure = failure();
		List<Throwable> later = later();
		if (later != null && this.given != null && failure != null && failure != this.given) {
			// Thrown by a release that is to be kept from it: the failure itself goes on
			translated(failure, this.given);
			later.add(0, failure);
		}
		return super.suppressFailures(listed, unlisted);
	}

	/**
	 * Return what has failed, or what the given failure was translated into.
	 */
	@Nullable Throwable left() {
		restoreInterrupt();
		Throwable failure = (failure() != this.given) ? failure() : null;
		List<Throwable> later = later();
		if (later == null) {
			return failure;
		}
		if (failure == null) {
			return Failures.join(later);
		}
		Failures.suppressAll(failure, later);
		return failure;
	}

	/**
	 * Release what is held already because the rest could not be acquired.
	 */
	static RuntimeException abandon(List<Held<?>> parts, Throwable failure) {
		// No suppressor among them may let the entry succeed
		Apart apart = new Apart(Outcome.failed(failure));
		for (Held<?> part : parts) {
			apart.push(part);
		}
		apart.releaseAll();
		throw Failures.rethrow(apart.leftOf(failure));
	}

	/**
	 * Return the given failure, or what it was translated into, carrying the later ones.
	 */
	Throwable leftOf(Throwable given) {
		restoreInterrupt();
		Throwable failure = failure();
		List<Throwable> later = later();
		Throwable left = (failure != null) ? failure : given;
		if (later != null) {
			Failures.suppressAll(left, later);
		}
		return left;
	}

}
