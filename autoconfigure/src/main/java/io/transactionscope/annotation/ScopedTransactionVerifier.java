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
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import io.transactionscope.resource.LateWork;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.autoproxy.AbstractAdvisorAutoProxyCreator;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Fails the start of the application where a method is annotated with
 * {@link ScopedTransaction} and would run without its scope, or with one that cannot be
 * (T9).
 */
public final class ScopedTransactionVerifier implements SmartInitializingSingleton {

	private static final List<Class<?>> UNEVALUATED = List.of(Callable.class, Supplier.class);

	private static final List<String> LIFECYCLE = List.of("PostConstruct", "PreDestroy");

	private final ConfigurableListableBeanFactory beanFactory;

	/**
	 * Create a verifier of the beans of the given factory.
	 * @param beanFactory where the beans are, and the {@link ScopedTransactionAdvisor}
	 * that has to advise them
	 */
	public ScopedTransactionVerifier(ConfigurableListableBeanFactory beanFactory) {
		Assert.notNull(beanFactory, "'beanFactory' must not be null");
		this.beanFactory = beanFactory;
	}

	/**
	 * Verify all beans.
	 * @throws InvalidScopedTransactionException at the first that does not pass
	 */
	@Override
	public void afterSingletonsInstantiated() {
		ScopedTransactionAdvisor advisor = this.beanFactory.getBeanProvider(ScopedTransactionAdvisor.class)
			.getIfAvailable();
		ScopedTransactions annotated = (advisor != null) ? advisor.scopedTransactions()
				: new ScopedTransactions(this.beanFactory);
		// Those that were registered as singletons are not among the definitions.
		Iterator<String> beanNames = this.beanFactory.getBeanNamesIterator();
		while (beanNames.hasNext()) {
			String beanName = beanNames.next();
			Class<?> targetClass = AutoProxyUtils.determineTargetClass(this.beanFactory, beanName);
			if (targetClass != null && !isScopedProxy(beanName) && isCandidate(targetClass)) {
				Class<?> userClass = ClassUtils.getUserClass(targetClass);
				ReflectionUtils.doWithMethods(userClass, (method) -> verify(beanName, method, userClass, advisor),
						(method) -> annotated.isScoped(method, userClass));
			}
		}
	}

	/** It only leads to another bean, which is the one that runs in scopes. */
	private boolean isScopedProxy(String beanName) {
		return this.beanFactory.containsBeanDefinition(ScopedProxyUtils.getTargetBeanName(beanName));
	}

	private static boolean isCandidate(Class<?> type) {
		return !type.getName().startsWith("org.springframework.")
				&& AnnotationUtils.isCandidateClass(type, ScopedTransaction.class);
	}

	/**
	 * Return the bean of that class, unless it is created later, or for each use anew.
	 */
	private @Nullable Object bean(String beanName, Class<?> targetClass) {
		Object bean = this.beanFactory.containsSingleton(beanName) ? this.beanFactory.getSingleton(beanName) : null;
		if (bean instanceof FactoryBean<?> factory && !FactoryBean.class.isAssignableFrom(targetClass)) {
			return factory.isSingleton() ? this.beanFactory.getBean(beanName) : null;
		}
		return bean;
	}

	/** What the factory has where a method has returned null. */
	private static boolean isNullBean(Object bean) {
		return Objects.equals(bean, null);
	}

	private void verify(String beanName, Method method, Class<?> targetClass,
			@Nullable ScopedTransactionAdvisor advisor) {
		Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
		Object bean = bean(beanName, targetClass);
		if (bean != null && (isNullBean(bean) || TestDoubles.isMock(bean))) {
			return;
		}
		if (advisor == null) {
			throw new InvalidScopedTransactionException(targetClass, method, MissingAdvisor.problem(this.beanFactory),
					MissingAdvisor.action(this.beanFactory));
		}
		verifyModifiers(specific, targetClass, bean);
		verifyCaller(specific, targetClass);
		verifyReturnType(specific, targetClass);
		verifyProxy(beanName, bean, specific, targetClass, advisor);
		advisor.scopedTransactions().scopeFor(specific, targetClass);
	}

	private static void verifyModifiers(Method method, Class<?> targetClass, @Nullable Object bean) {
		int modifiers = method.getModifiers();
		boolean byInterface = Proxy.isProxyClass(targetClass) || (bean != null && AopUtils.isJdkDynamicProxy(bean));
		if (Modifier.isPrivate(modifiers) || Modifier.isStatic(modifiers)
				|| (Modifier.isFinal(modifiers) && !byInterface)) {
			String modifier = Modifier.isPrivate(modifiers) ? "private"
					: Modifier.isStatic(modifiers) ? "static" : "final";
			throw new InvalidScopedTransactionException(targetClass, method,
					"is %s: no proxy can run it in its scope".formatted(modifier),
					"Drop '%s' from the method, or use TransactionScope.call inside it.".formatted(modifier));
		}
		if ((modifiers & (Modifier.PUBLIC | Modifier.PROTECTED)) == 0
				&& !isSamePackage(method.getDeclaringClass(), targetClass)) {
			throw new InvalidScopedTransactionException(targetClass, method,
					"is visible in the package of %s only: no proxy of the subclass can run it in its scope"
						.formatted(method.getDeclaringClass().getName()),
					"Make the method public or protected, or use TransactionScope.call inside it.");
		}
	}

	private static boolean isSamePackage(Class<?> declaring, Class<?> targetClass) {
		return declaring.getPackageName().equals(targetClass.getPackageName())
				&& declaring.getClassLoader() == targetClass.getClassLoader();
	}

	/** Not what the container calls before there is a proxy, or past it. */
	private static void verifyCaller(Method method, Class<?> targetClass) {
		if (AnnotatedElementUtils.hasAnnotation(method, ScopedTransaction.class)) {
			for (String lifecycle : LIFECYCLE) {
				if (AnnotatedElementUtils.isAnnotated(method, "jakarta.annotation." + lifecycle)) {
					throw new InvalidScopedTransactionException(targetClass, method,
							"is called as @%s, on the bean itself and not on its proxy".formatted(lifecycle),
							"Use TransactionScope.run inside it, or call it at the start from an ApplicationRunner.");
				}
			}
		}
	}

	private void verifyReturnType(Method method, Class<?> targetClass) {
		Class<?> type = ResolvableType.forMethodReturnType(method, targetClass).resolve(method.getReturnType());
		boolean asynchronous = Asynchronous.isAnnotated(method, targetClass)
				&& Asynchronous.isEnabled(this.beanFactory);
		if (UNEVALUATED.contains(type) || (LateWork.isLate(type) && !(asynchronous && isFuture(type)))) {
			throw new InvalidScopedTransactionException(targetClass, method,
					"returns %s: the scope would end before the work is done".formatted(type.getSimpleName()),
					"Return the value itself, or use TransactionScope.call inside the asynchronous or later work.");
		}
		Class<?>[] parameters = method.getParameterTypes();
		if (parameters.length > 0
				&& parameters[parameters.length - 1].getName().equals("kotlin.coroutines.Continuation")) {
			throw new InvalidScopedTransactionException(targetClass, method,
					"suspends: the scope would end before the work is done",
					"Drop 'suspend', or use TransactionScope.call inside the work.");
		}
	}

	private static boolean isFuture(Class<?> type) {
		return Future.class.isAssignableFrom(type);
	}

	private void verifyProxy(String beanName, @Nullable Object bean, Method method, Class<?> targetClass,
			ScopedTransactionAdvisor advisor) {
		if (bean == null) {
			if (this.beanFactory.getBeanNamesForType(AbstractAdvisorAutoProxyCreator.class, true, false).length == 0) {
				throw new InvalidScopedTransactionException(targetClass, method, "nothing makes proxies here",
						"Leave spring.aop.auto as it is, or enable transaction management.");
			}
			return;
		}
		if (!(bean instanceof Advised proxy) || !Arrays.asList(proxy.getAdvisors()).contains(advisor)) {
			throw new InvalidScopedTransactionException(targetClass, method,
					"bean '%s' is not proxied".formatted(beanName),
					"Let the bean be created after the bean post-processors: do not inject it into one of them, "
							+ "or into what they depend on, and declare the @Bean method of a post-processor static.");
		}
		if (AopUtils.isJdkDynamicProxy(bean) && !isDeclaredIn(proxy.getProxiedInterfaces(), method, targetClass)) {
			throw new InvalidScopedTransactionException(targetClass, method,
					"bean '%s' is proxied by its interfaces, of which none has that method".formatted(beanName),
					"Declare the method in an interface, or set spring.aop.proxy-target-class=true.");
		}
	}

	private static boolean isDeclaredIn(Class<?>[] interfaces, Method method, Class<?> targetClass) {
		return Arrays.stream(interfaces)
			.flatMap((each) -> Arrays.stream(each.getMethods()))
			.anyMatch((each) -> each.getName().equals(method.getName())
					&& AopUtils.getMostSpecificMethod(each, targetClass).equals(method));
	}

}
