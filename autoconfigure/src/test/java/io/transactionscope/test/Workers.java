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

import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;

import javax.sql.DataSource;

import org.h2.jdbcx.JdbcDataSource;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Threads of either kind, on which a database of either kind is used.
 */
public enum Workers {

	H2(false, false), H2_VIRTUAL(false, true), POSTGRESQL(true, false), POSTGRESQL_VIRTUAL(true, true);

	private final boolean postgres;

	private final boolean virtual;

	Workers(boolean postgres, boolean virtual) {
		this.postgres = postgres;
		this.virtual = virtual;
	}

	/** Those of this JDK. */
	public static Stream<Workers> all() {
		return Stream.of(values()).filter((each) -> !each.virtual || Runtime.version().feature() >= 21);
	}

	/** Unpooled. */
	public DataSource database() {
		if (this.postgres) {
			return PostgresServer.running().dataSource();
		}
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		return h2;
	}

	public ExecutorService executor() {
		return Executors.newCachedThreadPool(threads());
	}

	public ExecutorService single() {
		return Executors.newSingleThreadExecutor(threads());
	}

	public ThreadFactory threads() {
		if (!this.virtual) {
			return Executors.defaultThreadFactory();
		}
		try {
			Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
			return (ThreadFactory) Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** One that takes longer than any test. */
	public String endlessQuery() {
		return this.postgres ? "select 1 from (select pg_sleep(600)) as endless"
				: "select count(*) from system_range(1, 10000000) a, system_range(1, 10000000) b";
	}

	/** Whether the database is at work on it. */
	public boolean isQuerying(JdbcClient jdbc) {
		String sessions = this.postgres
				? "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"
				: "select count(*) from information_schema.sessions where executing_statement like '%10000000%' and session_id <> session_id()";
		return jdbc.sql(sessions).query(Integer.class).single() > 0;
	}

}
