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

package io.transactionscope.text;

import java.lang.StackWalker.StackFrame;
import java.util.Objects;

/**
 * Names a block after the place in the code where it is written.
 *
 * @since 0.1.0
 */
public final class CallSite {

	private static final StackWalker WALKER = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

	/**
	 * By the class of the body: a lambda has one class for each place it is written at,
	 * so that the stack is walked once a place, not once a call.
	 */
	private static final ClassValue<String> NAMES = new ClassValue<>() {

		@Override
		protected String computeValue(Class<?> body) {
			return nameOf(declaringClassName(body));
		}

	};

	private CallSite() {
	}

	/**
	 * Name the place where a body is written: {@code Class.method}.
	 * @param body the class of the body
	 */
	public static String nameOf(Class<?> body) {
		return NAMES.get(Objects.requireNonNull(body, "body must not be null"));
	}

	/**
	 * Name the method that has called, which costs a microsecond.
	 * @param called what it has called, whose own frames are passed by
	 */
	public static String nameOfCaller(Class<?> called) {
		Objects.requireNonNull(called, "called must not be null");
		return WALKER.walk((frames) -> frames.filter((frame) -> !isOurs(frame, called))
			.findFirst()
			.map((frame) -> simpleName(frame.getClassName()) + "." + frame.getMethodName())
			.orElse("scope"));
	}

	private static String nameOf(String declaringClass) {
		return WALKER.walk((frames) -> frames.filter((frame) -> frame.getClassName().equals(declaringClass))
			.findFirst()
			.map((frame) -> simpleName(declaringClass) + "." + frame.getMethodName())
			.orElseGet(() -> simpleName(declaringClass)));
	}

	private static boolean isOurs(StackFrame frame, Class<?> called) {
		return frame.getDeclaringClass() == CallSite.class || called.isAssignableFrom(frame.getDeclaringClass());
	}

	private static String declaringClassName(Class<?> body) {
		// As Kotlin makes them of the lambdas that it inlines, too
		Class<?> written = body.isAnonymousClass() ? body.getEnclosingClass() : body;
		String name = written.getName();
		int lambda = name.indexOf("$$Lambda");
		return (lambda > 0) ? name.substring(0, lambda) : name;
	}

	private static String simpleName(String className) {
		return className.substring(className.lastIndexOf('.') + 1);
	}

}
