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
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.BiFunction;

import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.util.ClassUtils;

/**
 * What an annotation says about the scope of its method, placeholders resolved.
 */
final class ScopeOptions {

	private final ScopedTransaction annotation;

	private final Method method;

	private final Class<?> targetClass;

	private final ConfigurableBeanFactory beanFactory;

	ScopeOptions(ScopedTransaction annotation, Method method, Class<?> targetClass,
			ConfigurableBeanFactory beanFactory) {
		this.annotation = annotation;
		this.method = method;
		this.targetClass = targetClass;
		this.beanFactory = beanFactory;
	}

	ScopedTransaction annotation() {
		return this.annotation;
	}

	String name() {
		String name = resolve(this.annotation.name());
		return !name.isBlank() ? name : typeName() + "." + this.method.getName();
	}

	private String typeName() {
		Class<?> userClass = ClassUtils.getUserClass(this.targetClass);
		// Which is called otherwise at each start
		boolean generated = userClass.isHidden() || Proxy.isProxyClass(userClass);
		Class<?> named = generated ? interfaceOf(userClass) : userClass;
		return named.isAnonymousClass() ? named.getName().substring(named.getPackageName().length() + 1)
				: named.getSimpleName();
	}

	private Class<?> interfaceOf(Class<?> generated) {
		Class<?> declaring = this.method.getDeclaringClass();
		return Arrays.stream(generated.getInterfaces())
			.filter(declaring::isAssignableFrom)
			.findFirst()
			.orElse(declaring);
	}

	/** The qualifier of the transaction manager, blank for the default one. */
	String manager() {
		return resolve(this.annotation.transactionManager());
	}

	/**
	 * Set the deadline of a scope, if the annotation has one.
	 * @throws InvalidScopedTransactionException if it cannot be used
	 */
	<S> S withTimeout(S scope, BiFunction<S, Duration, S> option) {
		String timeout = resolve(this.annotation.timeout());
		if (timeout.isBlank()) {
			return scope;
		}
		try {
			return option.apply(scope, DurationStyle.detectAndParse(timeout));
		}
		catch (IllegalArgumentException ex) {
			throw invalid("its timeout '%s' cannot be used: %s".formatted(timeout, ex.getMessage()),
					"Write a positive number with a unit, such as \"2s\" or \"500ms\", or an ISO-8601 duration, such as \"PT2S\".",
					ex);
		}
	}

	boolean hasRetryPolicy() {
		return !resolve(this.annotation.retryPolicy()).isBlank();
	}

	/**
	 * The retry policy, if the annotation names one.
	 * @throws InvalidScopedTransactionException if it cannot be used
	 */
	@Nullable RetryPolicy retryPolicy() {
		if (!hasRetryPolicy()) {
			return null;
		}
		ScopePropagation propagation = this.annotation.propagation();
		if (propagation == ScopePropagation.MANDATORY || propagation == ScopePropagation.NEVER
				|| propagation == ScopePropagation.NOT_SUPPORTED) {
			throw invalid("has a retry policy and propagation %s: only what begins a transaction can be repeated"
				.formatted(propagation), "Drop 'retryPolicy', and set it on the outermost scope.");
		}
		String name = resolve(this.annotation.retryPolicy());
		try {
			return this.beanFactory.getBean(name, RetryPolicy.class);
		}
		catch (BeansException ex) {
			throw invalid("its retry policy '%s' cannot be had: %s".formatted(name, ex.getMessage()),
					"Declare a bean of that name of the type org.springframework.core.retry.RetryPolicy, or correct the retryPolicy attribute.",
					ex);
		}
	}

	/** Whether there is no such bean, rather than several of them. */
	static boolean isMissing(BeansException ex) {
		return ex instanceof NoSuchBeanDefinitionException && !(ex instanceof NoUniqueBeanDefinitionException);
	}

	InvalidScopedTransactionException invalid(String problem, String action) {
		return new InvalidScopedTransactionException(this.targetClass, this.method, problem, action);
	}

	InvalidScopedTransactionException invalid(String problem, String action, Throwable cause) {
		return new InvalidScopedTransactionException(this.targetClass, this.method, problem, action, cause);
	}

	private String resolve(String value) {
		String resolved = this.beanFactory.resolveEmbeddedValue(value);
		return (resolved != null) ? resolved : "";
	}

}
