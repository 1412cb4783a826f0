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

import io.transactionscope.annotation.ScopedTransactionVerifier;

import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Registers the verifier in every application and in every slice of one, also where
 * auto-configurations are excluded or not imported.
 */
class ScopedTransactionVerifierInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext> {

	private static final String NAME = "scopedTransactionVerifier";

	@Override
	public void initialize(ConfigurableApplicationContext context) {
		// What is generated ahead of time has it already.
		if (!AotDetector.useGeneratedArtifacts() && context.getBeanFactory() instanceof BeanDefinitionRegistry registry
				&& !registry.containsBeanDefinition(NAME)) {
			RootBeanDefinition definition = new RootBeanDefinition(ScopedTransactionVerifier.class);
			definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
			registry.registerBeanDefinition(NAME, definition);
		}
	}

}
