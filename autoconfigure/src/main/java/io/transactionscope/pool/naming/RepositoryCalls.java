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

package io.transactionscope.pool.naming;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import io.transactionscope.pool.Borrower;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.util.ClassUtils;

/**
 * Tells the ledger of the calls of a repository, so that they are named as its callers
 * know them: {@code OwnerRepository.findById}. Spring Data's own transactions have the
 * name of the class that implements all repositories, even for a method which that one
 * does not have. Spring keeps those names: only the ledger, and what our managers say,
 * have the other.
 *
 * @since 0.1.0
 */
public final class RepositoryCalls implements MethodInterceptor {

	private final String repository;

	private final Map<Method, Borrower.Call> calls = new ConcurrentHashMap<>();

	/**
	 * Tell of the calls of one repository.
	 * @param repository its interface
	 */
	public RepositoryCalls(Class<?> repository) {
		this.repository = Objects.requireNonNull(repository, "repository must not be null").getName();
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Borrower borrower = Borrower.current();
		Borrower.Call outer = borrower.exchangeCall(call(invocation));
		try {
			return invocation.proceed();
		}
		finally {
			borrower.exchangeCall(outer);
		}
	}

	private Borrower.Call call(MethodInvocation invocation) {
		Borrower.Call call = this.calls.get(invocation.getMethod());
		if (call == null) {
			call = callOf(invocation.getMethod(), invocation.getThis());
			this.calls.put(invocation.getMethod(), call);
		}
		return call;
	}

	private Borrower.Call callOf(Method method, @Nullable Object target) {
		Class<?> implementation = (target != null) ? AopUtils.getTargetClass(target) : null;
		return new Borrower.Call(this.repository + "." + method.getName(),
				ClassUtils.getQualifiedMethodName(method, implementation));
	}

}
