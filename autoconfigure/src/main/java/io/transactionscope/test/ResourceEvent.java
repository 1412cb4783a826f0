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

package io.transactionscope.test;

import java.util.Objects;

import io.transactionscope.resource.Outcome;

/**
 * What happened to a resource that a test {@linkplain ResourceFaults#watch watches}.
 *
 * @since 0.1.0
 */
public sealed interface ResourceEvent {

	/**
	 * Return the name under which the resource is watched.
	 * @return the name
	 */
	String name();

	/**
	 * Return where it happened.
	 * @return the thread
	 */
	Thread thread();

	/**
	 * The resource was acquired.
	 *
	 * @param name the name under which it is watched
	 * @param thread where it was acquired
	 * @since 0.1.0
	 */
	record Acquired(String name, Thread thread) implements ResourceEvent {

		/**
		 * Create one from its facts.
		 * @param name the name under which it is watched
		 * @param thread where it was acquired
		 */
		public Acquired {
			Objects.requireNonNull(name, "name must not be null");
			Objects.requireNonNull(thread, "thread must not be null");
		}

		@Override
		public String toString() {
			return this.name + " acquired";
		}

	}

	/**
	 * The resource could not be acquired, so that there was nothing to release.
	 *
	 * @param name the name under which it is watched
	 * @param thread where it should have been acquired
	 * @param failure why not
	 * @since 0.1.0
	 */
	record NotAcquired(String name, Thread thread, Throwable failure) implements ResourceEvent {

		/**
		 * Create one from its facts.
		 * @param name the name under which it is watched
		 * @param thread where it should have been acquired
		 * @param failure why not
		 */
		public NotAcquired {
			Objects.requireNonNull(name, "name must not be null");
			Objects.requireNonNull(thread, "thread must not be null");
			Objects.requireNonNull(failure, "failure must not be null");
		}

		@Override
		public String toString() {
			return this.name + " not acquired (" + this.failure + ")";
		}

	}

	/**
	 * The release of the resource began.
	 *
	 * @param name the name under which it is watched
	 * @param thread where it was released
	 * @param outcome how its scope had ended so far, as the resource got to see it
	 * @since 0.1.0
	 */
	record Released(String name, Thread thread, Outcome outcome) implements ResourceEvent {

		/**
		 * Create one from its facts.
		 * @param name the name under which it is watched
		 * @param thread where it was released
		 * @param outcome how its scope had ended so far, as the resource got to see it
		 */
		public Released {
			Objects.requireNonNull(name, "name must not be null");
			Objects.requireNonNull(thread, "thread must not be null");
			Objects.requireNonNull(outcome, "outcome must not be null");
		}

		@Override
		public String toString() {
			return this.name + " released: " + this.outcome;
		}

	}

}
