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

import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;

import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.MethodMetadata;

/**
 * Puts a transaction manager of ours in the place of the one that Boot has defined, if it
 * has: under which conditions, is its own business.
 */
class ScopedR2dbcTransactionManagerRegistrar implements ImportBeanDefinitionRegistrar {

	static final String BOOTS = "org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration";

	/** The name of the bean, and of the methods that define it. */
	private static final String NAME = "connectionFactoryTransactionManager";

	@Override
	public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
		if (registry.containsBeanDefinition(NAME) && isBoots(registry.getBeanDefinition(NAME))) {
			RootBeanDefinition definition = new RootBeanDefinition(Ours.class);
			definition.setFactoryMethodName(NAME);
			definition.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR);
			registry.removeBeanDefinition(NAME);
			registry.registerBeanDefinition(NAME, definition);
		}
	}

	private static boolean isBoots(BeanDefinition definition) {
		MethodMetadata method = (definition instanceof AnnotatedBeanDefinition annotated)
				? annotated.getFactoryMethodMetadata() : null;
		return method != null && method.getDeclaringClassName().equals(BOOTS);
	}

	/** As Boot has it. */
	static final class Ours {

		private Ours() {
		}

		static ScopedR2dbcTransactionManager connectionFactoryTransactionManager(ConnectionFactory connectionFactory) {
			return new ScopedR2dbcTransactionManager(connectionFactory);
		}

	}

}
