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

package io.transactionscope.resource.async;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * Something held that takes part in the way out of its scope instead of only being
 * released there: it puts its parts on it.
 *
 * @param <T> the type of the value
 */
abstract class AsyncPart<T extends @Nullable Object> implements AsyncHeld<T> {

	/**
	 * Put the parts on a way out, the first of them first.
	 */
	abstract void unwind(AsyncUnwinding unwinding);

	/**
	 * Return the step that releases something.
	 */
	static Step step(AsyncHeld<?> held) {
		if (held instanceof AsyncPart<?> part) {
			return (unwinding) -> {
				part.unwind(unwinding);
				return null;
			};
		}
		return step(held::release);
	}

	/**
	 * Return the step that takes an action.
	 */
	static Step step(AsyncExitAction action) {
		return (unwinding) -> {
			CompletionStage<?> over = action.run(unwinding.failures().seen());
			if (over == null) {
				throw new NullPointerException("The release by " + action.getClass().getName()
						+ " must not return null: return a stage that is completed already");
			}
			return over;
		};
	}

	/**
	 * Called by others than a scope: a way out of its own.
	 */
	@Override
	public final CompletionStage<?> release(Outcome outcome) {
		AsyncUnwinding apart = new AsyncUnwinding();
		unwind(apart);
		Throwable given = outcome.failure();
		List<Throwable> later = new ArrayList<>(0);
		CompletableFuture<@Nullable Void> released = new CompletableFuture<>();
		apart.begin(() -> {
			if (!outcome.isSuccess()) {
				apart.failures().settle(outcome, given, later);
			}
		}, () -> {
			Throwable left = apart.failures().left();
			if (left == null || left == given) {
				left = Failures.join(later);
			}
			else {
				Failures.suppressAll(left, later);
			}
			if (left == null) {
				released.complete(null);
			}
			else {
				released.completeExceptionally(left);
			}
		});
		return released.minimalCompletionStage();
	}

	/**
	 * Release what is held already because the rest could not be acquired.
	 * @return the failure, or what it was translated into, carrying the later ones
	 */
	static CompletionStage<Throwable> abandon(List<? extends AsyncHeld<?>> parts, Throwable failure) {
		AsyncUnwinding apart = new AsyncUnwinding();
		parts.forEach((part) -> apart.push(step(part)));
		List<Throwable> later = new ArrayList<>(0);
		return apart.end(Outcome.failed(failure), failure, later).thenApply((left) -> {
			Throwable told = (left != null) ? left : failure;
			Failures.suppressAll(told, later);
			return told;
		});
	}

}
