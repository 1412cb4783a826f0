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

package io.transactionscope.resolution;

import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What tells a transaction of PostgreSQL, and its server, from all others, as they are
 * right before its COMMIT is sent.
 *
 * @param id the transaction
 * @param process who serves its session
 * @param system the identifier of the server's data
 * @param timeline the history of that data
 * @param written how far the log had reached the disk
 * @param kept whether that was all of the log, so that no crash can take the id back
 * @param started since when the server runs
 * @param statisticsSince since when it has its statistics, which a crash discards
 * @since 0.1.0
 */
public record TransactionMark(long id, long process, String system, String timeline, LogPosition written, boolean kept,
		String started, String statisticsSince) {

	/**
	 * What to ask in the transaction. It assigns no id, and nothing else is found out
	 * where there is none.
	 */
	public static final String QUESTION = """
			select x.id::text as id, server.*
			from (select pg_current_xact_id_if_assigned() as id) x left join lateral (
				select pg_backend_pid()::text as process,
					c.system_identifier::text as system,
					substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) as timeline,
					pg_current_wal_flush_lsn()::text as written,
					pg_current_wal_insert_lsn()::text as inserted,
					extract(epoch from pg_postmaster_start_time())::text as started,
					extract(epoch from pg_stat_get_bgwriter_stat_reset_time())::text as statistics_since
				from pg_control_system() c
				where x.id is not null
			) server on true
			""";

	private static final String POSTGRESQL = "PostgreSQL";

	/** All that is still maintained have it all. */
	private static final int FIRST_VERSION = 15;

	/**
	 * Return whether a database can be asked.
	 * @param product the name of the product, as its driver has it
	 * @param majorVersion of the product
	 */
	public static boolean isKnownTo(String product, int majorVersion) {
		return POSTGRESQL.equals(product) && majorVersion >= FIRST_VERSION;
	}

	/**
	 * Read the answer.
	 * @param answer the one row of it
	 * @return the mark, or {@code null} if the transaction has written nothing
	 */
	public static @Nullable TransactionMark of(Map<String, @Nullable String> answer) {
		String id = answer.get("id");
		if (id == null) {
			return null;
		}
		LogPosition written = LogPosition.of(value(answer, "written"));
		return new TransactionMark(Long.parseUnsignedLong(id), Long.parseLong(value(answer, "process")),
				value(answer, "system"), value(answer, "timeline"), written,
				!written.isBefore(LogPosition.of(value(answer, "inserted"))), value(answer, "started"),
				value(answer, "statistics_since"));
	}

	static String value(Map<String, @Nullable String> answer, String column) {
		return Objects.requireNonNull(answer.get(column), column);
	}

}
