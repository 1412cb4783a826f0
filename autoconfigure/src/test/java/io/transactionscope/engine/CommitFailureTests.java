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

package io.transactionscope.engine;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;

import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.transaction.TransactionSystemException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a failed COMMIT says about its transaction (T4).
 */
class CommitFailureTests {

	@ParameterizedTest
	@ValueSource(strings = { "40001", "40P01", "23505", "25P02", "57014", "HY000" })
	void isRolledBackWhereTheServerHasAnswered(String state) {
		assertThat(CommitFailure.outcomeOf(new SQLException("refused", state)))
			.isEqualTo(TransactionOutcome.ROLLED_BACK);
	}

	@ParameterizedTest
	@ValueSource(strings = { "08000", "08003", "08006", "08007", "57P01", "57P02", "57P03", "57P04", "57P05", "25P03",
			"40003" })
	void isInDoubtWhereTheLinkIsLost(String state) {
		assertThat(CommitFailure.outcomeOf(new SQLException("lost", state))).isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void isInDoubtWhereTheDriverSaysSoByType() {
		assertThat(CommitFailure.outcomeOf(new SQLNonTransientConnectionException("lost", "90067")))
			.isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(CommitFailure.outcomeOf(new SQLTransientConnectionException("lost", "HY000")))
			.isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(CommitFailure.outcomeOf(new SQLRecoverableException("lost", "HY000")))
			.isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void isInDoubtAfterAnInputOutputFailureBelow() {
		SQLException failure = new SQLException("timed out", "HY000", new SocketTimeoutException("Read timed out"));
		assertThat(CommitFailure.outcomeOf(failure)).isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(CommitFailure.outcomeOf(new RuntimeException(new IOException("broken pipe"))))
			.isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void isInDoubtWhereNobodySaysAnything() {
		assertThat(CommitFailure.outcomeOf(new SQLException("no state"))).isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(CommitFailure.outcomeOf(new IllegalStateException("driver bug")))
			.isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(CommitFailure.outcomeOf(new OutOfMemoryError())).isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void looksThroughWrappersAndAtChainedExceptions() {
		assertThat(CommitFailure
			.outcomeOf(new TransactionSystemException("JDBC commit failed", new SQLException("refused", "40001"))))
			.isEqualTo(TransactionOutcome.ROLLED_BACK);
		SQLException chained = new SQLException("refused", "40001");
		chained.setNextException(new SQLException("lost", "08006"));
		assertThat(CommitFailure.outcomeOf(chained)).isEqualTo(TransactionOutcome.UNKNOWN);
	}

	@Test
	void copesWithExceptionsThatCauseEachOther() {
		SQLException failure = new SQLException("refused", "40001");
		RuntimeException wrapper = new RuntimeException(failure);
		failure.initCause(wrapper);
		assertThat(CommitFailure.outcomeOf(wrapper)).isEqualTo(TransactionOutcome.ROLLED_BACK);
	}

}
