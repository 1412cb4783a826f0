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
 * @param version of the server, as {@code server_version_num}
 * @param system the identifier of its data
 * @param timeline the history of that data, {@code null} on a standby
 * @param started since when it runs
 * @param statisticsSince since when it has its statistics
 * @param checkpoint how far its log had come at its latest checkpoint, which is the end
 * of all that it had when it was started last, as long as there was none since
 * @param nextId the first transaction that there had not been by then
 */
record ServerState(int version, String system, @Nullable String timeline, String started, String statisticsSince,
		LogPosition checkpoint, long nextId) {

	static final String QUESTION = """
			select current_setting('server_version_num') as version,
				s.system_identifier::text as system,
				case when not pg_is_in_recovery()
					then substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end as timeline,
				extract(epoch from pg_postmaster_start_time())::text as started,
				extract(epoch from pg_stat_get_bgwriter_stat_reset_time())::text as statistics_since,
				c.redo_lsn::text as checkpoint,
				c.next_xid as next_id
			from pg_control_system() s, pg_control_checkpoint() c
			""";

	/** Since PostgreSQL 17, the checkpointer has statistics of its own. */
	private static final int WITH_CHECKPOINTER = 170_000;

	static ServerState of(Map<String, @Nullable String> answer) {
		return new ServerState(Integer.parseInt(TransactionMark.value(answer, "version")),
				TransactionMark.value(answer, "system"), answer.get("timeline"),
				TransactionMark.value(answer, "started"), TransactionMark.value(answer, "statistics_since"),
				LogPosition.of(TransactionMark.value(answer, "checkpoint")),
				id(TransactionMark.value(answer, "next_id")));
	}

	/** It is written with its epoch apart, {@code 0:756}. */
	private static long id(String nextId) {
		int colon = nextId.indexOf(':');
		return Long.parseLong(nextId, 0, colon, 10) << Integer.SIZE
				| Long.parseLong(nextId, colon + 1, nextId.length(), 10);
	}

	/**
	 * Return why it knows nothing of a transaction, whatever it says.
	 * @return the reason, or {@code null} if it is the server that had it
	 */
	@Nullable String objection(TransactionMark mark) {
		if (!this.system.equals(mark.system())) {
			return "another server answers, with system identifier %s in place of %s".formatted(this.system,
					mark.system());
		}
		if (this.timeline == null) {
			return "a standby answers, which may lack it";
		}
		if (!this.timeline.equals(mark.timeline())) {
			return "another server has taken over, which may lack it: timeline %s in place of %s"
				.formatted(this.timeline, mark.timeline());
		}
		return (isStartedAgain(mark) && this.checkpoint.isBefore(mark.written()))
				? "the server has lost data that it had written" : null;
	}

	/** Whether it was started, or has started itself again after a crash, since. */
	private boolean isStartedAgain(TransactionMark mark) {
		return !this.started.equals(mark.started()) || hasCrashed(mark);
	}

	/** Whether it has crashed since, and what it had not written was lost. */
	boolean hasCrashed(TransactionMark mark) {
		return !this.statisticsSince.equals(mark.statisticsSince());
	}

	/** Whether it had lost all of the transaction by then, and may give its id again. */
	boolean hasLost(TransactionMark mark) {
		return isStartedAgain(mark) && Long.compareUnsigned(this.nextId, mark.id()) <= 0;
	}

	/** What to ask for how many checkpoints there were since a crash. */
	String checkpointsQuestion() {
		return (this.version >= WITH_CHECKPOINTER)
				? "select (num_timed + num_requested)::text as checkpoints from pg_stat_checkpointer"
				: "select (checkpoints_timed + checkpoints_req)::text as checkpoints from pg_stat_bgwriter";
	}

}
