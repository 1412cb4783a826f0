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
import java.lang.reflect.Proxy;

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
		return invoke(invocation, (target != null) ? targetClass(target, invocation.getMethod())
				: invocation.getMethod().getDeclaringClass());
	}

	private Class<?> targetClass(Object target, Method method) {
		Class<?> targetClass = AopUtils.getTargetClass(target);
		// What is behind a repository need not have the methods that the repository has.
		boolean behind = Proxy.isProxyClass(target.getClass())
				&& !(method.getDeclaringClass().isAssignableFrom(targetClass)
						&& this.methods.matches(method, targetClass));
		return behind ? target.getClass() : targetClass;
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
