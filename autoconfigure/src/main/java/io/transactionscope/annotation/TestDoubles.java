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

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Beans that tests put in the place of the application's: a mock has the annotations of
 * what it stands for, and nothing to run in a scope; and what a test has made itself is
 * used as it is.
 *
 * @since 0.1.0
 */
public final class TestDoubles {

	private static final @Nullable Method MOCKING_DETAILS = mockingDetails();

	/** Of spring-test, which tells nobody what its {@code @TestBean} has replaced. */
	private static final String OVERRIDES = "org.springframework.test.context.bean.override.internalBeanOverrideRegistry";

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

	/**
	 * Return whether a bean is one of Mockito's, by which the test has to find it again.
	 * @param bean the bean
	 * @return {@code true} if it is a mock or a spy
	 */
	public static boolean isMockOrSpy(Object bean) {
		Objects.requireNonNull(bean, "bean must not be null");
		Object details = detailsOf(bean);
		return details != null && is("isMock", details);
	}

	static boolean isMock(Object bean) {
		Object details = detailsOf(bean);
		return details != null && is("isMock", details) && !is("isSpy", details);
	}

	private static @Nullable Object detailsOf(Object bean) {
		return (MOCKING_DETAILS != null) ? ReflectionUtils.invokeMethod(MOCKING_DETAILS, null, bean) : null;
	}

	/**
	 * Whether a test has put something in the place of a bean, in which case the
	 * container has not made it, nor a proxy for it.
	 */
	static boolean isReplaced(String beanName, ConfigurableListableBeanFactory beanFactory) {
		Object overrides = beanFactory.getSingleton(OVERRIDES);
		return overrides != null && field("handlerToBeanNameMap", overrides).containsValue(beanName)
				&& !field("wrappingBeanOverrideHandlers", overrides).containsKey(beanName);
	}

	private static Map<?, ?> field(String name, Object overrides) {
		Field field = ReflectionUtils.findField(overrides.getClass(), name, Map.class);
		if (field == null) {
			return Map.of();
		}
		ReflectionUtils.makeAccessible(field);
		return Objects.requireNonNullElse((Map<?, ?>) ReflectionUtils.getField(field, overrides), Map.of());
	}

	private static boolean is(String question, Object details) {
		Method method = ClassUtils.getInterfaceMethodIfPossible(ClassUtils.getMethod(details.getClass(), question),
				null);
		return Boolean.TRUE.equals(ReflectionUtils.invokeMethod(method, details));
	}

}
