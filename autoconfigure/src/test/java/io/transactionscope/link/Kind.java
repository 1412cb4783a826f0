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

package io.transactionscope.link;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;

import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * A transaction manager and a pool.
 */
enum Kind {

	JDBC, STOCK_JDBC, OTHER_POOL, JPA, STOCK_JPA;

	/** What the starter provides. */
	boolean isOfStarter() {
		return this == JDBC || this == JPA;
	}

	PlatformTransactionManager manager(LinkedDatabase database) {
		return switch (this) {
			case JDBC, OTHER_POOL -> new ScopedJdbcTransactionManager(database.dataSource());
			case STOCK_JDBC -> new JdbcTransactionManager(database.dataSource());
			case JPA -> {
				ScopedJpaTransactionManager manager = new ScopedJpaTransactionManager(database.entityManagers());
				manager.afterPropertiesSet();
				yield manager;
			}
			case STOCK_JPA -> {
				JpaTransactionManager manager = new JpaTransactionManager(database.entityManagers());
				manager.afterPropertiesSet();
				yield manager;
			}
		};
	}

}
