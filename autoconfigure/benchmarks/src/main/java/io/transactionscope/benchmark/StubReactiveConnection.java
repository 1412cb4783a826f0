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

package io.transactionscope.benchmark;

import java.time.Duration;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import reactor.core.publisher.Mono;

/**
 * A connection that does nothing, at once.
 */
final class StubReactiveConnection implements Connection {

	@Override
	public Mono<Void> beginTransaction() {
		return Mono.empty();
	}

	@Override
	public Mono<Void> commitTransaction() {
		return Mono.empty();
	}

	@Override
	public Mono<Void> rollbackTransaction() {
		return Mono.empty();
	}

	@Override
	public Mono<Void> close() {
		return Mono.empty();
	}

	@Override
	public Mono<Void> beginTransaction(TransactionDefinition definition) {
		return Mono.empty();
	}

	@Override
	public Mono<Void> createSavepoint(String name) {
		return Mono.empty();
	}

	@Override
	public Mono<Void> releaseSavepoint(String name) {
		return Mono.empty();
	}

	@Override
	public Mono<Void> rollbackTransactionToSavepoint(String name) {
		return Mono.empty();
	}

	@Override
	public boolean isAutoCommit() {
		return true;
	}

	@Override
	public Mono<Void> setAutoCommit(boolean autoCommit) {
		return Mono.empty();
	}

	@Override
	public Mono<Void> setLockWaitTimeout(Duration timeout) {
		return Mono.empty();
	}

	@Override
	public Mono<Void> setStatementTimeout(Duration timeout) {
		return Mono.empty();
	}

	@Override
	public IsolationLevel getTransactionIsolationLevel() {
		return IsolationLevel.READ_COMMITTED;
	}

	@Override
	public Mono<Void> setTransactionIsolationLevel(IsolationLevel level) {
		return Mono.empty();
	}

	@Override
	public Mono<Boolean> validate(ValidationDepth depth) {
		return Mono.just(true);
	}

	@Override
	public Batch createBatch() {
		throw new UnsupportedOperationException();
	}

	@Override
	public Statement createStatement(String sql) {
		throw new UnsupportedOperationException();
	}

	@Override
	public ConnectionMetadata getMetadata() {
		throw new UnsupportedOperationException();
	}

}
