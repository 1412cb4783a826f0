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

package io.transactionscope.pool.report;

import io.transactionscope.pool.snapshot.DatabaseKind;

/**
 * SQL that asks a server what the processes of some connections do, and who has the locks
 * that they wait for: for a person to copy.
 */
final class ServerQuestion {

	private static final String POSTGRESQL = "select pid, application_name, client_addr, state, now() - state_change as since, "
			+ "wait_event_type, wait_event, pg_blocking_pids(pid) as blocked_by, query from pg_stat_activity a "
			+ "where pid in (%1$s) or exists (select from pg_stat_activity b where b.pid in (%1$s) "
			+ "and a.pid = any(pg_blocking_pids(b.pid)))";

	private static final String MYSQL = "select p.id, p.user, p.host, p.command, p.state, p.time, w.blocking_pid, p.info "
			+ "from information_schema.processlist p left join sys.innodb_lock_waits w on w.waiting_pid = p.id "
			+ "where p.id in (%1$s) or p.id in (select blocking_pid from sys.innodb_lock_waits)";

	private ServerQuestion() {
	}

	/**
	 * Return the question, with a format specifier where the numbers of the processes
	 * belong.
	 */
	static String of(DatabaseKind database) {
		return switch (database) {
			case POSTGRESQL -> POSTGRESQL;
			case MYSQL -> MYSQL;
		};
	}

}
