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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import io.transactionscope.resource.LateWork;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.autoproxy.AbstractAdvisorAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.KotlinDetector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Finds the methods of beans that an annotation is about, and that would run without what
 * it asks for.
 */
final class AnnotatedMethodVerifier {

	private static final List<Class<?>> UNEVALUATED = List.of(Callable.class, Supplier.class);

	private static final List<String> LIFECYCLE = List.of("PostConstruct", "PreDestroy");

	/** In Kotlin, nothing says that a method is final. */
	private static final String OPEN = "Make the method open, most simply with Kotlin's compiler plugin 'spring'";

	private final AnnotationTerms terms;

	private final AnnotatedMethods<?> methods;

	private final @Nullable AnnotatedMethodAdvisor<?> advisor;

	private final ConfigurableListableBeanFactory beanFactory;

	/**
	 * Create a verifier for one annotation.
	 * @param advisor what has to advise its methods, if it is there
	 */
	AnnotatedMethodVerifier(AnnotationTerms terms, AnnotatedMethods<?> methods,
			@Nullable AnnotatedMethodAdvisor<?> advisor, ConfigurableListableBeanFactory beanFactory) {
		this.terms = terms;
		this.methods = methods;
		this.advisor = advisor;
		this.beanFactory = beanFactory;
	}

	/**
	 * Verify a bean.
	 * @throws InvalidAnnotatedMethodException at the first method that does not pass
	 */
	void verify(String beanName, Class<?> targetClass) {
		verify(beanName, targetClass, () -> bean(beanName, targetClass));
	}

	/**
	 * Verify a bean that is being created. Where it is not the proxy, there may be one
	 * already, as it is part of a circle.
	 * @throws InvalidAnnotatedMethodException at the first method that does not pass
	 */
	void verify(String beanName, Class<?> targetClass, Object bean) {
		verify(beanName, targetClass, () -> (bean instanceof Advised || TestDoubles.isMock(bean)) ? bean : null);
	}

	private void verify(String beanName, Class<?> targetClass, Supplier<@Nullable Object> bean) {
		Class<?> userClass = ClassUtils.getUserClass(targetClass);
		if (this.methods.getClassFilter().matches(targetClass) && hasReadableMethods(userClass)) {
			ReflectionUtils.doWithMethods(userClass, (method) -> verify(beanName, bean.get(), method, userClass),
					(method) -> this.methods.matches(method, userClass));
		}
	}

	/**
	 * Return whether all is there that the methods of a class mention. Where it is not,
	 * the container has created no bean of that class and never will: somebody else may
	 * have.
	 */
	private static boolean hasReadableMethods(Class<?> type) {
		try {
			ReflectionUtils.getAllDeclaredMethods(type);
			return true;
		}
		catch (IllegalStateException ex) {
			return false;
		}
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

	private void verify(String beanName, @Nullable Object bean, Method method, Class<?> targetClass) {
		Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
		if (bean != null && (isNullBean(bean) || TestDoubles.isMock(bean)
				|| TestDoubles.isReplaced(beanName, this.beanFactory))) {
			return;
		}
		AnnotatedMethodAdvisor<?> advisor = this.advisor;
		if (advisor == null) {
			throw invalid(targetClass, method, MissingAdvisor.problem(this.terms, this.beanFactory),
					MissingAdvisor.action(this.terms, this.beanFactory));
		}
		verifyModifiers(specific, targetClass, bean);
		verifyCaller(specific, targetClass);
		verifyReturnType(specific, targetClass);
		verifyProxy(beanName, bean, specific, targetClass, advisor);
		advisor.prepare(specific, targetClass);
	}

	private void verifyModifiers(Method method, Class<?> targetClass, @Nullable Object bean) {
		int modifiers = method.getModifiers();
		boolean byInterface = Proxy.isProxyClass(targetClass) || (bean != null && AopUtils.isJdkDynamicProxy(bean));
		if (Modifier.isPrivate(modifiers) || Modifier.isStatic(modifiers)
				|| (Modifier.isFinal(modifiers) && !byInterface)) {
			String modifier = Modifier.isPrivate(modifiers) ? "private"
					: Modifier.isStatic(modifiers) ? "static" : "final";
			throw invalid(targetClass, method, "is %s: no proxy can run it %s".formatted(modifier, this.terms.inside()),
					(modifier.equals("final") && KotlinDetector.isKotlinType(method.getDeclaringClass()) ? OPEN
							: "Drop '%s' from the method".formatted(modifier))
							+ ", or use %s.call inside it.".formatted(this.terms.scope()));
		}
		if ((modifiers & (Modifier.PUBLIC | Modifier.PROTECTED)) == 0
				&& !isSamePackage(method.getDeclaringClass(), targetClass)) {
			throw invalid(targetClass, method,
					"is visible in the package of %s only: no proxy of the subclass can run it %s"
						.formatted(method.getDeclaringClass().getName(), this.terms.inside()),
					"Make the method public or protected, or use %s.call inside it.".formatted(this.terms.scope()));
		}
	}

	private static boolean isSamePackage(Class<?> declaring, Class<?> targetClass) {
		return declaring.getPackageName().equals(targetClass.getPackageName())
				&& declaring.getClassLoader() == targetClass.getClassLoader();
	}

	/** Not what the container calls before there is a proxy, or past it. */
	private void verifyCaller(Method method, Class<?> targetClass) {
		if (AnnotatedElementUtils.hasAnnotation(method, this.methods.type())) {
			for (String lifecycle : LIFECYCLE) {
				if (AnnotatedElementUtils.isAnnotated(method, "jakarta.annotation." + lifecycle)) {
					throw invalid(targetClass, method,
							"is called as @%s, on the bean itself and not on its proxy".formatted(lifecycle),
							"Use %s.run inside it, or call it at the start from an ApplicationRunner."
								.formatted(this.terms.scope()));
				}
			}
		}
	}

	private void verifyReturnType(Method method, Class<?> targetClass) {
		Class<?> type = Publishers.returnType(method, targetClass);
		boolean asynchronous = Asynchronous.isAnnotated(method, targetClass)
				&& Asynchronous.isEnabled(this.beanFactory);
		boolean late = LateWork.isLate(type) && !(asynchronous && Future.class.isAssignableFrom(type))
				&& !(this.terms.allowsPublishers() && Publishers.isReturnedBy(method, targetClass));
		if (late || UNEVALUATED.contains(type)) {
			throw invalid(targetClass, method,
					"returns %s: %s before the work is done".formatted(type.getSimpleName(), this.terms.end()),
					LateWork.isLate(type)
							? "Return the value itself, or use %s, in place of %s.".formatted(LateWork.scopeFor(type),
									this.terms.annotation())
							: "Return the value itself, or use %s.call inside the later work."
								.formatted(this.terms.scope()));
		}
		Class<?>[] parameters = method.getParameterTypes();
		if (parameters.length > 0
				&& parameters[parameters.length - 1].getName().equals("kotlin.coroutines.Continuation")) {
			throw invalid(targetClass, method, "suspends: %s before the work is done".formatted(this.terms.end()),
					"Drop 'suspend', or use %s.call inside the work.".formatted(this.terms.scope()));
		}
	}

	private void verifyProxy(String beanName, @Nullable Object bean, Method method, Class<?> targetClass,
			AnnotatedMethodAdvisor<?> advisor) {
		if (bean == null) {
			if (this.beanFactory.getBeanNamesForType(AbstractAdvisorAutoProxyCreator.class, true, false).length == 0) {
				throw invalid(targetClass, method, "nothing makes proxies here",
						"Leave spring.aop.auto as it is, or enable transaction management.");
			}
			advisor.checkOrder(advisors(), method, targetClass);
			return;
		}
		if (!(bean instanceof Advised proxy) || !Arrays.asList(proxy.getAdvisors()).contains(advisor)) {
			throw invalid(targetClass, method, "bean '%s' is not proxied".formatted(beanName),
					"Let the bean be created after the bean post-processors: do not inject it into one of them, "
							+ "or into what they depend on, and declare the @Bean method of a post-processor static.");
		}
		if (AopUtils.isJdkDynamicProxy(bean) && !isDeclaredIn(proxy.getProxiedInterfaces(), method, targetClass)) {
			throw invalid(targetClass, method,
					"bean '%s' is proxied by its interfaces, of which none has that method".formatted(beanName),
					"Declare the method in an interface, or set spring.aop.proxy-target-class=true.");
		}
		advisor.checkOrder(List.of(proxy.getAdvisors()), method, targetClass);
	}

	/** Those that the proxy of a bean is going to have, and maybe more. */
	private List<Advisor> advisors() {
		List<Advisor> advisors = new ArrayList<>(
				BeanFactoryUtils.beansOfTypeIncludingAncestors(this.beanFactory, Advisor.class, true, false).values());
		AnnotationAwareOrderComparator.sort(advisors);
		return advisors;
	}

	private InvalidAnnotatedMethodException invalid(Class<?> targetClass, Method method, String problem,
			String action) {
		return this.terms.invalid(targetClass, method, problem, action);
	}

	private static boolean isDeclaredIn(Class<?>[] interfaces, Method method, Class<?> targetClass) {
		// A proxy has a method for each type that its interfaces return from one.
		return Arrays.stream(interfaces)
			.flatMap((each) -> Arrays.stream(each.getMethods()))
			.filter((each) -> each.getName().equals(method.getName()))
			.anyMatch((each) -> Proxy.isProxyClass(targetClass)
					? Arrays.equals(each.getParameterTypes(), method.getParameterTypes())
					: AopUtils.getMostSpecificMethod(each, targetClass).equals(method));
	}

}
