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

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.util.Assert;

/**
 * Lets Spring's proxies run the methods annotated with {@link ScopedTransaction} in their
 * scopes.
 *
 * <p>
 * It has the lowest precedence, next to the method, as {@code @Transactional} has it:
 * security, caching and asynchronous execution come before the scope, and a retry is a
 * new scope. With a lower {@linkplain #setOrder order}, aspects of a higher one run in
 * the scope.
 *
 * @since 0.1.0
 */
public final class ScopedTransactionAdvisor extends AnnotatedMethodAdvisor<ScopedTransaction> {

	private final transient ScopedTransactions scopedTransactions;

	/**
	 * Create an advisor for the beans of the given factory.
	 * @param beanFactory where to find scopes and transaction managers, when the first
	 * annotated method is called or verified
	 */
	public ScopedTransactionAdvisor(ConfigurableBeanFactory beanFactory) {
		this(new AnnotatedMethods<>(ScopedTransaction.class), beanFactory);
	}

	private ScopedTransactionAdvisor(AnnotatedMethods<ScopedTransaction> methods, ConfigurableBeanFactory beanFactory) {
		super(methods, LOWEST_PRECEDENCE);
		Assert.notNull(beanFactory, "'beanFactory' must not be null");
		this.scopedTransactions = new ScopedTransactions(methods, beanFactory);
	}

	@Override
	@Nullable Object invoke(MethodInvocation invocation, Class<?> targetClass) throws Throwable {
		return this.scopedTransactions.of(invocation.getMethod(), targetClass).invoke(invocation);
	}

	@Override
	void prepare(Method method, Class<?> targetClass) {
		this.scopedTransactions.of(method, targetClass);
	}

}
