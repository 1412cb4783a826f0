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

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.pool.snapshot.SqlText;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

/**
 * What a server is asked of its sessions, by whatever driver, and what it answers: what
 * some of them do, and those that have what they wait for, to the end of each chain.
 *
 * @since 0.1.0
 */
public final class ServerSessions {

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

	private final ServerProcess own;

	private final Collection<Long> processes;

	private final List<ServerSession> sessions = new ArrayList<>();

	/** Whether no row has told that the numbers are those of another server. */
	private boolean possible = true;

	/**
	 * Create what to ask over a connection.
	 * @param own the process that serves that connection, by what its driver knows
	 * @param processes the numbers of the processes that are of interest, one at least
	 */
	public ServerSessions(ServerProcess own, Collection<Long> processes) {
		this.own = Objects.requireNonNull(own, "own must not be null");
		this.processes = List.copyOf(Objects.requireNonNull(processes, "processes must not be null"));
	}

	/**
	 * Return the question, in the server's SQL and without parameters.
	 */
	public String question() {
		String numbers = this.processes.stream().map(String::valueOf).collect(Collectors.joining(","));
		String question = switch (this.own.database()) {
			case POSTGRESQL -> POSTGRESQL;
			case MYSQL -> MYSQL;
		};
		return question.formatted(numbers);
	}

	/**
	 * Take a row of the answer.
	 * @throws SQLException if it is not what was asked for
	 */
	public void add(Row row) throws SQLException {
		if (number(row, "asking") != this.own.number() || !row.flag("possible")) {
			this.possible = false;
		}
		Number seconds = row.number("seconds");
		String sql = row.text("sql_text");
		String activity = row.text("activity");
		this.sessions.add(new ServerSession(number(row, "process"), client(row),
				(activity != null) ? Printable.of(activity) : null,
				(seconds != null) ? Duration.ofMillis(Math.max(0, Math.round(seconds.doubleValue() * 1000))) : null,
				(sql != null) ? SqlText.withoutValues(sql, this.own.database() != DatabaseKind.MYSQL) : null,
				row.flag("locked"), blockers(row.text("blockers"))));
	}

	/**
	 * Return the sessions that the processes serve, and those that block them, once all
	 * rows were taken.
	 * @return the sessions, none if the numbers are not the server's own: it knows the
	 * connection by another than the driver, as with PgBouncer between the two, or does
	 * not have all of the others in this database, as where one address stands for many
	 * servers
	 */
	public List<ServerSession> known() {
		return (this.possible && include(this.processes)) ? List.copyOf(this.sessions) : List.of();
	}

	private boolean include(Collection<Long> processes) {
		return this.sessions.stream().map(ServerSession::process).toList().containsAll(processes);
	}

	private static @Nullable String client(Row row) throws SQLException {
		String application = row.text("application");
		String account = row.text("account");
		String address = row.text("address");
		String client = Stream
			.of((application != null) ? "'" + application + "'" : "", (account != null) ? "of user " + account : "",
					(address != null) ? "from " + address : "")
			.filter((part) -> !part.isEmpty())
			.collect(Collectors.joining(" "));
		return client.isEmpty() ? null : Printable.of(client);
	}

	private static long number(Row row, String column) throws SQLException {
		Number number = row.number(column);
		return (number != null) ? number.longValue() : 0;
	}

	private static List<Long> blockers(@Nullable String numbers) {
		return (numbers == null || numbers.isEmpty()) ? List.of()
				: Stream.of(numbers.split(",")).map(Long::valueOf).toList();
	}

	/**
	 * A row of an answer, as a driver has it.
	 *
	 * @since 0.1.0
	 */
	public interface Row {

		/**
		 * Return a text.
		 * @param column its name in the question
		 */
		@Nullable String text(String column) throws SQLException;

		/**
		 * Return a number.
		 * @param column its name in the question
		 */
		@Nullable Number number(String column) throws SQLException;

		/**
		 * Return whether something is true, and neither false nor unknown.
		 * @param column its name in the question
		 */
		boolean flag(String column) throws SQLException;

	}

}
