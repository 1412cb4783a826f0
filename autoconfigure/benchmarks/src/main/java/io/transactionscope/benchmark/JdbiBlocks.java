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

import java.sql.SQLException;

import javax.sql.DataSource;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * JDBI's {@code inTransaction}.
 */
final class JdbiBlocks extends Blocks<Handle> {

	private final Jdbi jdbi;

	JdbiBlocks(DataSource dataSource) {
		this.jdbi = Jdbi.create(dataSource);
	}

	@Override
	int call(Body<Handle> body) {
		return this.jdbi.inTransaction(body::run);
	}

	@Override
	int callJoined(Handle handle, Body<Handle> body) {
		return handle.inTransaction(body::run);
	}

	@Override
	int callInSavepoint(Handle handle, Body<Handle> body) {
		handle.savepoint("savepoint");
		try {
			int result = body.run(handle);
			handle.releaseSavepoint("savepoint");
			return result;
		}
		catch (Throwable ex) {
			handle.rollbackToSavepoint("savepoint");
			throw ex;
		}
	}

	@Override
	int update(Handle handle, int id) {
		try {
			return updateRow(handle.getConnection(), id);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
