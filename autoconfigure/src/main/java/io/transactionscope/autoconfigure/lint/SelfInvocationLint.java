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

package io.transactionscope.autoconfigure.lint;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Looks for annotated methods that are called past their proxy when the application
 * starts, in the classes that its beans are declared with: those that are created later
 * are among them.
 */
class SelfInvocationLint implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(SelfInvocationLint.class);

	private final ConfigurableListableBeanFactory beanFactory;

	private final LintMode mode;

	SelfInvocationLint(ConfigurableListableBeanFactory beanFactory, LintMode mode) {
		this.beanFactory = beanFactory;
		this.mode = mode;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (this.mode == LintMode.OFF) {
			return;
		}
		List<Annotated> kinds = List.of(Annotated.withTransactions(this.beanFactory),
				Annotated.withResources(this.beanFactory));
		List<SelfInvocation> findings = new ArrayList<>();
		types().forEach((type) -> findings.addAll(findings(type, kinds)));
		if (!findings.isEmpty() && this.mode == LintMode.FAIL) {
			throw new SelfInvocationException(findings);
		}
		findings.forEach((each) -> logger.warn("{} {}", each.problem(), each.remedy()));
	}

	private static List<SelfInvocation> findings(Class<?> type, List<Annotated> kinds) {
		try {
			return SelfInvocations.in(type, kinds);
		}
		catch (IllegalStateException | LinkageError ex) {
			logger.debug("Cannot look for calls past the proxy in {}, which names classes that are not there", type,
					ex);
			return List.of();
		}
	}

	private Set<Class<?>> types() {
		Set<Class<?>> types = new LinkedHashSet<>();
		Iterator<String> beanNames = this.beanFactory.getBeanNamesIterator();
		while (beanNames.hasNext()) {
			Class<?> targetClass = AutoProxyUtils.determineTargetClass(this.beanFactory, beanNames.next());
			if (targetClass != null && BeanCode.isOfApplication(targetClass)) {
				types.add(ClassUtils.getUserClass(targetClass));
			}
		}
		return types;
	}

}
