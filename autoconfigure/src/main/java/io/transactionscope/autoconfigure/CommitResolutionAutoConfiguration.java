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

import io.transactionscope.engine.ClassPath;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of the transaction managers of this library, whoever has defined
 * them, to ask the database what became of a COMMIT that it has not answered.
 *
 * @see io.transactionscope.TransactionScope#resolveCommit()
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnEnabled("transaction-scope.enabled")
@ConditionalOnProperty(CommitResolutionAutoConfiguration.PROPERTY)
public final class CommitResolutionAutoConfiguration {

	static final String PROPERTY = "transaction-scope.commit.resolve";

	CommitResolutionAutoConfiguration() {
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static CommitResolutionBeanPostProcessor commitResolutionBeanPostProcessor(Environment environment) {
		return new CommitResolutionBeanPostProcessor(
				Binder.get(environment).bind(PROPERTY, Boolean.class).orElse(false));
	}

	/**
	 * Tells each manager before anybody uses it.
	 */
	record CommitResolutionBeanPostProcessor(boolean resolve) implements BeanPostProcessor {

		@Override
		public Object postProcessBeforeInitialization(Object bean, String beanName) {
			if (bean instanceof ScopedJdbcTransactionManager manager) {
				manager.setResolveCommit(this.resolve);
			}
			if (ClassPath.JPA) {
				Jpa.tell(bean, this.resolve);
			}
			if (ClassPath.R2DBC) {
				R2dbc.tell(bean, this.resolve);
			}
			return bean;
		}

	}

	private static final class Jpa {

		static void tell(Object bean, boolean resolve) {
			if (bean instanceof ScopedJpaTransactionManager manager) {
				manager.setResolveCommit(resolve);
			}
		}

	}

	private static final class R2dbc {

		static void tell(Object bean, boolean resolve) {
			if (bean instanceof ScopedR2dbcTransactionManager manager) {
				manager.setResolveCommit(resolve);
			}
		}

	}

}
