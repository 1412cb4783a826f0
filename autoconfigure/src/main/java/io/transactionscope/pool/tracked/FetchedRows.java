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

package io.transactionscope.pool.tracked;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Rows that the driver fetches in pieces, each of them by the deadline of the thread that
 * reads on.
 */
final class FetchedRows extends TrackedResultSet {

	FetchedRows(TrackedLease lease, Statement statement, ResultSet rows) {
		super(lease, statement, rows);
	}

	/** Return the rows, which may have to wait for the next piece, or for the rest. */
	private ResultSet limited() {
		lease().limited();
		return delegate();
	}

	@Override
	public boolean next() throws SQLException {
		return limited().next();
	}

	@Override
	public boolean previous() throws SQLException {
		return limited().previous();
	}

	@Override
	public boolean first() throws SQLException {
		return limited().first();
	}

	@Override
	public boolean last() throws SQLException {
		return limited().last();
	}

	@Override
	public boolean absolute(int row) throws SQLException {
		return limited().absolute(row);
	}

	@Override
	public boolean relative(int rows) throws SQLException {
		return limited().relative(rows);
	}

	@Override
	public void beforeFirst() throws SQLException {
		limited().beforeFirst();
	}

	@Override
	public void afterLast() throws SQLException {
		limited().afterLast();
	}

	@Override
	public boolean isLast() throws SQLException {
		return limited().isLast();
	}

	@Override
	public boolean isAfterLast() throws SQLException {
		return limited().isAfterLast();
	}

	@Override
	public void close() throws SQLException {
		ResultSet rows = limited();
		// Of what the pool has let go of, some drivers would wait for the rest.
		if (!lease().isBroken()) {
			rows.close();
		}
	}

}
