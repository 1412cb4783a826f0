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

package io.transactionscope.reactive.storm;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import io.transactionscope.test.PostgresServer;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * A database, as a storm sees it through its pool, and as others see it.
 *
 * @param url what the pool connects to
 * @param outside others' sessions
 * @param open counts the storm's sessions that are in a transaction
 * @param end ends its sessions, whoever holds them
 */
record StormDatabase(String url, DataSource outside, String open, String end) {

	private static final AtomicInteger NUMBER = new AtomicInteger();

	/** One in memory, of its own. */
	static StormDatabase h2() {
		String name = "storm" + NUMBER.incrementAndGet();
		return new StormDatabase("r2dbc:h2:mem:///" + name + "?options=DB_CLOSE_DELAY=-1",
				new DriverManagerDataSource("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1"),
				"select count(*) from information_schema.sessions where contains_uncommitted",
				"select abort_session(session_id) from information_schema.sessions where session_id <> session_id()");
	}

	/** The server of the tests. */
	static StormDatabase postgresql() {
		PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
		String name = "storm" + NUMBER.incrementAndGet();
		String url = "r2dbc:postgresql://%s:%s@%s:%d/%s?applicationName=%s".formatted(server.getUser(),
				server.getPassword(), Objects.requireNonNull(server.getServerNames())[0], server.getPortNumbers()[0],
				server.getDatabaseName(), name);
		String ours = "from pg_stat_activity where application_name = '" + name + "'";
		return new StormDatabase(url, server, "select count(*) " + ours + " and state like 'idle in transaction%'",
				"select pg_terminate_backend(pid) " + ours);
	}

}
