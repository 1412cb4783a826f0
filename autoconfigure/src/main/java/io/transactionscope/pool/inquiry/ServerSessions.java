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

package io.transactionscope.pool.inquiry;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.pool.snapshot.SqlText;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server what some of its sessions do, and those that have what they wait for, to
 * the end of each chain.
 */
final class ServerSessions {

	private static final String POSTGRESQL = """
			with recursive chain (pid, blockers) as (
				select pid, pg_blocking_pids(pid) from unnest('{%1$s}'::int[]) as pid
				union
				select next.pid, pg_blocking_pids(next.pid) from chain, unnest(chain.blockers) as next (pid)
			)
			select pg_backend_pid() as asking, chain.pid as process, array_to_string(chain.blockers, ',') as blockers,
				nullif(a.application_name, '') as application, a.usename as account, host(a.client_addr) as address,
				case a.backend_type when 'client backend' then a.state else a.backend_type end as activity,
				extract(epoch from clock_timestamp() - a.state_change) as seconds,
				nullif(a.query, '<insufficient privilege>') as sql_text,
				cardinality(chain.blockers) > 0 or a.wait_event_type = 'Lock' as locked,
				chain.pid <> all('{%1$s}'::int[]) or a.datname = current_database() as possible
			from chain left join pg_stat_activity a on a.pid = chain.pid
			""";

	/** The view is in MySQL's schema of that name and, since 10.6, in MariaDB's. */
	private static final String MYSQL = """
			select connection_id() as asking, p.id as process,
				(select group_concat(distinct w.blocking_pid) from sys.innodb_lock_waits w
					where w.waiting_pid = p.id) as blockers,
				null as application, p.user as account, p.host as address,
				case when p.command <> 'Sleep' then lower(p.command)
					when t.trx_id is not null then 'idle in transaction' else 'idle' end as activity,
				p.time as seconds, p.info as sql_text,
				t.trx_state = 'LOCK WAIT' or p.state like 'Waiting for %% lock' or p.state = 'User lock' as locked,
				p.id not in (%1$s) or p.db <=> database() as possible
			from information_schema.processlist p
				left join information_schema.innodb_trx t on t.trx_mysql_thread_id = p.id
			where p.id in (%1$s) or p.id in (select blocking_pid from sys.innodb_lock_waits)
			""";

	private final DatabaseKind database;

	private final List<ServerSession> sessions = new ArrayList<>();

	private ServerSessions(DatabaseKind database) {
		this.database = database;
	}

	/**
	 * Return the sessions that some processes serve, and those that block them.
	 * @param connection the connection to ask over
	 * @param processes the numbers of the processes
	 * @return the sessions, none if the server is of another kind or the numbers are not
	 * its own: it knows this connection by another than the driver, as with PgBouncer
	 * between the two, or does not have all of the others in this database, as where one
	 * address stands for many servers
	 * @throws SQLException if the question was not answered
	 */
	static List<ServerSession> of(Connection connection, Collection<Long> processes) throws SQLException {
		ServerProcess own = ServerProcesses.of(connection);
		if (own == null || processes.isEmpty()) {
			return List.of();
		}
		String numbers = processes.stream().map(String::valueOf).collect(Collectors.joining(","));
		String question = switch (own.database()) {
			case POSTGRESQL -> POSTGRESQL;
			case MYSQL -> MYSQL;
		};
		ServerSessions sessions = new ServerSessions(own.database());
		try (Statement statement = connection.createStatement();
				ResultSet answer = statement.executeQuery(question.formatted(numbers))) {
			while (answer.next()) {
				if (answer.getLong("asking") != own.number() || !answer.getBoolean("possible")) {
					return List.of();
				}
				sessions.add(answer);
			}
		}
		return sessions.include(processes) ? sessions.sessions : List.of();
	}

	private void add(ResultSet answer) throws SQLException {
		double seconds = answer.getDouble("seconds");
		Duration since = answer.wasNull() ? null : Duration.ofMillis(Math.max(0, Math.round(seconds * 1000)));
		String sql = answer.getString("sql_text");
		String activity = answer.getString("activity");
		this.sessions.add(new ServerSession(answer.getLong("process"), client(answer),
				(activity != null) ? Printable.of(activity) : null, since,
				(sql != null) ? SqlText.withoutValues(sql, this.database != DatabaseKind.MYSQL) : null,
				answer.getBoolean("locked"), blockers(answer.getString("blockers"))));
	}

	private boolean include(Collection<Long> processes) {
		return this.sessions.stream().map(ServerSession::process).toList().containsAll(processes);
	}

	private static @Nullable String client(ResultSet answer) throws SQLException {
		String application = answer.getString("application");
		String account = answer.getString("account");
		String address = answer.getString("address");
		String client = Stream
			.of((application != null) ? "'" + application + "'" : "", (account != null) ? "of user " + account : "",
					(address != null) ? "from " + address : "")
			.filter((part) -> !part.isEmpty())
			.collect(Collectors.joining(" "));
		return client.isEmpty() ? null : Printable.of(client);
	}

	private static List<Long> blockers(@Nullable String numbers) {
		return (numbers == null || numbers.isEmpty()) ? List.of()
				: Stream.of(numbers.split(",")).map(Long::valueOf).toList();
	}

}
