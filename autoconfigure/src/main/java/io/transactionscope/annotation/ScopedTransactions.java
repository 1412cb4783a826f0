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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.transactionscope.TransactionScope;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.MethodClassKey;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.util.ClassUtils;

/**
 * The annotated methods of the application, and the scope of each.
 */
final class ScopedTransactions {

	private final AnnotatedMethods<ScopedTransaction> methods;

	private final ConfigurableBeanFactory beanFactory;

	private final Map<MethodClassKey, TransactionScope> scopes = new ConcurrentHashMap<>();

	ScopedTransactions(AnnotatedMethods<ScopedTransaction> methods, ConfigurableBeanFactory beanFactory) {
		this.methods = methods;
		this.beanFactory = beanFactory;
	}

	/**
	 * The scope of an annotated method.
	 * @throws InvalidScopedTransactionException if there can be none
	 */
	TransactionScope scopeFor(Method method, Class<?> targetClass) {
		MethodClassKey key = new MethodClassKey(method, targetClass);
		TransactionScope scope = this.scopes.get(key);
		return (scope != null) ? scope : this.scopes.computeIfAbsent(key, (absent) -> createScope(method, targetClass));
	}

	private TransactionScope createScope(Method method, Class<?> targetClass) {
		ScopedTransaction annotation = this.methods.get(method, targetClass);
		String name = resolve(annotation.name());
		TransactionScope scope = base(annotation, method, targetClass)
			.named(!name.isBlank() ? name : typeName(method, targetClass) + "." + method.getName())
			.propagation(annotation.propagation())
			.isolation(annotation.isolation())
			.commitOn((Class<?>[]) annotation.commitOn());
		scope = annotation.readOnly() ? scope.readOnly() : scope;
		String timeout = resolve(annotation.timeout());
		return !timeout.isBlank() ? withTimeout(scope, timeout, method, targetClass) : scope;
	}

	private static String typeName(Method method, Class<?> targetClass) {
		Class<?> userClass = ClassUtils.getUserClass(targetClass);
		// Which is called otherwise at each start
		boolean generated = userClass.isHidden() || Proxy.isProxyClass(userClass);
		Class<?> named = generated ? method.getDeclaringClass() : userClass;
		return named.isAnonymousClass() ? named.getName().substring(named.getPackageName().length() + 1)
				: named.getSimpleName();
	}

	private TransactionScope base(ScopedTransaction annotation, Method method, Class<?> targetClass) {
		String qualifier = resolve(annotation.transactionManager());
		try {
			if (qualifier.isBlank()) {
				TransactionScope scope = this.beanFactory.getBean(TransactionScope.class);
				// A test that mocks the bean has not mocked the method.
				return !TestDoubles.isMock(scope) ? scope
						: TransactionScope.create(this.beanFactory.getBean(PlatformTransactionManager.class));
			}
			PlatformTransactionManager manager = BeanFactoryAnnotationUtils.qualifiedBeanOfType(this.beanFactory,
					PlatformTransactionManager.class, qualifier);
			return this.beanFactory.getBeanProvider(TransactionScope.class)
				.stream()
				.filter((each) -> !TestDoubles.isMock(each))
				.findFirst()
				.orElseGet(() -> TransactionScope.create(manager))
				.transactionManager(manager);
		}
		catch (BeansException ex) {
			throw new InvalidScopedTransactionException(targetClass, method,
					qualifier.isBlank() ? "there is no single transaction manager to use: " + ex.getMessage()
							: "its transaction manager '%s' cannot be had: %s".formatted(qualifier, ex.getMessage()),
					"Name the bean of a PlatformTransactionManager in its transactionManager attribute"
							+ (qualifier.isBlank() ? ", or make one of them primary." : "."),
					ex);
		}
	}

	private TransactionScope withTimeout(TransactionScope scope, String timeout, Method method, Class<?> targetClass) {
		try {
			return scope.timeout(DurationStyle.detectAndParse(timeout));
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidScopedTransactionException(targetClass, method,
					"its timeout '%s' cannot be used: %s".formatted(timeout, ex.getMessage()),
					"Write a positive number with a unit, such as \"2s\" or \"500ms\", or an ISO-8601 duration, such as \"PT2S\".",
					ex);
		}
	}

	private String resolve(String value) {
		String resolved = this.beanFactory.resolveEmbeddedValue(value);
		return (resolved != null) ? resolved : "";
	}

}
