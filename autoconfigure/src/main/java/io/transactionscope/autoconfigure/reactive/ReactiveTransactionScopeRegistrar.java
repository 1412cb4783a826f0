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

package io.transactionscope.autoconfigure.reactive;

import java.util.stream.Stream;

import io.transactionscope.reactive.ReactiveTransactionScope;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.transaction.ReactiveTransactionManager;

/**
 * Registers a {@link ReactiveTransactionScope} for each reactive transaction manager.
 *
 * <p>
 * The bean is named after the manager, {@code ordersReactiveTransactionScope} for
 * {@code ordersTransactionManager}, {@code ordersReactiveTransactionManager} and
 * {@code ordersConnectionFactoryTransactionManager}, and {@code reactiveTransactionScope}
 * for Boot's {@code connectionFactoryTransactionManager}; that name is the qualifier that
 * selects it. It is primary where the manager is. A bean of that name that the
 * application defines takes its place; where a bean of that name is something else, the
 * scope is called {@code io.transactionscope.ordersReactiveTransactionScope}.
 */
class ReactiveTransactionScopeRegistrar implements ImportBeanDefinitionRegistrar {

	private static final String OTHER_NAME = "io.transactionscope.";

	private final ConfigurableListableBeanFactory beanFactory;

	ReactiveTransactionScopeRegistrar(BeanFactory beanFactory) {
		this.beanFactory = (ConfigurableListableBeanFactory) beanFactory;
	}

	@Override
	public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
		String[] managers = managers();
		for (String manager : managers) {
			String name = nameFor(manager);
			if (!isTaken(registry, name)) {
				registry.registerBeanDefinition(name, definition(manager, managers.length == 1));
			}
			else if (!this.beanFactory.isTypeMatch(name, ReactiveTransactionScope.class)) {
				registry.registerBeanDefinition(OTHER_NAME + name, definition(manager, managers.length == 1));
			}
		}
	}

	/** What is behind a scoped proxy has no scope beside that of the proxy. */
	private String[] managers() {
		return Stream.of(this.beanFactory.getBeanNamesForType(ReactiveTransactionManager.class, true, false))
			.filter((name) -> !ScopedProxyUtils.isScopedTarget(name))
			.toArray(String[]::new);
	}

	private boolean isTaken(BeanDefinitionRegistry registry, String name) {
		return registry.isBeanNameInUse(name) || this.beanFactory.containsLocalBean(name);
	}

	private static String nameFor(String manager) {
		String stem = manager.replaceFirst("(?i)(connectionFactory|reactive)?transactionManager$", "");
		return stem.isEmpty() ? "reactiveTransactionScope" : stem + "ReactiveTransactionScope";
	}

	private BeanDefinition definition(String manager, boolean single) {
		RootBeanDefinition definition = (RootBeanDefinition) BeanDefinitionBuilder
			.rootBeanDefinition(ReactiveTransactionScopeFactoryBean.class)
			.addConstructorArgReference(manager)
			.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR)
			.getBeanDefinition();
		// Else a lookup by type, as post-processors make it, creates the pool early.
		definition.setAttribute(FactoryBean.OBJECT_TYPE_ATTRIBUTE, ReactiveTransactionScope.class);
		// A manager that the application makes lazily is made for who needs it.
		definition.setLazyInit(true);
		// A scope that the application makes of this one is the one to inject then.
		definition.setFallback(single);
		if (this.beanFactory.containsBeanDefinition(manager)) {
			BeanDefinition of = this.beanFactory.getBeanDefinition(manager);
			definition.setPrimary(of.isPrimary());
			definition.setFallback(single || of.isFallback());
			definition.setAutowireCandidate(of.isAutowireCandidate());
			definition.setDefaultCandidate(!(of instanceof AbstractBeanDefinition other) || other.isDefaultCandidate());
		}
		return definition;
	}

}
