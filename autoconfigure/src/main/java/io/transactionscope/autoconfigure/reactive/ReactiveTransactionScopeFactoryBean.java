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

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.autoconfigure.TransactionScopeProperties;
import io.transactionscope.reactive.ReactiveTransactionScope;

import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.transaction.ReactiveTransactionManager;

/**
 * Makes the {@link ReactiveTransactionScope} of a transaction manager.
 */
class ReactiveTransactionScopeFactoryBean implements FactoryBean<ReactiveTransactionScope> {

	private final ReactiveTransactionManager manager;

	private final TransactionScopeProperties properties;

	private final ObjectProvider<ObservationRegistry> observationRegistry;

	ReactiveTransactionScopeFactoryBean(ReactiveTransactionManager manager, TransactionScopeProperties properties,
			ObjectProvider<ObservationRegistry> observationRegistry) {
		this.manager = manager;
		this.properties = properties;
		this.observationRegistry = observationRegistry;
	}

	@Override
	public ReactiveTransactionScope getObject() {
		ReactiveTransactionScope scope = ReactiveTransactionScope.create(this.manager)
			.observationRegistry(this.observationRegistry.getIfUnique(() -> ObservationRegistry.NOOP))
			.slowThreshold(this.properties.getSlowThreshold());
		return this.properties.getCommit().isResolve() ? scope.resolveCommit() : scope;
	}

	@Override
	public Class<?> getObjectType() {
		return ReactiveTransactionScope.class;
	}

}
