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

import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransactionAdvisor;
import org.aopalliance.aop.Advice;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of
 * {@link io.transactionscope.annotation.ScopedTransaction @ScopedTransaction}.
 *
 * @see ScopedTransactionVerifierAutoConfiguration
 * @since 0.1.0
 */
@AutoConfiguration(after = TransactionScopeAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass(Advice.class)
@ConditionalOnBean(TransactionScope.class)
public final class ScopedTransactionAutoConfiguration {

	ScopedTransactionAutoConfiguration() {
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static ScopedTransactionAdvisor scopedTransactionAdvisor(ConfigurableListableBeanFactory beanFactory,
			Environment environment) {
		ScopedTransactionAdvisor advisor = new ScopedTransactionAdvisor(beanFactory);
		advisor.setOrder(AdvisorOrder.of(environment).ofScopes());
		return advisor;
	}

}
