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

import java.lang.reflect.Proxy;
import java.util.Collection;

import org.springframework.aop.framework.ProxyConfig;
import org.springframework.aop.framework.autoproxy.AbstractAdvisorAutoProxyCreator;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.KotlinDetector;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Finds the beans of final classes that an annotation is about, and that are to be
 * proxied by a class derived from theirs. What makes the proxy fails at that, and does
 * not know what for.
 */
final class FinalClassVerifier {

	private final AnnotationTerms terms;

	private final AnnotatedMethods<?> methods;

	private final Class<? extends AnnotatedMethodAdvisor<?>> advisor;

	private final ConfigurableListableBeanFactory beanFactory;

	/**
	 * Create a verifier for one annotation.
	 * @param advisor what has to advise its methods
	 */
	FinalClassVerifier(AnnotationTerms terms, AnnotatedMethods<?> methods,
			Class<? extends AnnotatedMethodAdvisor<?>> advisor, ConfigurableListableBeanFactory beanFactory) {
		this.terms = terms;
		this.methods = methods;
		this.advisor = advisor;
		this.beanFactory = beanFactory;
	}

	/**
	 * Verify a bean of a final class.
	 * @throws InvalidAnnotatedMethodException at the first method of the annotation's, if
	 * nothing can be derived from the class and something is to be
	 */
	void verify(String beanName, Class<?> type) {
		if (this.methods.getClassFilter().matches(type) && !Proxy.isProxyClass(type)
				&& !ClassUtils.isLambdaClass(type)) {
			ReflectionUtils.doWithMethods(type, (method) -> {
				if (isProxiedByClass(beanName, type)) {
					throw this.terms.invalid(type, method,
							"its class is final: no proxy can run it %s".formatted(this.terms.inside()),
							"%s, or use %s.call inside the method.".formatted(remedy(type), this.terms.scope()));
				}
			}, (method) -> this.methods.matches(method, type));
		}
	}

	private static String remedy(Class<?> type) {
		if (KotlinDetector.isKotlinType(type)) {
			return "Make the class and the method open, most simply with Kotlin's compiler plugin 'spring'";
		}
		return type.isRecord() ? "Make a class of the record" : "Drop 'final' from the class";
	}

	/** Only where that is certain: what is not verified here fails as a proxy. */
	private boolean isProxiedByClass(String beanName, Class<?> type) {
		Collection<? extends ProxyConfig> creators = this.beanFactory
			.getBeansOfType(AbstractAdvisorAutoProxyCreator.class, true, false)
			.values();
		if (creators.isEmpty() || !isAdvised()) {
			return false;
		}
		return ClassUtils.getAllInterfacesForClass(type).length == 0
				|| AutoProxyUtils.shouldProxyTargetClass(this.beanFactory, beanName)
				|| (creators.stream().allMatch(ProxyConfig::isProxyTargetClass)
						&& !isSaidToBeProxiedByInterfaces(beanName));
	}

	private boolean isAdvised() {
		return BeanFactoryUtils.beanNamesForTypeIncludingAncestors(this.beanFactory, this.advisor, true,
				false).length > 0;
	}

	private boolean isSaidToBeProxiedByInterfaces(String beanName) {
		return this.beanFactory.containsBeanDefinition(beanName) && this.beanFactory.getBeanDefinition(beanName)
			.hasAttribute(AutoProxyUtils.EXPOSED_INTERFACES_ATTRIBUTE);
	}

}
