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

package io.transactionscope.test;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.sql.Types;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

import org.h2.tools.SimpleResultSet;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * One table of names in memory, with transactions and savepoints and nothing else of a
 * database. It is fast, and stricter than the real ones: what is asked of it out of turn
 * fails.
 */
public final class StubDatabase extends AbstractDataSource {

	/** How many transactions have written and have not ended. */
	public static final String OPEN_TRANSACTIONS = "select count(*) from open_transaction";

	private static final Map<String, StubDatabase> DATABASES = new ConcurrentHashMap<>();

	private final SortedSet<String> committed = new ConcurrentSkipListSet<>();

	private final Set<StubSession> sessions = ConcurrentHashMap.newKeySet();

	private StubDatabase() {
	}

	/** The same for each who calls it by its name. */
	public static StubDatabase of(String name) {
		return DATABASES.computeIfAbsent(name, (each) -> new StubDatabase());
	}

	@Override
	public Connection getConnection() {
		StubSession session = new StubSession(this);
		this.sessions.add(session);
		return Stubs.of(Connection.class, session);
	}

	@Override
	public Connection getConnection(String username, String password) {
		return getConnection();
	}

	void end(StubSession session) {
		this.sessions.remove(session);
	}

	void commit(Collection<String> names) {
		this.committed.addAll(names);
	}

	ResultSet query(String sql, StubSession session) throws SQLException {
		return switch (sql) {
			case "select count(*) from item" -> rows(Types.BIGINT, List.of((long) visible(session).size()));
			case "select name from item order by name" -> rows(Types.VARCHAR, visible(session));
			case OPEN_TRANSACTIONS ->
				rows(Types.BIGINT, List.of(this.sessions.stream().filter(StubSession::hasWritten).count()));
			default -> throw unknown(sql);
		};
	}

	int update(String sql, @Nullable String parameter, StubSession session) throws SQLException {
		switch (sql) {
			case "create table if not exists item (name varchar(100) primary key)" -> {
			}
			case "insert into item values (?)" -> session.insert(String.valueOf(parameter));
			case "delete from item" -> this.committed.clear();
			default -> throw unknown(sql);
		}
		return 1;
	}

	private SortedSet<String> visible(StubSession session) {
		SortedSet<String> visible = new TreeSet<>(this.committed);
		visible.addAll(session.inserted());
		return visible;
	}

	private static ResultSet rows(int type, Collection<?> values) {
		SimpleResultSet rows = new SimpleResultSet();
		rows.addColumn("answer", type, 0, 0);
		values.forEach(rows::addRow);
		return rows;
	}

	private static SQLException unknown(String sql) {
		return new SQLSyntaxErrorException("The stub of a database does not know the statement: " + sql, "42000");
	}

}
