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

package io.transactionscope.reactive;

import java.time.Duration;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * A connection in the hands of a block's body: it can neither end the transaction nor
 * close it.
 */
final class GuardedConnection implements Connection, Wrapped<Connection> {

	private final Connection connection;

	private final String scope;

	GuardedConnection(Connection connection, String scope) {
		this.connection = connection;
		this.scope = scope;
	}

	private Mono<Void> refuse(String what) {
		return Mono.error(() -> new IllegalStateException(
				"Scope '%s' begins and ends its transaction itself: %s is not allowed in it.".formatted(this.scope,
						what)));
	}

	@Override
	public Publisher<Void> beginTransaction() {
		return refuse("beginTransaction");
	}

	@Override
	public Publisher<Void> beginTransaction(TransactionDefinition definition) {
		return refuse("beginTransaction");
	}

	@Override
	public Publisher<Void> close() {
		return Mono.empty();
	}

	@Override
	public Publisher<Void> commitTransaction() {
		return refuse("commitTransaction");
	}

	@Override
	public Batch createBatch() {
		return this.connection.createBatch();
	}

	@Override
	public Publisher<Void> createSavepoint(String name) {
		return this.connection.createSavepoint(name);
	}

	@Override
	public Statement createStatement(String sql) {
		return this.connection.createStatement(sql);
	}

	@Override
	public boolean isAutoCommit() {
		return this.connection.isAutoCommit();
	}

	@Override
	public ConnectionMetadata getMetadata() {
		return this.connection.getMetadata();
	}

	@Override
	public IsolationLevel getTransactionIsolationLevel() {
		return this.connection.getTransactionIsolationLevel();
	}

	@Override
	public Publisher<Void> releaseSavepoint(String name) {
		return this.connection.releaseSavepoint(name);
	}

	@Override
	public Publisher<Void> rollbackTransaction() {
		return refuse("rollbackTransaction");
	}

	@Override
	public Publisher<Void> rollbackTransactionToSavepoint(String name) {
		return this.connection.rollbackTransactionToSavepoint(name);
	}

	@Override
	public Publisher<Void> setAutoCommit(boolean autoCommit) {
		return refuse("setAutoCommit");
	}

	@Override
	public Publisher<Void> setLockWaitTimeout(Duration timeout) {
		return this.connection.setLockWaitTimeout(timeout);
	}

	@Override
	public Publisher<Void> setStatementTimeout(Duration timeout) {
		return this.connection.setStatementTimeout(timeout);
	}

	@Override
	public Publisher<Void> setTransactionIsolationLevel(IsolationLevel isolationLevel) {
		return this.connection.setTransactionIsolationLevel(isolationLevel);
	}

	@Override
	public Publisher<Boolean> validate(ValidationDepth depth) {
		return this.connection.validate(depth);
	}

	@Override
	public Connection unwrap() {
		return this.connection;
	}

	@Override
	public <E> E unwrap(Class<E> type) {
		return type.isInstance(this.connection) ? type.cast(this.connection) : Wrapped.super.unwrap(type);
	}

	@Override
	public String toString() {
		return this.connection.toString();
	}

}
