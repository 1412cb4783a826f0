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
import java.util.List;

import io.transactionscope.resource.Decorator;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.transaction.interceptor.TransactionAspectSupport;
import org.springframework.util.Assert;

/**
 * Lets Spring's proxies hold resources around the methods annotated with
 * {@link WithResource}.
 *
 * <p>
 * It comes immediately before what has the lowest precedence, as transactions have it by
 * default; where they have another order, this one has to be given a lower one.
 *
 * @since 0.1.0
 */
public final class WithResourceAdvisor extends AnnotatedMethodAdvisor<WithResource> {

	private final transient MethodResources resources;

	/**
	 * Create an advisor for the beans of the given factory.
	 * @param beanFactory where to find the resources, when a method is called or verified
	 */
	public WithResourceAdvisor(ConfigurableListableBeanFactory beanFactory) {
		this(new AnnotatedMethods<>(WithResource.class), beanFactory);
	}

	private WithResourceAdvisor(AnnotatedMethods<WithResource> methods, ConfigurableListableBeanFactory beanFactory) {
		super(methods, LOWEST_PRECEDENCE - 1);
		Assert.notNull(beanFactory, "'beanFactory' must not be null");
		this.resources = new MethodResources(methods, beanFactory);
	}

	@Override
	@SuppressWarnings("NullAway") // It is the method that decides whether null is a value
	@Nullable Object invoke(MethodInvocation invocation, Class<?> targetClass) throws Throwable {
		Method method = invocation.getMethod();
		List<Decorator> resources = this.resources.of(method, targetClass);
		if (method.getReturnType() == void.class) {
			Inside.run(resources, invocation::proceed);
			return null;
		}
		if (!Asynchronous.isAnnotated(method, targetClass)) {
			return Inside.<@Nullable Object>call(resources, invocation::proceed);
		}
		return Inside.<Asynchronous.Done>call(resources, () -> Asynchronous.done(invocation.proceed())).result();
	}

	@Override
	void prepare(Method method, Class<?> targetClass) {
		this.resources.check(method, targetClass);
	}

	@Override
	void checkOrder(Iterable<Advisor> advisors, Method method, Class<?> targetClass) {
		for (Advisor each : advisors) {
			if (each == this) {
				return;
			}
			if (isTransaction(each) && each instanceof PointcutAdvisor advisor
					&& advisor.getPointcut().getMethodMatcher().matches(method, targetClass)) {
				throw AnnotationTerms.RESOURCE.invalid(targetClass, method,
						"its transaction would begin before its resources are acquired, and they would be released "
								+ "before it ends",
						"Leave the order of transaction management out, or make it at least %d (@EnableTransactionManagement(order = ...)), or set transaction-scope.advisor.order to what it is."
							.formatted(getOrder() + 1));
			}
		}
	}

	private static boolean isTransaction(Advisor advisor) {
		return advisor instanceof ScopedTransactionAdvisor || advisor.getAdvice() instanceof TransactionAspectSupport;
	}

}
