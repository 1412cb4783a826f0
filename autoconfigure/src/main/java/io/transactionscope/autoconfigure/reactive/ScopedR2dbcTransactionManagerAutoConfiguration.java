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
import io.transactionscope.autoconfigure.ConditionalOnEnabled;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;

/**
 * Auto-configuration of a transaction manager for R2DBC whose transactions no cancel
 * leaves behind, in place of Boot's: where Boot has none, there is none.
 *
 * @since 0.1.0
 */
@AutoConfiguration(afterName = ScopedR2dbcTransactionManagerRegistrar.BOOTS,
		before = TransactionAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnEnabled("transaction-scope.enabled")
@ConditionalOnClass({ ConnectionFactory.class, R2dbcTransactionManager.class })
@Import(ScopedR2dbcTransactionManagerRegistrar.class)
public final class ScopedR2dbcTransactionManagerAutoConfiguration {

	ScopedR2dbcTransactionManagerAutoConfiguration() {
	}

}
