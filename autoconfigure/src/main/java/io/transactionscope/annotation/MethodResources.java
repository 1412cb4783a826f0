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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import io.transactionscope.resource.Decorator;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodClassKey;

/**
 * The resources of the annotated methods.
 */
final class MethodResources {

	private final AnnotatedMethods<WithResource> methods;

	private final ConfigurableListableBeanFactory beanFactory;

	private final Map<MethodClassKey, List<String>> names = new ConcurrentHashMap<>();

	MethodResources(AnnotatedMethods<WithResource> methods, ConfigurableListableBeanFactory beanFactory) {
		this.methods = methods;
		this.beanFactory = beanFactory;
	}

	/**
	 * Return the resources of a method, the outermost first. What a test has mocked holds
	 * nothing, unless it is told to.
	 */
	List<Decorator> of(Method method, Class<?> targetClass) {
		List<Decorator> resources = new ArrayList<>(2);
		for (String name : names(method, targetClass)) {
			Decorator resource = this.beanFactory.getBean(name, Decorator.class);
			resources.add(TestDoubles.isMock(resource) ? MockedResource.of(resource) : resource);
		}
		return resources;
	}

	/**
	 * Check that there are such beans, without creating any.
	 * @throws InvalidAnnotatedMethodException at the first that is none
	 */
	void check(Method method, Class<?> targetClass) {
		List<String> names = names(method, targetClass);
		if (names.isEmpty() || names.stream().anyMatch(String::isBlank)) {
			throw AnnotationTerms.RESOURCE.invalid(targetClass, method, "names no bean",
					"Write the name of a bean that is a Resource or an Around, or remove the annotation.");
		}
		for (String name : names) {
			if (!this.beanFactory.containsBean(name)) {
				throw AnnotationTerms.RESOURCE.invalid(targetClass, method,
						"there is no bean '%s' (beans that could be meant: %s)".formatted(name,
								Arrays.toString(this.beanFactory.getBeanNamesForType(Decorator.class, true, false))),
						"Declare it, or name another bean that is a Resource or an Around. In a test slice, import the configuration that declares it, or mock it.");
			}
			if (!this.beanFactory.isTypeMatch(name, Decorator.class)) {
				Class<?> type = this.beanFactory.getType(name);
				throw AnnotationTerms.RESOURCE.invalid(targetClass, method,
						"bean '%s' is neither a Resource nor an Around, but of type %s".formatted(name,
								(type != null) ? type.getName() : "unknown"),
						"Declare it as a Resource, such as Resource.of(() -> open()) for what is closed at the end, or name another bean.");
			}
		}
	}

	private List<String> names(Method method, Class<?> targetClass) {
		return this.names.computeIfAbsent(new MethodClassKey(method, targetClass),
				(key) -> Arrays.stream(this.methods.get(method, targetClass).value())
					.map((name) -> Objects.requireNonNullElse(this.beanFactory.resolveEmbeddedValue(name), ""))
					.toList());
	}

}
