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
import java.util.function.UnaryOperator;

import io.transactionscope.TransactionScope;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.annotation.Isolation;

/**
 * A block's options.
 *
 * @param options as they are given to a scope
 * @param method as they are given to an annotated method
 */
record Form(UnaryOperator<TransactionScope> options, AnnotatedMethod method) {

	static final Form OUTER = new Form((scope) -> scope.named("outer"), ScopedMethods::outer);

	static final Form INNER = new Form((scope) -> scope.named("inner"), ScopedMethods::inner);

	static final Form NESTED = new Form((scope) -> scope.named("nested").nested(), ScopedMethods::nested);

	static final Form REQUIRES_NEW = new Form((scope) -> scope.named("new").requiresNew(), ScopedMethods::requiresNew);

	static final Form OUTERMOST = new Form((scope) -> scope.named("outermost").outermost(), ScopedMethods::outermost);

	static final Form MANDATORY = new Form((scope) -> scope.named("mandatory").mandatory(), ScopedMethods::mandatory);

	static final Form NEVER = new Form((scope) -> scope.named("never").never(), ScopedMethods::never);

	static final Form NOT_SUPPORTED = new Form((scope) -> scope.named("without").withoutTransaction(),
			ScopedMethods::withoutTransaction);

	static final Form READ_ONLY = new Form(
			(scope) -> scope.named("reading").readOnly().isolation(Isolation.SERIALIZABLE), ScopedMethods::readOnly);

	static final Form COMMIT_ON_IO = new Form((scope) -> scope.named("committing").commitOn(IOException.class),
			ScopedMethods::commitOnIo);

	static final Form COMMIT_ON_ALL = new Form((scope) -> scope.named("committing").commitOn(Throwable.class),
			ScopedMethods::commitOnAll);

	static final Form UNHURRIED = new Form((scope) -> scope.named("unhurried").timeout(ScopedMethods.MUCH_TIME),
			ScopedMethods::unhurried);

	/** With {@link ScopedMethods#DEADLINE}. */
	static final Form HURRIED = new Form((scope) -> scope.named("hurried").timeout(ScopedMethods.DEADLINE),
			ScopedMethods::hurried);

	/** With {@link ScopedMethods#DEADLINE}. */
	static final Form HURRIED_NEW = new Form((
			scope) -> scope.named("hurried").timeout(ScopedMethods.DEADLINE).propagation(ScopePropagation.REQUIRES_NEW),
			ScopedMethods::hurriedNew);

	TransactionScope scope(Application application) {
		return this.options.apply(application.scope());
	}

	@Nullable Object callMethod(Application application, Body body) throws Throwable {
		return this.method.call(application.scopedMethods(), body);
	}

	@FunctionalInterface
	interface AnnotatedMethod {

		@Nullable Object call(ScopedMethods methods, Body body) throws Throwable;

	}

}
