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

package io.transactionscope.autoconfigure.pool.lint;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.transactionscope.autoconfigure.pool.SizedPool;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.tracked.TrackedPool;
import org.jspecify.annotations.Nullable;

/**
 * A pool of HikariCP.
 *
 * @param pool the pool
 */
record SizedHikariPool(TrackedPool pool) implements SizedPool {

	private static final Pattern URL = Pattern.compile("jdbc:(\\w+):(?://([^/?]*))?.*");

	@Override
	public PoolLedger ledger() {
		return this.pool.ledger();
	}

	@Override
	public int maximum() {
		return ledger().hikari().getMaximumPoolSize();
	}

	@Override
	public String maximumKey() {
		return "spring.datasource.hikari.maximum-pool-size";
	}

	@Override
	public String borrowers() {
		return "threads";
	}

	@Override
	public @Nullable Server server() {
		String url = ledger().hikari().getJdbcUrl();
		Matcher server = URL.matcher((url != null) ? url : "");
		return server.matches() ? new Server(server.group(1), (server.group(2) != null) ? server.group(2) : "localhost")
				: null;
	}

	@Override
	public int ask(String question) throws SQLException {
		try (Connection connection = this.pool.getConnection();
				Statement statement = connection.createStatement();
				ResultSet answer = statement.executeQuery(question)) {
			answer.next();
			return answer.getInt(1);
		}
	}

}
