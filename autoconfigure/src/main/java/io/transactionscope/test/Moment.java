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

import java.sql.SQLException;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A call to a database that is about to be made.
 *
 * @param phase where in the life of a connection it is
 * @param pool the name of the pool that it is beneath, or in front of
 * @param sql what is to be executed or prepared, {@code null} if it is nothing like that
 * @param link the physical connection
 */
record Moment(Phase phase, String pool, @Nullable String sql, Link link) {

	/**
	 * Return what to throw, and end the link before if that says that it is lost.
	 */
	Throwable failing(@Nullable Throwable failure) {
		Objects.requireNonNull(failure, "failure must not be null");
		if (failure instanceof SQLException sql && SqlFailures.isLostLink(sql)) {
			this.link.lose();
		}
		return failure;
	}

	/**
	 * What a call goes over.
	 */
	interface Link {

		/** There is none yet. */
		Link NONE = new Link() {
		};

		/**
		 * End the physical connection: the server rolls back what is open.
		 */
		default void lose() {
		}

		/**
		 * Return whether somebody has ended the physical connection.
		 */
		default boolean isEnded() {
			return false;
		}

		/**
		 * Return whether somebody has canceled the statement since it was begun.
		 */
		default boolean isCanceled() {
			return false;
		}

		/**
		 * Return how long the driver waits for an answer, in milliseconds, 0 for ever.
		 */
		default int networkTimeout() {
			return 0;
		}

		/**
		 * Return how long the statement may take, in seconds, 0 for ever.
		 */
		default int queryTimeout() {
			return 0;
		}

	}

}
