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

package io.transactionscope.r2dbc;

import java.time.Duration;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * A transaction's connection, as everybody inside of the transaction has it.
 *
 * @param connection the borrowed one
 * @param gate what statements go through
 */
record GatedConnection(Connection connection, Gate gate) implements Connection, Wrapped<Connection> {

	@Override
	public Connection unwrap() {
		return this.connection;
	}

	@Override
	public <E> @Nullable E unwrap(Class<E> type) {
		if (type.isInstance(this.connection)) {
			return type.cast(this.connection);
		}
		return (this.connection instanceof Wrapped<?> wrapped) ? wrapped.unwrap(type) : null;
	}

	@Override
	public Publisher<Void> beginTransaction() {
		return this.gate.guard(this.connection.beginTransaction());
	}

	@Override
	public Publisher<Void> beginTransaction(TransactionDefinition definition) {
		return this.gate.guard(this.connection.beginTransaction(definition));
	}

	@Override
	public Publisher<Void> createSavepoint(String name) {
		return this.gate.guard(this.connection.createSavepoint(name));
	}

	@Override
	public Batch createBatch() {
		return new GatedBatch(this.connection.createBatch(), this.gate);
	}

	@Override
	public Statement createStatement(String sql) {
		return new GatedStatement(this.connection.createStatement(sql), this.gate);
	}

	@Override
	public Publisher<Void> close() {
		return this.connection.close();
	}

	@Override
	public Publisher<Void> commitTransaction() {
		return this.connection.commitTransaction();
	}

	@Override
	public Publisher<Void> rollbackTransaction() {
		return this.connection.rollbackTransaction();
	}

	@Override
	public Publisher<Void> releaseSavepoint(String name) {
		return this.connection.releaseSavepoint(name);
	}

	@Override
	public Publisher<Void> rollbackTransactionToSavepoint(String name) {
		return this.connection.rollbackTransactionToSavepoint(name);
	}

	@Override
	public boolean isAutoCommit() {
		return this.connection.isAutoCommit();
	}

	@Override
	public Publisher<Void> setAutoCommit(boolean autoCommit) {
		return this.connection.setAutoCommit(autoCommit);
	}

	@Override
	public IsolationLevel getTransactionIsolationLevel() {
		return this.connection.getTransactionIsolationLevel();
	}

	@Override
	public Publisher<Void> setTransactionIsolationLevel(IsolationLevel level) {
		return this.connection.setTransactionIsolationLevel(level);
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
	public ConnectionMetadata getMetadata() {
		return this.connection.getMetadata();
	}

	@Override
	public Publisher<Boolean> validate(ValidationDepth depth) {
		return this.connection.validate(depth);
	}

	@Override
	public String toString() {
		return this.connection.toString();
	}

	private record GatedStatement(Statement statement, Gate gate) implements Statement {

		@Override
		public Statement add() {
			this.statement.add();
			return this;
		}

		@Override
		public Statement bind(int index, Object value) {
			this.statement.bind(index, value);
			return this;
		}

		@Override
		public Statement bind(String name, Object value) {
			this.statement.bind(name, value);
			return this;
		}

		@Override
		public Statement bindNull(int index, Class<?> type) {
			this.statement.bindNull(index, type);
			return this;
		}

		@Override
		public Statement bindNull(String name, Class<?> type) {
			this.statement.bindNull(name, type);
			return this;
		}

		@Override
		public Statement returnGeneratedValues(String... columns) {
			this.statement.returnGeneratedValues(columns);
			return this;
		}

		@Override
		public Statement fetchSize(int rows) {
			this.statement.fetchSize(rows);
			return this;
		}

		@Override
		public Publisher<? extends Result> execute() {
			return this.gate.guard(this.statement.execute());
		}

	}

	private record GatedBatch(Batch batch, Gate gate) implements Batch {

		@Override
		public Batch add(String sql) {
			this.batch.add(sql);
			return this;
		}

		@Override
		public Publisher<? extends Result> execute() {
			return this.gate.guard(this.batch.execute());
		}

	}

}
