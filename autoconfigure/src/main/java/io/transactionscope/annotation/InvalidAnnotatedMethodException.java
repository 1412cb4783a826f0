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
 * A method is annotated with {@link WithResource} or {@link ScopedTransaction} and cannot
 * be run as this asks for. Its message says which method, and why.
 *
 * @since 0.1.0
 */
public class InvalidAnnotatedMethodException extends RuntimeException {

	private final String action;

	InvalidAnnotatedMethodException(String annotation, Class<?> targetClass, Method method, String problem,
			String action) {
		super("%s.%s is annotated with %s, but %s".formatted(targetClass.getName(), signature(method), annotation,
				problem));
		this.action = action;
	}

	private static String signature(Method method) {
		StringBuilder signature = new StringBuilder(method.getName()).append('(');
		for (Class<?> type : method.getParameterTypes()) {
			signature.append((signature.charAt(signature.length() - 1) != '(') ? ", " : "")
				.append(type.getSimpleName());
		}
		return signature.append(')').toString();
	}

	/**
	 * Return what to change.
	 * @return a sentence for whoever wrote the method
	 */
	public String action() {
		return this.action;
	}

}
