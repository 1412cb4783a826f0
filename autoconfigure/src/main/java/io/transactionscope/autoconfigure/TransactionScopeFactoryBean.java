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

import javax.sql.DataSource;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;

import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Makes the {@link TransactionScope} of a transaction manager, or of a data source that
 * has none.
 */
class TransactionScopeFactoryBean implements FactoryBean<TransactionScope> {

	private final Object source;

	private final TransactionScopeProperties properties;

	private final ObjectProvider<ObservationRegistry> observationRegistry;

	private final AsyncBlockExecution asyncExecution;

	TransactionScopeFactoryBean(Object source, TransactionScopeProperties properties,
			ObjectProvider<ObservationRegistry> observationRegistry, AsyncBlockExecution asyncExecution) {
		this.source = source;
		this.properties = properties;
		this.observationRegistry = observationRegistry;
		this.asyncExecution = asyncExecution;
	}

	@Override
	public TransactionScope getObject() {
		PlatformTransactionManager manager = (this.source instanceof DataSource dataSource)
				? new ScopedJdbcTransactionManager(dataSource) : (PlatformTransactionManager) this.source;
		TransactionScope scope = TransactionScope.create(manager)
			.observationRegistry(this.observationRegistry.getIfUnique(() -> ObservationRegistry.NOOP))
			.slowThreshold(this.properties.getSlowThreshold())
			.asyncExecutor(this.asyncExecution::execute);
		return this.properties.getCommit().isResolve() ? scope.resolveCommit() : scope;
	}

	@Override
	public Class<?> getObjectType() {
		return TransactionScope.class;
	}

}
