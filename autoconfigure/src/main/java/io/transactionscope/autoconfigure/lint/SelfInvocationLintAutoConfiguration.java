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

import io.transactionscope.autoconfigure.ConditionalOnEnabled;
import io.transactionscope.text.ApplicationCode;
import org.aopalliance.aop.Advice;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;

/**
 * Auto-configuration of the check for annotated methods that are called past their proxy.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnClass(Advice.class)
@ConditionalOnEnabled("transaction-scope.enabled")
@ConditionalOnProperty("transaction-scope.lint.self-invocation")
@EnableConfigurationProperties(SelfInvocationProperties.class)
public final class SelfInvocationLintAutoConfiguration {

	SelfInvocationLintAutoConfiguration() {
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static SelfInvocationLint selfInvocationLint(ConfigurableListableBeanFactory beanFactory,
			SelfInvocationProperties properties) {
		if (AutoConfigurationPackages.has(beanFactory)) {
			ApplicationCode.isIn(AutoConfigurationPackages.get(beanFactory));
		}
		return new SelfInvocationLint(beanFactory, properties.selfInvocation());
	}

}
