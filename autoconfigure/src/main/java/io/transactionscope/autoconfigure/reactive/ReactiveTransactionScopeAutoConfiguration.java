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

import io.transactionscope.autoconfigure.ConditionalOnEnabled;
import io.transactionscope.autoconfigure.TransactionScopeProperties;
import io.transactionscope.reactive.ReactiveTransactionScope;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.transaction.ReactiveTransactionManager;

/**
 * Auto-configuration of {@link ReactiveTransactionScope} beans, one for each reactive
 * transaction manager, and of what lets a shutdown wait for their blocks.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { ScopedR2dbcTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class },
		afterName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration")
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnEnabled("transaction-scope.enabled")
@ConditionalOnClass(Mono.class)
@EnableConfigurationProperties(TransactionScopeProperties.class)
@Import(ReactiveTransactionScopeRegistrar.class)
public final class ReactiveTransactionScopeAutoConfiguration {

	ReactiveTransactionScopeAutoConfiguration() {
	}

	// The scopes are not registered yet when this is decided.
	@Bean
	@ConditionalOnBean(ReactiveTransactionManager.class)
	OpenBlocksLifecycle reactiveTransactionScopeLifecycle(ConfigurableListableBeanFactory beanFactory) {
		return new OpenBlocksLifecycle(beanFactory);
	}

}
