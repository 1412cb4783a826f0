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

package io.transactionscope.resource.failure;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A failure, and what it carries so far: it can only be asked for a copy of that, which
 * is too much to do for each one of many. To be used by one thread.
 *
 * @see Failures
 * @since 0.1.0
 */
public final class FirstFailure {

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

	/**
	 * Begin with what it carries already.
	 * @param failure the failure that the caller will get
	 */
	public FirstFailure(Throwable failure) {
		this.failure = Objects.requireNonNull(failure, "failure must not be null");
	}

	/**
	 * Add a later failure, under the rules of {@link Failures}.
	 * @param later the failure that came after it
	 */
	public void add(Throwable later) {
		Objects.requireNonNull(later, "later must not be null");
		try {
			if (!carry(later)) {
				// Not kept: this class needs nothing of the stack to be initialized
				LoggerFactory.getLogger(Failures.class)
					.error("{} cannot carry the failure that came after it:", this.failure, later);
			}
		}
		catch (Throwable ex) {
			// A getCause() or an appender that throws, or too little memory or stack to
			// look
			Failures.addPlainly(this.failure, later);
		}
	}

	private boolean carry(Throwable later) {
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
