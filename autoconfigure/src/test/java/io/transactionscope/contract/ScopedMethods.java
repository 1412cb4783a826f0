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

package io.transactionscope.contract;

import java.io.IOException;
import java.time.Duration;

import io.transactionscope.ActiveScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.annotation.Isolation;

/**
 * The annotated way to write each {@link Form}.
 */
class ScopedMethods {

	private static final String TIMEOUT = "PT0.12S";

	static final Duration DEADLINE = Duration.parse(TIMEOUT);

	private static final String LONG_TIMEOUT = "PT1M";

	static final Duration MUCH_TIME = Duration.parse(LONG_TIMEOUT);

	@ScopedTransaction("outer")
	@Nullable Object outer(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction("inner")
	@Nullable Object inner(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "nested", propagation = ScopePropagation.NESTED)
	@Nullable Object nested(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "new", propagation = ScopePropagation.REQUIRES_NEW)
	@Nullable Object requiresNew(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "outermost", propagation = ScopePropagation.OUTERMOST)
	@Nullable Object outermost(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "mandatory", propagation = ScopePropagation.MANDATORY)
	@Nullable Object mandatory(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "never", propagation = ScopePropagation.NEVER)
	@Nullable Object never(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "without", propagation = ScopePropagation.NOT_SUPPORTED)
	@Nullable Object withoutTransaction(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "reading", readOnly = true, isolation = Isolation.SERIALIZABLE)
	@Nullable Object readOnly(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "committing", commitOn = IOException.class)
	@Nullable Object commitOnIo(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "committing", commitOn = Throwable.class)
	@Nullable Object commitOnAll(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "unhurried", timeout = LONG_TIMEOUT)
	@Nullable Object unhurried(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "hurried", timeout = TIMEOUT)
	@Nullable Object hurried(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

	@ScopedTransaction(name = "hurried", timeout = TIMEOUT, propagation = ScopePropagation.REQUIRES_NEW)
	@Nullable Object hurriedNew(Body body) throws Throwable {
		return body.call(ActiveScope.current());
	}

}
