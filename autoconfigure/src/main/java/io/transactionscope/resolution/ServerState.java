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

import org.jspecify.annotations.Nullable;

/**
 * The server that answers after a link was lost, which may not be the one that had the
 * transaction, or not have it any more.
 *
 * @param system the identifier of its data
 * @param timeline the history of that data, {@code null} on a standby
 * @param started since when it runs
 * @param statisticsSince since when it has its statistics
 * @param checkpoint how far its log had come at its latest checkpoint
 * @param atStart whether that was made while it was down, or started, so that it is the
 * end of all that it had then
 * @param nextId the first transaction that there had not been by then
 */
record ServerState(String system, @Nullable String timeline, String started, String statisticsSince,
		LogPosition checkpoint, boolean atStart, long nextId) {

	/**
	 * A checkpoint of a running server has a record between where it begins and its own;
	 * before PostgreSQL 17, not with the least of logs.
	 */
	static final String COLUMNS = """
			s.system_identifier::text as system,
				case when not pg_is_in_recovery()
					then substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end as timeline,
				extract(epoch from pg_postmaster_start_time())::text as started,
				extract(epoch from pg_stat_get_bgwriter_stat_reset_time())::text as statistics_since,
				c.redo_lsn::text as checkpoint,
				(c.redo_lsn = c.checkpoint_lsn and (current_setting('server_version_num')::int >= 170000
					or current_setting('wal_level') <> 'minimal'))::text as at_start,
				c.next_xid as next_id
			from pg_control_system() s, pg_control_checkpoint() c
			""";

	static final String QUESTION = "select " + COLUMNS;

	static ServerState of(Map<String, @Nullable String> answer) {
		return new ServerState(TransactionMark.value(answer, "system"), answer.get("timeline"),
				TransactionMark.value(answer, "started"), TransactionMark.value(answer, "statistics_since"),
				LogPosition.of(TransactionMark.value(answer, "checkpoint")),
				Boolean.parseBoolean(TransactionMark.value(answer, "at_start")),
				id(TransactionMark.value(answer, "next_id")));
	}

	/** It is written with its epoch apart, {@code 0:756}. */
	private static long id(String nextId) {
		int colon = nextId.indexOf(':');
		return Long.parseLong(nextId, 0, colon, 10) << Integer.SIZE
				| Long.parseLong(nextId, colon + 1, nextId.length(), 10);
	}

	/**
	 * Return what is known before the server is asked what became of a transaction: that
	 * it cannot know, or that it had lost it.
	 * @return the verdict, or {@code null} if it is to be asked
	 */
	@Nullable Verdict objection(TransactionMark mark) {
		if (!this.system.equals(mark.system())) {
			return Verdict.unknown("another server answers, with system identifier %s in place of %s"
				.formatted(this.system, mark.system()));
		}
		if (this.timeline == null) {
			return Verdict.unknown("a standby answers, which may lack it");
		}
		if (!this.timeline.equals(mark.timeline())) {
			return Verdict.unknown("another server has taken over, which may lack it: timeline %s in place of %s"
				.formatted(this.timeline, mark.timeline()));
		}
		return isStartedAgain(mark) ? objectionAfterStart(mark) : null;
	}

	private @Nullable Verdict objectionAfterStart(TransactionMark mark) {
		if (!this.atStart) {
			return Verdict.lost("the server was started again, and what it had then cannot be told since a checkpoint");
		}
		if (this.checkpoint.isBefore(mark.written())) {
			return Verdict.unknown("the server has lost data that it had written");
		}
		return (Long.compareUnsigned(this.nextId, mark.id()) <= 0)
				? Verdict.rolledBack("the server had written nothing of it when it crashed") : null;
	}

	/** Whether it was started, or has started itself again after a crash, since. */
	private boolean isStartedAgain(TransactionMark mark) {
		return !this.started.equals(mark.started()) || !this.statisticsSince.equals(mark.statisticsSince());
	}

	/**
	 * Return whether another transaction may have the id: the server has crashed since,
	 * and who knows how often, and had not written the id before.
	 */
	boolean mayHaveGivenAgain(TransactionMark mark) {
		return !mark.kept() && !this.statisticsSince.equals(mark.statisticsSince());
	}

}
