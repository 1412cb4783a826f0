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

package io.transactionscope.pool;

import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Borrower}.
 */
class BorrowerTests {

	@AfterEach
	void forget() {
		Borrower.current().exchangeName(null);
		Borrower.current().exchangeBeginning(false);
		Borrower.current().exchangeDeadline(Borrower.NO_DEADLINE);
	}

	@Test
	void saysNothingUntilTold() {
		assertThat(Borrower.current().name()).isNull();
		assertThat(Borrower.current().deadline()).isEqualTo(Borrower.NO_DEADLINE);
	}

	@Test
	void exchangingTheNameGivesThePreviousOneBack() {
		Borrower borrower = Borrower.current();
		assertThat(borrower.exchangeName("outer")).isNull();
		assertThat(borrower.exchangeName("inner")).isEqualTo("outer");
		assertThat(borrower.name()).isEqualTo("inner");
	}

	@Test
	void whoeverIsInNoScopeAnyMoreHasNoName() {
		Borrower borrower = Borrower.current();
		borrower.exchangeName("again");
		assertThat(borrower.exchangeName(null)).isEqualTo("again");
		assertThat(borrower.name()).isNull();
		assertThat(borrower.exchangeName("again")).isNull();
		assertThat(borrower.name()).isEqualTo("again");
	}

	@Test
	void exchangingTheDeadlineGivesThePreviousOneBack() {
		Borrower borrower = Borrower.current();
		assertThat(borrower.exchangeDeadline(42)).isEqualTo(Borrower.NO_DEADLINE);
		assertThat(borrower.exchangeDeadline(21)).isEqualTo(42);
		assertThat(borrower.deadline()).isEqualTo(21);
	}

	@Test
	void exchangingWhetherATransactionBeginsGivesThePreviousAnswerBack() {
		Borrower borrower = Borrower.current();
		assertThat(borrower.exchangeBeginning(true)).isFalse();
		assertThat(borrower.isBeginning()).isTrue();
		assertThat(borrower.exchangeBeginning(false)).isTrue();
	}

	@Test
	void belongsToOneThread() throws Exception {
		Borrower mine = Borrower.current();
		mine.exchangeName("mine");
		Borrower theirs = CompletableFuture.supplyAsync(Borrower::current, (task) -> new Thread(task).start()).get();
		assertThat(Borrower.current()).isSameAs(mine);
		assertThat(theirs).isNotSameAs(mine);
		assertThat(theirs.name()).isNull();
	}

}
