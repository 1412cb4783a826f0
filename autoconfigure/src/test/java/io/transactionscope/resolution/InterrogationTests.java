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
import java.util.List;
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

	private static final TransactionMark MARK = mark(false);

	private final Map<String, @Nullable String> server = new HashMap<>(
			Map.of("system", MARK.system(), "timeline", MARK.timeline(), "started", MARK.started(), "statistics_since",
					MARK.statisticsSince(), "checkpoint", "0/174D2C8", "at_start", "false", "next_id", "0:752"));

	private Interrogation interrogation = new Interrogation(MARK);

	private static TransactionMark mark(boolean kept) {
		return new TransactionMark(ID, 4711, "7713067922961298134", "00000001", LogPosition.of("0/1B85C40"), kept,
				"1795838569.641032", "1795838569.056877");
	}

	@Test
	void aMarkIsReadFromItsRow() {
		Map<String, @Nullable String> row = new HashMap<>(Map.of("id", "756", "process", "4711", "system",
				"7713067922961298134", "timeline", "00000001", "written", "0/1B85C40", "inserted", "0/1B85C41",
				"started", "1795838569.641032", "statistics_since", "1795838569.056877"));
		assertThat(TransactionMark.of(row)).isEqualTo(MARK);
		row.put("inserted", "0/1B85C40");
		assertThat(TransactionMark.of(row)).isEqualTo(mark(true));
		assertThat(TransactionMark.of(new HashMap<>())).isNull();
	}

	@ParameterizedTest
	@CsvSource({ "committed,COMMITTED", "aborted,ROLLED_BACK", ",UNKNOWN" })
	void theServerThatHadItIsBelieved(@Nullable String status, TransactionOutcome outcome) {
		assertThat(this.interrogation.answered(this.server)).isNull();
		assertThat(this.interrogation.question()).startsWith("select pg_xact_status('756'::xid8) as status, ");
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

	@ParameterizedTest
	@CsvSource({ "system,7713067922961298135,another server", "timeline,00000002,another server has taken over",
			"timeline,,a standby", "started,1795838600.1,cannot be told",
			"statistics_since,1795838600.1,cannot be told" })
	void norIsTheOneThatAnswersInItsPlaceByTheNextStatement(String column, @Nullable String value, String reason) {
		assertThat(this.interrogation.answered(this.server)).isNull();
		this.server.put(column, value);
		isUnknown(status("committed"), reason);
	}

	@Test
	void aServerThatWasStartedAgainIsBelievedIfItHasAllThatItHadWritten() {
		this.server.put("started", "1795838600.1");
		this.server.put("at_start", "true");
		this.server.put("checkpoint", "0/1B85C40");
		this.server.put("next_id", "0:757");
		assertThat(this.interrogation.answered(this.server)).isNull();
		assertThat(status("committed")).isNotNull().returns(TransactionOutcome.COMMITTED, Verdict::outcome);
	}

	@ParameterizedTest
	@ValueSource(strings = { "started", "statistics_since" })
	void aServerThatHasLostWhatItHadWrittenIsNotAsked(String column) {
		this.server.put(column, "1795838600.1");
		this.server.put("at_start", "true");
		this.server.put("checkpoint", "0/1B85C3F");
		this.server.put("next_id", "0:900");
		isUnknown(this.interrogation.answered(this.server), "lost data");
	}

	@ParameterizedTest
	@ValueSource(strings = { "started", "statistics_since" })
	void whatAServerHadAtItsStartIsNotToBeSeenSinceACheckpoint(String column) {
		this.server.put(column, "1795838600.1");
		this.server.put("checkpoint", "0/1B85C40");
		for (String nextId : List.of("0:756", "0:757")) {
			this.server.put("next_id", nextId);
			assertThat(this.interrogation.answered(this.server)).isNotNull()
				.returns(TransactionOutcome.UNKNOWN, Verdict::outcome)
				.returns(true, Verdict::last);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "0:756", "0:12" })
	void whatACrashHasLostIsRolledBackAndItsNumberMayBeAnothers(String nextId) {
		crash(nextId);
		assertThat(this.interrogation.answered(this.server)).isNotNull()
			.returns(TransactionOutcome.ROLLED_BACK, Verdict::outcome);
	}

	@ParameterizedTest
	@CsvSource({ "true,committed,COMMITTED", "false,committed,UNKNOWN", "true,aborted,ROLLED_BACK",
			"false,aborted,ROLLED_BACK" })
	void afterACrashItIsCommittedIfNoneBeforeCanHaveTakenTheNumberBack(boolean kept, String status,
			TransactionOutcome outcome) {
		this.interrogation = new Interrogation(mark(kept));
		crash("0:757");
		assertThat(this.interrogation.answered(this.server)).isNull();
		assertThat(status(status)).isNotNull().returns(outcome, Verdict::outcome).returns(true, Verdict::last);
	}

	@Test
	void itIsAskedUntilThereIsAVerdict() {
		Interrogation interrogation = this.interrogation;
		Verdict verdict = null;
		while (verdict == null) {
			verdict = interrogation.answered(ask(interrogation.question()));
		}
		assertThat(verdict.outcome()).isEqualTo(TransactionOutcome.COMMITTED);
	}

	private Map<String, @Nullable String> ask(String question) {
		Map<String, @Nullable String> answer = new HashMap<>(this.server);
		if (question.contains("pg_xact_status")) {
			answer.put("status", "committed");
		}
		return answer;
	}

	@Test
	void epochsAndPositionsAreReadInFull() {
		assertThat(LogPosition.of("16/B374D848").bytes()).isEqualTo(0x16B374D848L);
		crash("1:3");
		this.server.put("checkpoint", "1/0");
		assertThat(this.interrogation.answered(this.server)).isNull();
		assertThat(this.interrogation.question()).contains("pg_xact_status");
	}

	private void crash(String nextId) {
		this.server.put("statistics_since", "1795838600.1");
		this.server.put("checkpoint", "0/1B85C40");
		this.server.put("at_start", "true");
		this.server.put("next_id", nextId);
	}

	private @Nullable Verdict status(@Nullable String status) {
		Map<String, @Nullable String> answer = new HashMap<>(this.server);
		answer.put("status", status);
		return this.interrogation.answered(answer);
	}

	private static void isUnknown(@Nullable Verdict verdict, String reason) {
		assertThat(verdict).isNotNull().returns(TransactionOutcome.UNKNOWN, Verdict::outcome);
		assertThat(verdict).extracting(Verdict::reason).asString().contains(reason);
	}

}
