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

package io.transactionscope.autoconfigure;

import java.util.stream.Stream;

import javax.sql.DataSource;

import io.transactionscope.TransactionScope;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Registers a {@link TransactionScope} for each transaction manager, or, where there is
 * none because there are several data sources, for each data source.
 *
 * <p>
 * The bean is named after the manager, {@code ordersTransactionScope} for
 * {@code ordersTransactionManager}; that name is the qualifier that selects it. It is
 * primary where the manager is. A bean of that name that the application defines takes
 * its place; where a bean of that name is something else, the scope is called
 * {@code io.transactionscope.ordersTransactionScope}.
 */
class TransactionScopeRegistrar implements ImportBeanDefinitionRegistrar {

	private static final String OTHER_NAME = "io.transactionscope.";

	private final ConfigurableListableBeanFactory beanFactory;

	TransactionScopeRegistrar(BeanFactory beanFactory) {
		this.beanFactory = (ConfigurableListableBeanFactory) beanFactory;
	}

	@Override
	public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
		String[] sources = namesOf(this.beanFactory, PlatformTransactionManager.class);
		sources = (sources.length > 0) ? sources : namesOf(this.beanFactory, DataSource.class);
		for (String source : sources) {
			String name = nameFor(source);
			if (!isTaken(registry, name)) {
				registry.registerBeanDefinition(name, definition(source, sources.length == 1));
			}
			else if (!this.beanFactory.isTypeMatch(name, TransactionScope.class)) {
				registry.registerBeanDefinition(OTHER_NAME + name, definition(source, sources.length == 1));
			}
		}
	}

	private boolean isTaken(BeanDefinitionRegistry registry, String name) {
		return registry.isBeanNameInUse(name) || this.beanFactory.containsLocalBean(name);
	}

	/** What is behind a scoped proxy has no scope beside that of the proxy. */
	private static String[] namesOf(ListableBeanFactory beanFactory, Class<?> type) {
		return Stream.of(beanFactory.getBeanNamesForType(type, true, false))
			.filter((name) -> !ScopedProxyUtils.isScopedTarget(name))
			.toArray(String[]::new);
	}

	private static String nameFor(String source) {
		String stem = source.replaceFirst("(?i)(transactionManager|dataSource)$", "");
		return stem.isEmpty() ? "transactionScope" : stem + "TransactionScope";
	}

	private BeanDefinition definition(String source, boolean single) {
		RootBeanDefinition definition = (RootBeanDefinition) BeanDefinitionBuilder
			.rootBeanDefinition(TransactionScopeFactoryBean.class)
			.addConstructorArgReference(source)
			.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR)
			.getBeanDefinition();
		// Else a lookup by type, as post-processors make it, creates the data source
		// early.
		definition.setAttribute(FactoryBean.OBJECT_TYPE_ATTRIBUTE, TransactionScope.class);
		// A manager that the application makes lazily is made for who needs it.
		definition.setLazyInit(true);
		// A scope that the application makes of this one is the one to inject then.
		definition.setFallback(single);
		if (this.beanFactory.containsBeanDefinition(source)) {
			BeanDefinition of = this.beanFactory.getBeanDefinition(source);
			definition.setPrimary(of.isPrimary());
			definition.setFallback(single || of.isFallback());
			definition.setAutowireCandidate(of.isAutowireCandidate());
			definition.setDefaultCandidate(!(of instanceof AbstractBeanDefinition other) || other.isDefaultCandidate());
		}
		return definition;
	}

}
