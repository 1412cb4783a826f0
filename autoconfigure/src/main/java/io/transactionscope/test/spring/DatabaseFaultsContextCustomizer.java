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

package io.transactionscope.test.spring;

import io.transactionscope.test.DatabaseFaults;

import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Adds the faults and what puts them beneath and in front of data sources. All
 * customizers are equal, so that tests share contexts.
 */
record DatabaseFaultsContextCustomizer() implements ContextCustomizer {

	/** By which a test without faults is known without a look at its beans. */
	static final String BEAN_NAME = "databaseFaults";

	@Override
	public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
		// What was generated has them.
		if (!AotDetector.useGeneratedArtifacts()
				&& context.getBeanFactory() instanceof BeanDefinitionRegistry registry) {
			// Those of a parent are for the pools of both.
			if (context.getParent() == null || !context.getParent().containsBean(BEAN_NAME)) {
				register(registry, BEAN_NAME, DatabaseFaults.class);
			}
			register(registry, "databaseFaultsBeneathPools", FaultsBeneathPools.class);
			register(registry, "databaseFaultsInFrontOfPools", FaultsInFrontOfPools.class);
		}
	}

	private static void register(BeanDefinitionRegistry registry, String name, Class<?> type) {
		RootBeanDefinition definition = new RootBeanDefinition(type);
		definition.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR);
		definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
		registry.registerBeanDefinition(name, definition);
	}

}
