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

import io.transactionscope.annotation.ScopedTransactionAdvisor;
import io.transactionscope.autoconfigure.AdvisorOrder;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.aopalliance.aop.Advice;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of
 * {@link io.transactionscope.annotation.ScopedTransaction @ScopedTransaction} where all
 * scopes are reactive.
 *
 * @since 0.1.0
 */
@AutoConfiguration(
		after = { ReactiveTransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class })
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass({ Advice.class, Mono.class })
@ConditionalOnBean(ReactiveTransactionScope.class)
public final class ReactiveScopedTransactionAutoConfiguration {

	ReactiveScopedTransactionAutoConfiguration() {
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	@ConditionalOnMissingBean
	static ScopedTransactionAdvisor scopedTransactionAdvisor(ConfigurableListableBeanFactory beanFactory,
			Environment environment) {
		ScopedTransactionAdvisor advisor = new ScopedTransactionAdvisor(beanFactory);
		advisor.setOrder(AdvisorOrder.of(environment).ofScopes());
		return advisor;
	}

}
