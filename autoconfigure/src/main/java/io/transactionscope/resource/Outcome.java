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

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * How a scope ended, as those see it that are released at its end.
 *
 * <p>
 * In a plain {@link ResourceScope} an outcome is a success or a failure. In a transaction
 * scope it is what became of the transaction: committed, rolled back, or in doubt. An
 * asynchronous scope of either kind may also be cancelled, which is a failure too: its
 * transaction is rolled back.
 *
 * <pre class="code">
 * scope.onExit((outcome) -> {
 *     if (outcome.isSuccess()) {
 *         publish(file);
 *     }
 *     else {
 *         discard(file, outcome.failure());
 *     }
 * });
 * </pre>
 *
 * <p>
 * The interface is sealed: {@link Succeeded}, {@link Failed}, {@link Cancelled} and
 * {@link Unknown} are all there is. Outcomes are immutable and may be shared between
 * threads.
 *
 * @since 0.1.0
 */
public sealed interface Outcome {

	/**
	 * Return the outcome of a scope that did what it was meant to do: its body returned,
	 * and its transaction, if it had one, is committed.
	 * @return the one success
	 */
	static Outcome succeeded() {
		return Succeeded.INSTANCE;
	}

	/**
	 * Return the outcome of a scope that failed without a failure that it could see: it
	 * was closed without having been completed, or only told to roll back.
	 * @return a failed outcome whose {@link #failure()} is {@code null}
	 */
	static Outcome failed() {
		return Failed.UNSEEN;
	}

	/**
	 * Return the outcome of a scope that failed: its body threw, or its transaction, if
	 * it had one, is rolled back.
	 * @param failure what made it fail
	 * @return a failed outcome with that failure
	 */
	static Outcome failed(Throwable failure) {
		return new Failed(Objects.requireNonNull(failure, "failure must not be null"));
	}

	/**
	 * Return the outcome of an asynchronous scope that nobody waits for any more: it was
	 * cancelled, or its time was up, before it had come to its own end.
	 * @param failure what it was cancelled with, or {@code null} where nothing was told
	 * @return a cancelled outcome with that failure
	 */
	static Outcome cancelled(@Nullable Throwable failure) {
		return (failure != null) ? new Cancelled(failure) : Cancelled.UNSEEN;
	}

	/**
	 * Return the outcome of a transaction that is in doubt: its COMMIT was sent, and the
	 * answer was lost.
	 * @param failure how the answer was lost
	 * @return an unknown outcome with that failure
	 */
	static Outcome unknown(Throwable failure) {
		return new Unknown(failure);
	}

	/**
	 * Return whether the scope did what it was meant to do.
	 * @return {@code true} for {@link Succeeded} only
	 */
	default boolean isSuccess() {
		return this instanceof Succeeded;
	}

	/**
	 * Return whether the scope is known to have failed and to have left nothing behind.
	 * @return {@code true} for {@link Failed} and {@link Cancelled} only
	 */
	default boolean isFailure() {
		return this instanceof Failed || this instanceof Cancelled;
	}

	/**
	 * Return whether the scope failed because it was cancelled.
	 * @return {@code true} for {@link Cancelled} only
	 */
	default boolean isCancelled() {
		return this instanceof Cancelled;
	}

	/**
	 * Return whether nobody knows if the transaction was committed.
	 * @return {@code true} for {@link Unknown} only
	 */
	default boolean isUnknown() {
		return this instanceof Unknown;
	}

	/**
	 * Return what made the scope fail, or put it in doubt.
	 * @return the failure; {@code null} after a success, and where the scope failed or
	 * was cancelled without one that it could see
	 */
	@Nullable Throwable failure();

	/**
	 * The scope did what it was meant to do; its transaction is committed.
	 *
	 * @since 0.1.0
	 */
	enum Succeeded implements Outcome {

		/**
		 * The one success.
		 */
		INSTANCE;

		@Override
		public @Nullable Throwable failure() {
			return null;
		}

		@Override
		public String toString() {
			return "succeeded";
		}

	}

	/**
	 * The scope failed; its transaction is rolled back.
	 *
	 * @param failure what made it fail, or {@code null} where the scope could not see it
	 * @since 0.1.0
	 */
	record Failed(@Nullable Throwable failure) implements Outcome {

		private static final Failed UNSEEN = new Failed(null);

		@Override
		public String toString() {
			return (this.failure != null) ? "failed (" + this.failure + ")" : "failed";
		}

	}

	/**
	 * The scope was cancelled; its transaction is rolled back.
	 *
	 * @param failure what it was cancelled with, or {@code null} where nothing was told
	 * @since 0.1.0
	 */
	record Cancelled(@Nullable Throwable failure) implements Outcome {

		private static final Cancelled UNSEEN = new Cancelled(null);

		@Override
		public String toString() {
			return (this.failure != null) ? "cancelled (" + this.failure + ")" : "cancelled";
		}

	}

	/**
	 * The transaction is in doubt: only the database knows whether it is committed.
	 *
	 * @param failure how the answer to the COMMIT was lost
	 * @since 0.1.0
	 */
	record Unknown(Throwable failure) implements Outcome {

		/**
		 * Create one from its facts.
		 * @param failure how the answer to the COMMIT was lost
		 */
		public Unknown {
			Objects.requireNonNull(failure, "failure must not be null");
		}

		@Override
		public String toString() {
			return "unknown (" + this.failure + ")";
		}

	}

}
