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

package io.transactionscope.contract;

import java.util.ArrayList;
import java.util.List;

import io.transactionscope.TransactionScope;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.TransactionOutcome;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What a block does where Spring calls those who follow a transaction, as a
 * {@code @TransactionalEventListener}: the transaction is still bound, and over.
 */
@ForEachApplication
class AfterTheEndContractTests extends Contract {

	private final List<Throwable> refused = new ArrayList<>();

	@Test
	@DisplayName("T1: a block after the commit of a @Transactional method does not join what is over")
	void t1BlockAfterAMethodsCommitDoesNotJoinWhatIsOver() throws Exception {
		plain().required(() -> {
			insert("kept");
			afterCommit(() -> run(Form.INNER, (tx) -> insert("late")));
		});
		assertRefused("PlainMethods.required");
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T1: a block after the commit of a block does not join what is over")
	void t1BlockAfterABlocksCommitDoesNotJoinWhatIsOver() throws Throwable {
		run(Form.OUTER, (outer) -> {
			insert("kept");
			afterCommit(() -> run(Form.INNER, (tx) -> insert("late")));
		});
		assertRefused("outer");
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T1: a block after the commit may have a transaction of its own")
	void t1BlockAfterTheCommitMayHaveItsOwn() throws Exception {
		plain().required(() -> {
			insert("kept");
			afterCommit(() -> {
				run(Form.REQUIRES_NEW, (tx) -> insert("late"));
				failureOf(Form.REQUIRES_NEW, (tx) -> {
					insert("lost");
					throw new IllegalStateException("late");
				});
			});
		});
		assertCommitted("kept", "late");
	}

	@Test
	@DisplayName("T2: what runs after a transaction that a block had joined keeps no connection")
	void t2WhatFollowsATransactionThatABlockHadJoinedKeepsNoConnection() throws Exception {
		plain().required(() -> {
			quietly(() -> run(Form.INNER, this::watch));
			afterCommit(() -> {
				failureOf(Form.INNER, (tx) -> insert("of a block"));
				assertThat(application().borrowed()).isLessThanOrEqualTo(1);
				new TransactionTemplate(application().manager()).executeWithoutResult((status) -> {
				});
			});
		});
		assertHeard("inner", TransactionOutcome.COMMITTED);
		assertThat(application().borrowed()).isZero();
	}

	@Test
	@DisplayName("T4: what has joined a transaction after its end, which nobody could tell, hears of no commit")
	void t4WhatHasJoinedAfterTheEndHearsOfNoCommit() {
		JdbcDataSource driver = new JdbcDataSource();
		driver.setUrl("jdbc:h2:mem:after-the-end");
		JdbcTransactionManager manager = new JdbcTransactionManager(driver);
		TransactionScope scope = TransactionScope.create(manager);
		List<TransactionOutcome> outcomes = new ArrayList<>();
		new TransactionTemplate(manager).executeWithoutResult((status) -> {
			JdbcClient.create(driver).sql("create table t (id int)").update();
			afterCommit(() -> scope.run((tx) -> tx.onCompletion(outcomes::add)));
		});
		assertThat(outcomes).containsExactly(TransactionOutcome.UNKNOWN);
	}

	@Test
	@DisplayName("T3: a synchronization that cannot be resumed takes none of the others along")
	void t3SynchronizationThatCannotBeResumedTakesNoneOfTheOthersAlong() throws Throwable {
		assumeThat(wiring().isJdbc()).as("whose transactions the blocks resume").isTrue();
		IllegalStateException failure = new IllegalStateException("cannot resume");
		run(Form.OUTER, (outer) -> {
			insert("kept");
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
				@Override
				public void resume() {
					throw failure;
				}

				@Override
				public void afterCompletion(int status) {
					AfterTheEndContractTests.this.heard.add("first: " + status);
				}
			});
			afterCommit(() -> this.heard.add("second"));
			assertThat(failureOf(Form.REQUIRES_NEW, (own) -> insert("kept as well")))
				.isInstanceOf(AfterCommitException.class)
				.hasCause(failure);
		});
		assertThat(this.heard).containsExactly("second", "first: " + TransactionSynchronization.STATUS_COMMITTED);
		assertCommitted("kept", "kept as well");
	}

	private void afterCommit(ThrowingCallable what) {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
			@Override
			public void afterCommit() {
				Throwable failure = catchThrowable(what);
				if (failure != null) {
					AfterTheEndContractTests.this.refused.add(failure);
				}
			}
		});
	}

	private void assertRefused(String transaction) {
		assertThat(this.refused).singleElement().isInstanceOf(IllegalTransactionStateException.class);
		assertThat(this.refused.get(0)).hasMessageContaining("'inner'")
			.hasMessageContaining(transaction)
			.hasMessageContaining("has ended");
	}

}
