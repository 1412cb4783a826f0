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

import java.util.HashMap;
import java.util.Map;

import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is concluded from what a server says of a transaction, and of itself.
 */
@Tag("once")
class InterrogationTests {

	private static final long ID = 756;

	private static final TransactionMark MARK = new TransactionMark(ID, 4711, "7713067922961298134", "00000001",
			LogPosition.of("0/1B85C40"), "1795838569.641032", "1795838569.056877");

	private final Map<String, @Nullable String> server = new HashMap<>(
			Map.of("version", "180006", "system", MARK.system(), "timeline", MARK.timeline(), "started", MARK.started(),
					"statistics_since", MARK.statisticsSince(), "checkpoint", "0/174D2C8", "next_id", "0:752"));

	private final Interrogation interrogation = new Interrogation(MARK);

	@Test
	void aMarkIsReadFromItsRow() {
		assertThat(TransactionMark
			.of(Map.of("id", "756", "process", "4711", "system", "7713067922961298134", "timeline", "00000001",
					"written", "0/1B85C40", "started", "1795838569.641032", "statistics_since", "1795838569.056877")))
			.isEqualTo(MARK);
		assertThat(TransactionMark.of(new HashMap<>())).isNull();
	}

	@ParameterizedTest
	@CsvSource({ "committed,COMMITTED", "aborted,ROLLED_BACK", ",UNKNOWN" })
	void theServerThatHadItIsBelieved(@Nullable String status, TransactionOutcome outcome) {
		assertThat(this.interrogation.answered(this.server)).isNull();
		assertThat(this.interrogation.question()).isEqualTo("select pg_xact_status('756'::xid8) as status");
		assertThat(status(status)).isNotNull().returns(outcome, Verdict::outcome);
	}

	@Test
	void whatIsInProgressIsEndedIfItIsIdleAndAskedAgain() {
		this.interrogation.answered(this.server);
		assertThat(status("in progress")).isNull();
		assertThat(this.interrogation.isInProgress()).isTrue();
		assertThat(this.interrogation.question()).contains("pg_terminate_backend", "pid = 4711",
				"backend_xid = '756'::xid8::xid", "state like 'idle in transaction%'");
		assertThat(this.interrogation.answered(Map.of())).isNull();
		assertThat(this.interrogation.isInProgress()).isFalse();
		assertThat(status("aborted")).isNotNull().returns(TransactionOutcome.ROLLED_BACK, Verdict::outcome);
	}

	@ParameterizedTest
	@CsvSource({ "system,7713067922961298135,another server", "timeline,00000002,another server has taken over",
			"timeline,,a standby" })
	void theWrongServerIsNotAsked(String column, @Nullable String value, String reason) {
		this.server.put(column, value);
		isUnknown(this.interrogation.answered(this.server), reason);
	}

	@Test
	void aServerThatWasStartedAgainIsBelievedIfItHasAllThatItHadWritten() {
		this.server.put("started", "1795838600.1");
		this.server.put("checkpoint", "0/1B85C40");
		this.server.put("next_id", "0:757");
		assertThat(this.interrogation.answered(this.server)).isNull();
		assertThat(status("committed")).isNotNull().returns(TransactionOutcome.COMMITTED, Verdict::outcome);
	}

	@ParameterizedTest
	@ValueSource(strings = { "started", "statistics_since" })
	void aServerThatHasLostWhatItHadWrittenIsNotAsked(String column) {
		this.server.put(column, "1795838600.1");
		this.server.put("checkpoint", "0/1B85C3F");
		this.server.put("next_id", "0:900");
		isUnknown(this.interrogation.answered(this.server), "lost data");
	}

	@ParameterizedTest
	@ValueSource(strings = { "0:756", "0:12" })
	void whatACrashHasLostIsRolledBackAndItsNumberMayBeAnothers(String nextId) {
		this.server.put("statistics_since", "1795838600.1");
		this.server.put("checkpoint", "0/1B85C40");
		this.server.put("next_id", nextId);
		assertThat(this.interrogation.answered(this.server)).isNotNull()
			.returns(TransactionOutcome.ROLLED_BACK, Verdict::outcome);
	}

	@ParameterizedTest
	@CsvSource({ "180006,pg_stat_checkpointer", "170000,pg_stat_checkpointer", "160004,pg_stat_bgwriter",
			"150001,pg_stat_bgwriter" })
	void whatACrashHasNotLostIsBelievedAsLongAsThatIsToBeSeen(String version, String view) {
		crash(version);
		assertThat(this.interrogation.question()).contains(view);
		assertThat(this.interrogation.answered(Map.of("checkpoints", "1"))).isNull();
		assertThat(status("committed")).isNotNull().returns(TransactionOutcome.COMMITTED, Verdict::outcome);
	}

	@Test
	void afterFurtherCheckpointsItIsNot() {
		crash("180006");
		isUnknown(this.interrogation.answered(Map.of("checkpoints", "2")), "cannot be told any more");
	}

	@Test
	void epochsAndPositionsAreReadInFull() {
		assertThat(LogPosition.of("16/B374D848").bytes()).isEqualTo(0x16B374D848L);
		this.server.put("statistics_since", "1795838600.1");
		this.server.put("checkpoint", "1/0");
		this.server.put("next_id", "1:3");
		assertThat(this.interrogation.answered(this.server)).isNull();
		assertThat(this.interrogation.question()).contains("pg_stat_checkpointer");
	}

	private void crash(String version) {
		this.server.put("version", version);
		this.server.put("statistics_since", "1795838600.1");
		this.server.put("checkpoint", "0/1B85C40");
		this.server.put("next_id", "0:757");
		assertThat(this.interrogation.answered(this.server)).isNull();
	}

	private @Nullable Verdict status(@Nullable String status) {
		Map<String, @Nullable String> answer = new HashMap<>();
		answer.put("status", status);
		return this.interrogation.answered(answer);
	}

	private static void isUnknown(@Nullable Verdict verdict, String reason) {
		assertThat(verdict).isNotNull().returns(TransactionOutcome.UNKNOWN, Verdict::outcome);
		assertThat(verdict).extracting(Verdict::reason).asString().contains(reason);
	}

}
