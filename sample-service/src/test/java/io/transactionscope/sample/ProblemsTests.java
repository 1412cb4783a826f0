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

package io.transactionscope.sample;

import java.sql.SQLException;
import java.util.List;

import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;

import org.springframework.transaction.TransactionTimedOutException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Problems}: clients are told what became of their request, and nothing
 * of the inside.
 */
class ProblemsTests {

	private static final String INSIDE = "Holders: 'place-order' on http-nio-8080-exec-1";

	private final Problems problems = new Problems();

	@Test
	void theReportOfADryPoolStaysInside() {
		assertThat(this.problems.timedOut(new TransactionTimedOutException(INSIDE)).getDetail())
			.doesNotContain("Holders")
			.contains("Nothing was changed");
	}

	@Test
	void aFailedCommitSaysWhetherItIsDone() {
		assertThat(commitFailed(TransactionOutcome.ROLLED_BACK)).isEqualTo("Nothing was changed; try again.");
		assertThat(commitFailed(TransactionOutcome.UNKNOWN)).startsWith("Nobody knows");
	}

	private String commitFailed(TransactionOutcome outcome) {
		return String.valueOf(
				this.problems.commitFailed(new CommitFailedException("place-order", outcome, new SQLException(INSIDE)))
					.getDetail());
	}

	@Test
	void whatIsDoneIsNotToBeTriedAgain() {
		assertThat(this.problems.afterCommit(new AfterCommitException("place-order", List.of(new SQLException(INSIDE))))
			.getDetail()).doesNotContain("Holders").contains("done");
	}

}
