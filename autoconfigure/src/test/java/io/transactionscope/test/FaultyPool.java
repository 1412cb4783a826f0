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

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

/**
 * A pool that does not lend when told so, over a {@link FaultyDriver}.
 */
public interface FaultyPool extends DataSource {

	/**
	 * Fail instead of lending, each time until {@link #heal()}.
	 * @param failure what to throw
	 */
	default <T extends Throwable> T failToLend(T failure) {
		unwilling().failure = failure;
		return failure;
	}

	default void heal() {
		unwilling().failure = null;
	}

	Unwilling unwilling();

	Counters counters();

	/** Throw away what was not lost with a failed test, so that the next one has all. */
	void evict();

	/**
	 * Why a pool does not lend.
	 */
	final class Unwilling {

		private volatile @Nullable Throwable failure;

		void lend() {
			Throwable failure = this.failure;
			if (failure != null) {
				throw Unwilling.<RuntimeException>sneaky(failure);
			}
		}

		@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
		private static <X extends Throwable> X sneaky(Throwable failure) throws X {
			throw (X) failure;
		}

	}

}
