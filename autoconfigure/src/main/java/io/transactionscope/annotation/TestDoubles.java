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

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Beans that tests put in the place of the application's: a mock has the annotations of
 * what it stands for, and nothing to run in a scope.
 */
final class TestDoubles {

	private static final @Nullable Method MOCKING_DETAILS = mockingDetails();

	private TestDoubles() {
	}

	private static @Nullable Method mockingDetails() {
		try {
			return ClassUtils.forName("org.mockito.Mockito", TestDoubles.class.getClassLoader())
				.getMethod("mockingDetails", Object.class);
		}
		catch (ClassNotFoundException | NoSuchMethodException | LinkageError ex) {
			return null;
		}
	}

	static boolean isMock(Object bean) {
		Object details = (MOCKING_DETAILS != null) ? ReflectionUtils.invokeMethod(MOCKING_DETAILS, null, bean) : null;
		return details != null && is("isMock", details) && !is("isSpy", details);
	}

	private static boolean is(String question, Object details) {
		Method method = ClassUtils.getInterfaceMethodIfPossible(ClassUtils.getMethod(details.getClass(), question),
				null);
		return Boolean.TRUE.equals(ReflectionUtils.invokeMethod(method, details));
	}

}
