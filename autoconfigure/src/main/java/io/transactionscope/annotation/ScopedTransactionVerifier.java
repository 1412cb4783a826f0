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
import java.lang.reflect.Modifier;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * Fails the start of the application where a method is annotated with
 * {@link ScopedTransaction} and would run without its scope, or with one that cannot be
 * (T9), or with {@link WithResource} and would run without its resources.
 *
 * <p>
 * A bean that is created later is verified by the class that it is declared with, and if
 * it turns out to be of another one, fails then.
 *
 * @since 0.1.0
 */
public final class ScopedTransactionVerifier implements SmartInitializingSingleton, BeanPostProcessor {

	private final ConfigurableListableBeanFactory beanFactory;

	private final Set<Class<?>> verified = ConcurrentHashMap.newKeySet();

	private final AnnotatedMethods<ScopedTransaction> scoped = new AnnotatedMethods<>(ScopedTransaction.class);

	private final AnnotatedMethods<WithResource> withResource = new AnnotatedMethods<>(WithResource.class);

	private final List<FinalClassVerifier> finalClasses;

	/** None until the start, when all that there is gets verified. */
	private volatile List<AnnotatedMethodVerifier> verifiers = List.of();

	/**
	 * Create a verifier of the beans of the given factory.
	 * @param beanFactory where the beans are, and the {@link ScopedTransactionAdvisor}
	 * and the {@link WithResourceAdvisor} that have to advise them
	 */
	public ScopedTransactionVerifier(ConfigurableListableBeanFactory beanFactory) {
		Assert.notNull(beanFactory, "'beanFactory' must not be null");
		this.beanFactory = beanFactory;
		this.finalClasses = List.of(
				new FinalClassVerifier(AnnotationTerms.SCOPE, this.scoped, ScopedTransactionAdvisor.class, beanFactory),
				new FinalClassVerifier(AnnotationTerms.RESOURCE, this.withResource, WithResourceAdvisor.class,
						beanFactory));
	}

	/**
	 * Verify all beans.
	 * @throws InvalidAnnotatedMethodException at the first that does not pass
	 */
	@Override
	public void afterSingletonsInstantiated() {
		List<AnnotatedMethodVerifier> verifiers = List.of(
				verifier(AnnotationTerms.SCOPE, this.scoped, ScopedTransactionAdvisor.class),
				verifier(AnnotationTerms.RESOURCE, this.withResource, WithResourceAdvisor.class));
		// Those that were registered as singletons are not among the definitions.
		Iterator<String> beanNames = this.beanFactory.getBeanNamesIterator();
		while (beanNames.hasNext()) {
			String beanName = beanNames.next();
			Class<?> targetClass = AutoProxyUtils.determineTargetClass(this.beanFactory, beanName);
			if (targetClass != null && !isScopedProxy(beanName)) {
				verifiers.forEach((each) -> each.verify(beanName, targetClass));
				this.verified.add(ClassUtils.getUserClass(targetClass));
			}
		}
		this.verifiers = verifiers;
	}

	/**
	 * Verify that a bean can have a proxy, before Spring fails to make it.
	 * @throws InvalidAnnotatedMethodException at the first method that does not pass
	 */
	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (Modifier.isFinal(bean.getClass().getModifiers())) {
			this.finalClasses.forEach((each) -> each.verify(beanName, bean.getClass()));
		}
		return bean;
	}

	/**
	 * Verify what is created after the start and was not known then.
	 * @throws InvalidAnnotatedMethodException at the first method that does not pass
	 */
	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (!this.verifiers.isEmpty() && !isScopedProxy(beanName)) {
			Class<?> targetClass = ClassUtils.getUserClass(AopUtils.getTargetClass(bean));
			if (!this.verified.contains(targetClass)) {
				this.verifiers.forEach((each) -> each.verify(beanName, targetClass, bean));
				this.verified.add(targetClass);
			}
		}
		return bean;
	}

	private <A extends Annotation> AnnotatedMethodVerifier verifier(AnnotationTerms terms, AnnotatedMethods<A> methods,
			Class<? extends AnnotatedMethodAdvisor<A>> advisor) {
		return new AnnotatedMethodVerifier(terms, methods, this.beanFactory.getBeanProvider(advisor).getIfAvailable(),
				this.beanFactory);
	}

	/** It only leads to another bean, which is the one that runs in scopes. */
	private boolean isScopedProxy(String beanName) {
		return this.beanFactory.containsBeanDefinition(ScopedProxyUtils.getTargetBeanName(beanName));
	}

}
