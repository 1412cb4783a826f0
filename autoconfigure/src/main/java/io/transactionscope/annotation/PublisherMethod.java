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
import java.util.Objects;

import io.transactionscope.reactive.ReactiveTransactionScope;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.ReactiveAdapter;
import org.springframework.transaction.ReactiveTransactionManager;

/**
 * A method that returns a publisher. It is called when that is subscribed to, each time
 * anew, in a scope of that subscription.
 */
final class PublisherMethod implements ScopedMethod {

	private final ReactiveTransactionScope scope;

	private final ReactiveAdapter adapter;

	private final boolean streamUncommitted;

	private PublisherMethod(ReactiveTransactionScope scope, ReactiveAdapter adapter, boolean streamUncommitted) {
		this.scope = scope;
		this.adapter = adapter;
		this.streamUncommitted = streamUncommitted;
	}

	/**
	 * Create one.
	 * @throws InvalidScopedTransactionException if there can be no scope for it
	 */
	static PublisherMethod of(Method method, Class<?> targetClass, ScopeOptions options,
			ConfigurableBeanFactory beanFactory) {
		ReactiveAdapter adapter = Objects.requireNonNull(Publishers.adapter(method, targetClass));
		if (options.hasRetryPolicy()) {
			throw options.invalid("returns a publisher, which a retry policy does not repeat",
					"Drop 'retryPolicy', and repeat the subscription with retryWhen outside of the method: each one is a transaction of its own.");
		}
		boolean streamUncommitted = options.annotation().streamUncommitted();
		if (streamUncommitted && !adapter.isMultiValue()) {
			throw options.invalid("returns one item, which nothing could be streamed of",
					"Drop 'streamUncommitted', or return a Flux.");
		}
		return new PublisherMethod(scope(options, beanFactory), adapter, streamUncommitted);
	}

	private static ReactiveTransactionScope scope(ScopeOptions options, ConfigurableBeanFactory beanFactory) {
		ScopedTransaction annotation = options.annotation();
		ReactiveTransactionScope scope = base(options, beanFactory).named(options.name())
			.propagation(annotation.propagation())
			.isolation(annotation.isolation())
			.commitOn((Class<?>[]) annotation.commitOn());
		return options.withTimeout(annotation.readOnly() ? scope.readOnly() : scope, ReactiveTransactionScope::timeout);
	}

	private static ReactiveTransactionScope base(ScopeOptions options, ConfigurableBeanFactory beanFactory) {
		String qualifier = options.manager();
		try {
			if (qualifier.isBlank()) {
				ReactiveTransactionScope scope = beanFactory.getBean(ReactiveTransactionScope.class);
				// A test that mocks the bean has not mocked the method.
				return !TestDoubles.isMock(scope) ? scope
						: ReactiveTransactionScope.create(beanFactory.getBean(ReactiveTransactionManager.class));
			}
			ReactiveTransactionManager manager = BeanFactoryAnnotationUtils.qualifiedBeanOfType(beanFactory,
					ReactiveTransactionManager.class, qualifier);
			return beanFactory.getBeanProvider(ReactiveTransactionScope.class)
				.stream()
				.filter((each) -> !TestDoubles.isMock(each))
				.findFirst()
				.orElseGet(() -> ReactiveTransactionScope.create(manager))
				.transactionManager(manager);
		}
		catch (BeansException ex) {
			if (qualifier.isBlank() && ScopeOptions.isMissing(ex)) {
				throw options.invalid(
						"returns a publisher, and there is no ReactiveTransactionScope to run that in", MissingAdvisor
							.withoutScope("a reactive transaction manager, as spring-boot-starter-data-r2dbc does"),
						ex);
			}
			throw options.invalid(
					qualifier.isBlank() ? "there is no single reactive transaction manager to use: " + ex.getMessage()
							: "its reactive transaction manager '%s' cannot be had: %s".formatted(qualifier,
									ex.getMessage()),
					"Name the bean of a ReactiveTransactionManager in its transactionManager attribute"
							+ (qualifier.isBlank() ? ", or make one of them primary." : "."),
					ex);
		}
	}

	@Override
	public Object invoke(MethodInvocation invocation) {
		Publisher<?> block = !this.adapter.isMultiValue()
				? this.scope.call((tx) -> mono(PublisherMethod.<RuntimeException>proceed(invocation)))
				: this.streamUncommitted
						? this.scope
							.streamUncommitted((tx) -> publisher(PublisherMethod.<RuntimeException>proceed(invocation)))
						: this.scope.callMany((tx) -> publisher(PublisherMethod.<RuntimeException>proceed(invocation)));
		return this.adapter.fromPublisher(block);
	}

	// What returns null is the scope's to refuse: the adapter would take it for empty.
	@SuppressWarnings("NullAway")
	private Mono<Object> mono(@Nullable Object result) {
		return (result == null) ? null
				: (result instanceof Mono<?> mono) ? mono.cast(Object.class) : Mono.from(publisher(result));
	}

	@SuppressWarnings("NullAway")
	private Publisher<Object> publisher(@Nullable Object result) {
		return (result != null) ? this.adapter.toPublisher(result) : null;
	}

	/** A clone, as an invocation goes on from where it got to. */
	@SuppressWarnings("unchecked")
	private static <E extends Throwable> @Nullable Object proceed(MethodInvocation invocation) throws E {
		try {
			return ((ProxyMethodInvocation) invocation).invocableClone().proceed();
		}
		catch (Throwable ex) {
			throw (E) ex;
		}
	}

}
