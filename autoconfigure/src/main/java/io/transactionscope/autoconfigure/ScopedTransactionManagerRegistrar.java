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

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizers;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.MethodMetadata;
import org.springframework.util.ClassUtils;

/**
 * Puts a transaction manager of ours in the place of the one that Boot has defined, if it
 * has: under which conditions, is its own business.
 */
class ScopedTransactionManagerRegistrar implements ImportBeanDefinitionRegistrar {

	/** The name of the bean, and of the methods that define it. */
	private static final String NAME = "transactionManager";

	private static final String JPA = "org.springframework.boot.jpa.autoconfigure.JpaBaseConfiguration";

	@Override
	public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
		Class<?> ours = registry.containsBeanDefinition(NAME) ? inPlaceOf(registry.getBeanDefinition(NAME), registry)
				: null;
		if (ours != null) {
			RootBeanDefinition definition = new RootBeanDefinition(ours);
			definition.setFactoryMethodName(NAME);
			definition.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR);
			registry.removeBeanDefinition(NAME);
			registry.registerBeanDefinition(NAME, definition);
		}
	}

	private static @Nullable Class<?> inPlaceOf(BeanDefinition definition, BeanDefinitionRegistry registry) {
		MethodMetadata method = (definition instanceof AnnotatedBeanDefinition annotated)
				? annotated.getFactoryMethodMetadata() : null;
		String source = (method != null) ? method.getDeclaringClassName() : "";
		if (source.equals(JPA)) {
			return isOverridden(definition, registry) ? null : Jpa.class;
		}
		return source.startsWith(DataSourceTransactionManagerAutoConfiguration.class.getName()) ? Jdbc.class : null;
	}

	/**
	 * Return whether a configuration that is derived from Boot's makes another manager.
	 */
	private static boolean isOverridden(BeanDefinition definition, BeanDefinitionRegistry registry) {
		String configuration = definition.getFactoryBeanName();
		String type = (configuration != null) ? registry.getBeanDefinition(configuration).getBeanClassName() : null;
		return type != null && Stream.of(ClassUtils.resolveClassName(type, null).getMethods())
			.anyMatch((method) -> method.getName().equals(NAME) && !method.isBridge()
					&& !method.getDeclaringClass().getName().equals(JPA));
	}

	/** As {@code JpaBaseConfiguration} has it. */
	static final class Jpa {

		private Jpa() {
		}

		static ScopedJpaTransactionManager transactionManager(
				ObjectProvider<TransactionManagerCustomizers> customizers) {
			ScopedJpaTransactionManager manager = new ScopedJpaTransactionManager();
			customizers.ifAvailable((each) -> each.customize(manager));
			return manager;
		}

	}

	/** As {@link DataSourceTransactionManagerAutoConfiguration} has it. */
	static final class Jdbc {

		private Jdbc() {
		}

		static ScopedJdbcTransactionManager transactionManager(DataSource dataSource, Environment environment,
				ObjectProvider<TransactionManagerCustomizers> customizers) {
			ScopedJdbcTransactionManager manager = new ScopedJdbcTransactionManager(dataSource);
			if (!environment.getProperty("spring.dao.exceptiontranslation.enabled", Boolean.class, true)) {
				manager.setExceptionTranslator((task, sql, ex) -> null);
			}
			customizers.ifAvailable((each) -> each.customize(manager));
			return manager;
		}

	}

}
