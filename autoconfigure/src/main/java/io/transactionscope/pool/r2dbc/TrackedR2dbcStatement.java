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

package io.transactionscope.pool.r2dbc;

import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import org.reactivestreams.Publisher;

/**
 * A statement as its user has it, whose execution is told to the ledger.
 */
final class TrackedR2dbcStatement implements Statement, Wrapped<Statement> {

	private final R2dbcLease lease;

	private final Object handle;

	private final Statement statement;

	private final String sql;

	TrackedR2dbcStatement(R2dbcLease lease, Object handle, Statement statement, String sql) {
		this.lease = lease;
		this.handle = handle;
		this.statement = statement;
		this.sql = sql;
	}

	@Override
	public Statement unwrap() {
		this.lease.unwraps();
		return this.statement;
	}

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
		return new PhaseSignals<>(this.lease, this.handle, this.statement.execute(), this.sql, false);
	}

	@Override
	public String toString() {
		return this.statement.toString();
	}

}
