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

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Savepoint;

/**
 * A connection that only knows what pools and transaction managers rely on.
 */
abstract class StubConnection implements Connection {

	private final DatabaseMetaData metaData = StubDataSource.metaData();

	private final Savepoint savepoint = new StubSavepoint();

	private boolean autoCommit = true;

	@Override
	public boolean getAutoCommit() {
		return this.autoCommit;
	}

	@Override
	public void setAutoCommit(boolean autoCommit) {
		this.autoCommit = autoCommit;
	}

	@Override
	public int getTransactionIsolation() {
		return TRANSACTION_READ_COMMITTED;
	}

	@Override
	public boolean isValid(int timeout) {
		return true;
	}

	@Override
	public Savepoint setSavepoint() {
		return this.savepoint;
	}

	@Override
	public Savepoint setSavepoint(String name) {
		return this.savepoint;
	}

	@Override
	public DatabaseMetaData getMetaData() {
		return this.metaData;
	}

	private static final class StubSavepoint implements Savepoint {

		@Override
		public int getSavepointId() {
			return 1;
		}

		@Override
		public String getSavepointName() {
			return "savepoint";
		}

	}

}
