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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.transactionscope.TransactionScope;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.MethodClassKey;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The annotated methods of the application, and the scope of each.
 */
final class ScopedTransactions {

	private final AnnotatedMethods<ScopedTransaction> methods;

	private final ConfigurableBeanFactory beanFactory;

	private final Map<MethodClassKey, ScopedMethod> scoped = new ConcurrentHashMap<>();

	ScopedTransactions(AnnotatedMethods<ScopedTransaction> methods, ConfigurableBeanFactory beanFactory) {
		this.methods = methods;
		this.beanFactory = beanFactory;
	}

	/**
	 * An annotated method in its scope.
	 * @throws InvalidScopedTransactionException if there can be none
	 */
	ScopedMethod of(Method method, Class<?> targetClass) {
		MethodClassKey key = new MethodClassKey(method, targetClass);
		ScopedMethod scoped = this.scoped.get(key);
		return (scoped != null) ? scoped : this.scoped.computeIfAbsent(key, (absent) -> create(method, targetClass));
	}

	private ScopedMethod create(Method method, Class<?> targetClass) {
		ScopeOptions options = new ScopeOptions(this.methods.get(method, targetClass), method, targetClass,
				this.beanFactory);
		if (Publishers.isReturnedBy(method, targetClass)) {
			return PublisherMethod.of(method, targetClass, options, this.beanFactory);
		}
		if (options.annotation().streamUncommitted()) {
			throw options.invalid("returns no publisher of several items that could be streamed uncommitted",
					"Drop 'streamUncommitted', or return a Flux.");
		}
		RetryPolicy policy = options.retryPolicy();
		TransactionScope scope = scope(options);
		return new ScopedMethod.Blocking((policy != null) ? scope.retry(policy) : scope,
				Asynchronous.isAnnotated(method, targetClass), policy != null);
	}

	private TransactionScope scope(ScopeOptions options) {
		ScopedTransaction annotation = options.annotation();
		TransactionScope scope = base(options).named(options.name())
			.propagation(annotation.propagation())
			.isolation(annotation.isolation())
			.commitOn((Class<?>[]) annotation.commitOn());
		return options.withTimeout(annotation.readOnly() ? scope.readOnly() : scope, TransactionScope::timeout);
	}

	private TransactionScope base(ScopeOptions options) {
		String qualifier = options.manager();
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
			if (qualifier.isBlank() && ScopeOptions.isMissing(ex)) {
				throw options.invalid("there is no TransactionScope to run it in",
						MissingAdvisor.withoutScope("a data source or a transaction manager"), ex);
			}
			throw options
				.invalid(
						qualifier.isBlank() ? "there is no single transaction manager to use: " + ex.getMessage()
								: "its transaction manager '%s' cannot be had: %s".formatted(qualifier,
										ex.getMessage()),
						"Name the bean of a PlatformTransactionManager in its transactionManager attribute"
								+ (qualifier.isBlank() ? ", or make one of them primary." : "."),
						ex);
		}
	}

}
