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

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;

/**
 * Auto-configuration of transaction managers that tell what became of a transaction, in
 * place of Boot's for JDBC and JPA: where Boot has none, there is none.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = DataSourceTransactionManagerAutoConfiguration.class,
		afterName = "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration",
		before = TransactionAutoConfiguration.class)
@ConditionalOnEnabled("transaction-scope.enabled")
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@Import(ScopedTransactionManagerRegistrar.class)
public final class ScopedTransactionManagerAutoConfiguration {

	ScopedTransactionManagerAutoConfiguration() {
	}

}
