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

package io.transactionscope.annotation;

import io.transactionscope.TransactionScope;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;

/**
 * An annotated method, and the scope that it runs in.
 */
interface ScopedMethod {

	@Nullable Object invoke(MethodInvocation invocation) throws Throwable;

	/**
	 * A method whose work is done when it returns.
	 *
	 * @param scope its scope
	 * @param asynchronous whether it is {@code @Async}, too
	 * @param repeated whether it may be called more than once
	 */
	record Blocking(TransactionScope scope, boolean asynchronous, boolean repeated) implements ScopedMethod {

		@Override
		@SuppressWarnings("NullAway") // It is the method that decides whether null is a
										// value
		public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
			if (!this.asynchronous) {
				return this.scope.<@Nullable Object, Throwable>call((tx) -> proceed(invocation));
			}
			return this.scope.<Asynchronous.Done, Throwable>call((tx) -> Asynchronous.done(proceed(invocation)))
				.result();
		}

		/**
		 * On a clone where it may be repeated: an invocation goes on from where it got
		 * to.
		 */
		private @Nullable Object proceed(MethodInvocation invocation) throws Throwable {
			return this.repeated ? ((ProxyMethodInvocation) invocation).invocableClone().proceed()
					: invocation.proceed();
		}

	}

}
