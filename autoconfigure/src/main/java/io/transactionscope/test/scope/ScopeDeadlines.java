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

package io.transactionscope.test.scope;

import java.time.Duration;
import java.util.Objects;

import io.transactionscope.TransactionScope;
import io.transactionscope.engine.CurrentScope;

/**
 * Time that passes for deadlines, and for nothing else, so that no test has to wait for
 * it: called where a test plays the part of what takes long.
 *
 * <pre class="code">
 * given(this.warehouse.reserve(item)).will((call) -&gt; {
 *     ScopeDeadlines.advance(Duration.ofSeconds(10));
 *     return reserved;
 * });
 * assertThatExceptionOfType(TransactionTimedOutException.class).isThrownBy(() -&gt; orders.place(item));
 * </pre>
 *
 * @since 0.1.0
 */
public final class ScopeDeadlines {

	private ScopeDeadlines() {
	}

	/**
	 * Bring the deadlines of all scopes that the current thread is in nearer: for their
	 * statements, for the wait for further connections, and for the commit, as if so much
	 * time had passed. What begins later is not affected. With or without a database, a
	 * {@linkplain TransactionScope#timeout deadline} that is over then has passed.
	 * <p>
	 * The time of the clock passes as well. A scope that is to be in time with what is
	 * left should have plenty left.
	 * @param time how much, not negative
	 * @throws IllegalStateException if the thread is in no scope
	 */
	public static void advance(Duration time) {
		Objects.requireNonNull(time, "time must not be null");
		if (time.isNegative()) {
			throw new IllegalArgumentException("Invalid time %s: must not be negative.".formatted(time));
		}
		CurrentScope.advance(time);
	}

}
