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

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A failure, and what it carries so far: it can only be asked for a copy of that, which
 * is too much to do for each one of many.
 *
 * @see Failures
 */
final class FirstFailure {

	/**
	 * Up to so many it is asked each time, as others may add to it as well.
	 */
	private static final int FEW = 64;

	private final Throwable failure;

	private final Set<Throwable> carried = Collections.newSetFromMap(new IdentityHashMap<>(4));

	/**
	 * What takes the later ones: the failure, or one of its causes.
	 */
	private @Nullable Throwable taker;

	/**
	 * How many more to add before it is asked again.
	 */
	private int unasked;

	FirstFailure(Throwable failure) {
		this.failure = failure;
	}

	/**
	 * Add a later failure.
	 * @return whether it is carried now
	 */
	boolean add(Throwable later) {
		List<Throwable> trunk = DetachedFailure.trunk(this.failure);
		if (DetachedFailure.contains(trunk, later)) {
			return true;
		}
		Throwable attached = DetachedFailure.detach(later, trunk);
		for (Throwable candidate : trunk) {
			if (candidate != this.taker || --this.unasked < 0) {
				ask(candidate);
			}
			if (this.carried.contains(later)) {
				return true;
			}
			candidate.addSuppressed(attached);
			if (candidate == this.taker || candidate.getSuppressed().length > 0) {
				this.taker = candidate;
				this.carried.add(later);
				return true;
			}
		}
		return false;
	}

	private void ask(Throwable candidate) {
		Throwable[] suppressed = candidate.getSuppressed();
		for (Throwable each : suppressed) {
			this.carried.add(each);
			this.carried.add(DetachedFailure.origin(each));
		}
		this.unasked = (suppressed.length < FEW) ? 0 : suppressed.length;
	}

}
