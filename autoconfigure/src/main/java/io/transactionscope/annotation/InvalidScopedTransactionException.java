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

import java.lang.reflect.Method;

/**
 * A method is annotated with {@link ScopedTransaction} and cannot be run in the scope
 * that this asks for. Its message says which method, why, and what to change.
 *
 * @since 0.1.0
 */
public class InvalidScopedTransactionException extends InvalidAnnotatedMethodException {

	InvalidScopedTransactionException(Class<?> targetClass, Method method, String problem, String action) {
		super("@ScopedTransaction", targetClass, method, problem, action);
	}

	InvalidScopedTransactionException(Class<?> targetClass, Method method, String problem, String action,
			Throwable cause) {
		this(targetClass, method, problem, action);
		initCause(cause);
	}

}
