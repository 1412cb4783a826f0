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

package io.transactionscope.reference.testing;

import io.transactionscope.reference.RecordedText;
// tag::imports[]
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.test.scope.AfterCommitCallbacks;
import io.transactionscope.test.scope.ScopeRecords;
import io.transactionscope.test.spring.AutoConfigureDatabaseFaults;
import io.transactionscope.test.spring.RecordScopes;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
// end::imports[]
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.TestPropertySource;
import org.springframework.transaction.annotation.Transactional;

// tag::imports[]
import static io.transactionscope.test.assertj.ScopeRecordsAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
// end::imports[]

/**
 * The tests that the chapter "Testing" shows.
 */
@Tag("once")
@TestPropertySource(properties = { "spring.datasource.generate-unique-name=true",
		"transaction-scope.test.held-connections=fail", "transaction-scope.pool.remote-calls=fail" })
// tag::class[]
@SpringBootTest
@RecordScopes
@AutoConfigureDatabaseFaults
class OrderServiceTests {

	@Autowired
	OrderService orders;

	@Autowired
	Mailbox mails;

	@Autowired
	JdbcClient jdbc;

	@Autowired
	ScopeRecords scopes;

	@Autowired
	DatabaseFaults faults;

	// end::class[]
	@BeforeEach
	void forgetOrders() {
		this.jdbc.sql("delete from orders").update();
		this.mails.sent().clear();
	}

	// tag::callbacks[]
	@Test
	@Transactional
	void confirmsByMailOnceTheOrderIsCommitted() {
		AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> this.orders.place("kettle", 1));
		assertThat(callbacks.scopes()).containsExactly("OrderService.place");
		assertThat(this.mails.sent()).isEmpty();

		callbacks.run();
		assertThat(this.mails.sent()).containsExactly("kettle");
	}
	// end::callbacks[]

	// tag::failure[]
	@Test
	@Transactional
	void takesNothingIfThereIsTooLittle() {
		assertThatExceptionOfType(OutOfStockException.class).isThrownBy(() -> this.orders.place("kettle", 100));
		// The test goes on, in a transaction that is sound:
		assertThat(count("orders")).isZero();
	}
	// end::failure[]

	// tag::records[]
	@Test
	void takesFromStockInTheSameTransaction() throws OutOfStockException {
		this.orders.place("kettle", 1);

		assertThat(this.scopes).committed("OrderService.place").joined("Stock.take").hasNoRemoteCalls();
		assertThat(this.scopes).borrowedAtMost("OrderService.place", 1).sentAtMost("Stock.take", 1);
	}
	// end::records[]

	@Test
	@Transactional
	void listsWhatWasRecorded() throws OutOfStockException {
		this.orders.place("kettle", 1);
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> assertThat(this.scopes).rolledBack("OrderService.place"))
			.satisfies((ex) -> RecordedText.of("testing-records.txt").verify(String.valueOf(ex.getMessage())));
	}

	// tag::faults[]
	@Test
	void saysThatAnOrderIsInDoubtWhenTheLinkIsLostAtItsCommit() {
		this.faults.at(Phase.COMMIT).lostLinkAfterwards();

		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> this.orders.place("kettle", 1))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);

		this.faults.clear();
		assertThat(count("orders")).isOne();
	}
	// end::faults[]

	private int count(String table) {
		return this.jdbc.sql("select count(*) from " + table).query(Integer.class).single();
	}

	// tag::class[]

}
// end::class[]
