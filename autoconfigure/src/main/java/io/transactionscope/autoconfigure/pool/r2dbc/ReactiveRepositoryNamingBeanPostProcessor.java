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

package io.transactionscope.autoconfigure.pool.r2dbc;

import io.transactionscope.pool.r2dbc.ReactiveBorrower;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.data.repository.core.RepositoryInformation;
import org.springframework.data.repository.core.support.RepositoryFactoryBeanSupport;
import org.springframework.data.repository.core.support.RepositoryFactorySupport;

/**
 * Names what the reactive repositories of Spring Data borrow outside of scopes after
 * their calls.
 */
class ReactiveRepositoryNamingBeanPostProcessor implements BeanPostProcessor {

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (bean instanceof RepositoryFactoryBeanSupport<?, ?, ?> factory) {
			factory.addRepositoryFactoryCustomizer(ReactiveRepositoryNamingBeanPostProcessor::tellOfCalls);
		}
		return bean;
	}

	private static void tellOfCalls(RepositoryFactorySupport repositories) {
		repositories.addRepositoryProxyPostProcessor((proxy, repository) -> {
			if (repository.isReactiveRepository()) {
				proxy.addAdvice(0, calls(repository));
			}
		});
	}

	private static MethodInterceptor calls(RepositoryInformation repository) {
		String name = repository.getRepositoryInterface().getName();
		return (invocation) -> named(invocation.proceed(), name + "." + invocation.getMethod().getName());
	}

	private static @Nullable Object named(@Nullable Object result, String call) {
		if (result instanceof Mono<?> mono) {
			return mono.contextWrite((context) -> ReactiveBorrower.in(context, call));
		}
		return (result instanceof Flux<?> flux) ? flux.contextWrite((context) -> ReactiveBorrower.in(context, call))
				: result;
	}

}
