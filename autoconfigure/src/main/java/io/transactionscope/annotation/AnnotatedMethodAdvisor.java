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
import java.lang.reflect.Method;

import org.aopalliance.aop.Advice;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.AopUtils;

/**
 * Lets Spring's proxies do what an annotation asks for around the methods that it is
 * about.
 *
 * @param <A> the annotation
 */
abstract class AnnotatedMethodAdvisor<A extends Annotation> extends AbstractPointcutAdvisor {

	private final transient AnnotatedMethods<A> methods;

	private final transient MethodInterceptor interceptor = this::invoke;

	AnnotatedMethodAdvisor(AnnotatedMethods<A> methods, int order) {
		this.methods = methods;
		setOrder(order);
	}

	private @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Object target = invocation.getThis();
		return invoke(invocation,
				(target != null) ? AopUtils.getTargetClass(target) : invocation.getMethod().getDeclaringClass());
	}

	abstract @Nullable Object invoke(MethodInvocation invocation, Class<?> targetClass) throws Throwable;

	/**
	 * Find out what it needs for a method.
	 * @throws InvalidAnnotatedMethodException if that cannot be had
	 */
	abstract void prepare(Method method, Class<?> targetClass);

	/**
	 * Check its place among those that advise a method.
	 * @param advisors those of its bean, in order
	 * @throws InvalidAnnotatedMethodException if it has another one than it must
	 */
	void checkOrder(Iterable<Advisor> advisors, Method method, Class<?> targetClass) {
	}

	@Override
	public Pointcut getPointcut() {
		return this.methods;
	}

	@Override
	public Advice getAdvice() {
		return this.interceptor;
	}

}
