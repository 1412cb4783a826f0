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
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Blocks in transactions, written as one of the peers has them, and the work that is
 * measured in them.
 *
 * @param <C> what a block gets its connection from
 */
abstract class Blocks<C> {

	/** How many blocks join the transaction of {@link #joined}. */
	static final int JOINED = 10;

	private static final String UPDATE = "update account set balance = balance + 1 where id = ?";

	/** Run the body in a transaction of its own. */
	abstract int call(Body<C> body);

	/**
	 * Run the body as a part of the active transaction. Written out by each peer, so that
	 * the compiler knows this call site's body from the one around it.
	 */
	int callJoined(C context, Body<C> body) {
		throw new UnsupportedOperationException("This peer does not join");
	}

	/** Run the body in a transaction of its own although one is active. */
	int callAnew(Body<C> body) {
		throw new UnsupportedOperationException("Not measured with this peer");
	}

	/** Run the body from a savepoint of the active transaction. */
	abstract int callInSavepoint(C context, Body<C> body);

	/** Add one to the balance of an account. */
	abstract int update(C context, int id);

	final int empty() {
		return call((context) -> 1);
	}

	final int update(int id) {
		return call((context) -> update(context, id));
	}

	final int fail() {
		try {
			return call((context) -> {
				throw new Refused();
			});
		}
		catch (Refused ex) {
			return -1;
		}
	}

	final int joined() {
		return call((context) -> {
			int sum = 0;
			for (int i = 0; i < JOINED; i++) {
				sum += callJoined(context, (inner) -> 1);
			}
			return sum;
		});
	}

	final int savepoint() {
		return call((context) -> callInSavepoint(context, (inner) -> 1));
	}

	static int updateRow(Connection connection, int id) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
			statement.setInt(1, id);
			return statement.executeUpdate();
		}
	}

	/**
	 * A failure that costs next to nothing to throw.
	 */
	private static final class Refused extends RuntimeException {

		private Refused() {
			super(null, null, false, false);
		}

	}

}
