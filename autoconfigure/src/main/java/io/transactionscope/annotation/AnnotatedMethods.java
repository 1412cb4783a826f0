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

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The methods of the application that an annotation is about.
 *
 * @param <A> the annotation
 */
final class AnnotatedMethods<A extends Annotation> extends StaticMethodMatcherPointcut {

	private final Class<A> type;

	private final Map<Class<?>, Boolean> mentions = new ConcurrentHashMap<>();

	private final Map<MethodClassKey, Optional<A>> annotations = new ConcurrentHashMap<>();

	AnnotatedMethods(Class<A> type) {
		this.type = type;
		setClassFilter(this::isMentionedBy);
	}

	/**
	 * Return whether a class, or anything that it extends or implements, has the
	 * annotation anywhere. Hardly any of an application's beans does, and this is found
	 * out once for each class, whatever derives from it.
	 */
	private boolean isMentionedBy(@Nullable Class<?> each) {
		if (each == null || !AnnotationUtils.isCandidateClass(each, this.type)) {
			return false;
		}
		Boolean known = this.mentions.get(each);
		if (known == null) {
			known = declaresIt(each) || isMentionedBy(each.getSuperclass())
					|| Arrays.stream(each.getInterfaces()).anyMatch(this::isMentionedBy);
			this.mentions.put(each, known);
		}
		return known;
	}

	private boolean declaresIt(Class<?> each) {
		try {
			return isAnnotated(each)
					|| Arrays.stream(ReflectionUtils.getDeclaredMethods(each)).anyMatch(this::isAnnotated);
		}
		catch (IllegalStateException ex) {
			// Not all is there that its methods mention: they are not to be passed over.
			return true;
		}
	}

	/** Hardly anything has any annotation, which is cheaper to see than which one. */
	private boolean isAnnotated(AnnotatedElement element) {
		return element.getAnnotations().length > 0 && AnnotatedElementUtils.isAnnotated(element, this.type);
	}

	Class<A> type() {
		return this.type;
	}

	@Override
	public boolean matches(Method method, Class<?> targetClass) {
		return find(method, targetClass) != null;
	}

	A get(Method method, Class<?> targetClass) {
		A annotation = find(method, targetClass);
		if (annotation == null) {
			throw new IllegalStateException("Not annotated: " + method);
		}
		return annotation;
	}

	/**
	 * Find the annotation that is about a method: on the method, else on the class that
	 * declares it, each including what it implements or overrides.
	 */
	@Nullable A find(Method method, Class<?> targetClass) {
		return this.annotations.computeIfAbsent(new MethodClassKey(method, targetClass), (key) -> {
			if (method.getDeclaringClass() == Object.class || !ClassUtils.isUserLevelMethod(method)) {
				return Optional.empty();
			}
			Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
			A onMethod = AnnotatedElementUtils.findMergedAnnotation(specific, this.type);
			if (onMethod != null) {
				return Optional.of(onMethod);
			}
			if (Modifier.isPrivate(specific.getModifiers()) || Modifier.isStatic(specific.getModifiers())) {
				return Optional.empty();
			}
			return Optional.ofNullable(findOnType(specific));
		}).orElse(null);
	}

	private @Nullable A findOnType(Method method) {
		Class<?> type = method.getDeclaringClass();
		if (!Proxy.isProxyClass(type)) {
			return AnnotatedElementUtils.findMergedAnnotation(type, this.type);
		}
		// It declares what all its interfaces do, and Object's methods.
		for (Class<?> each : type.getInterfaces()) {
			Method declared = ClassUtils.getMethodIfAvailable(each, method.getName(), method.getParameterTypes());
			A found = (declared != null)
					? AnnotatedElementUtils.findMergedAnnotation(declared.getDeclaringClass(), this.type) : null;
			if (found != null) {
				return found;
			}
		}
		return null;
	}

}
