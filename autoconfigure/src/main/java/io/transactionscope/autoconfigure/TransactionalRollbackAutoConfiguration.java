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

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.env.Environment;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.annotation.RollbackOn;
import org.springframework.transaction.interceptor.RollbackRuleAttribute;

/**
 * Auto-configuration of what plain {@code @Transactional} methods roll back on, for which
 * Boot has no property: with {@code all-exceptions} on checked ones, too, as scopes do.
 * What an annotation says itself, as in {@code noRollbackFor}, still goes first.
 *
 * @see org.springframework.transaction.annotation.EnableTransactionManagement#rollbackOn()
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnEnabled("transaction-scope.enabled")
@ConditionalOnProperty(TransactionalRollbackAutoConfiguration.PROPERTY)
public final class TransactionalRollbackAutoConfiguration {

	static final String PROPERTY = "transaction-scope.transactional.rollback-on";

	TransactionalRollbackAutoConfiguration() {
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static RollbackRuleBeanPostProcessor transactionalRollbackBeanPostProcessor(Environment environment) {
		RollbackOn rollbackOn = Binder.get(environment)
			.bind(PROPERTY, RollbackOn.class)
			.orElse(RollbackOn.RUNTIME_EXCEPTIONS);
		return new RollbackRuleBeanPostProcessor(rollbackOn);
	}

	/**
	 * Comes before the post-processor that makes proxies, which reads the annotations.
	 */
	record RollbackRuleBeanPostProcessor(RollbackOn rollbackOn) implements BeanPostProcessor, PriorityOrdered {

		@Override
		public int getOrder() {
			return HIGHEST_PRECEDENCE;
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			if (this.rollbackOn == RollbackOn.ALL_EXCEPTIONS
					&& bean instanceof AnnotationTransactionAttributeSource attributes) {
				attributes.addDefaultRollbackRule(RollbackRuleAttribute.ROLLBACK_ON_ALL_EXCEPTIONS);
			}
			return bean;
		}

	}

}
