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

package io.transactionscope;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The transactions of one manager, as blocks take part in them.
 *
 * <p>
 * There are two ways. Where the manager works on a plain JDBC connection, the blocks
 * begin and end the transaction themselves ({@link JdbcEngine}): only so can they tell a
 * failed COMMIT from the rollback that follows it, and know when the connection is back.
 * With any other manager they go through it ({@link ManagedEngine}).
 */
interface TransactionEngine {

	/**
	 * Take part, as the definition says.
	 * @param definition the block's options
	 * @param name the block's name
	 * @param deadline the block's own deadline, if it has one
	 * @return the block's part
	 */
	Participation enter(ScopeDefinition definition, String name, @Nullable Deadline deadline);

	/**
	 * Begin a transaction beside the one that the thread is in: one on another data
	 * source, without synchronization of its own.
	 * @param definition the options
	 * @param shared what its blocks share
	 * @return the transaction, bound to the thread
	 */
	JdbcTransaction beginBeside(ScopeDefinition definition, TransactionState shared);

	/** Makes Spring's exception of what a driver threw from its commit. */
	Throwable translate(Throwable commitFailure);

	static TransactionEngine of(PlatformTransactionManager manager) {
		// Not for other subclasses: what they override would be passed by.
		if (manager instanceof DataSourceTransactionManager jdbc && (manager instanceof ScopedJdbcTransactionManager
				|| manager.getClass() == JdbcTransactionManager.class
				|| manager.getClass() == DataSourceTransactionManager.class)) {
			return new JdbcEngine(jdbc);
		}
		return new ManagedEngine(manager);
	}

}
