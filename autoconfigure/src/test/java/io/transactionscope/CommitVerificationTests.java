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

package io.transactionscope;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.Faults;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.Phase;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What is told of a COMMIT that was not answered, where the application knows.
 */
class CommitVerificationTests {

	private final List<TransactionOutcome> heard = new ArrayList<>();

	@SuppressWarnings("NullAway.Init")
	private FaultyDriver driver;

	@SuppressWarnings("NullAway.Init")
	private JdbcClient jdbc;

	@BeforeEach
	void begins() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		this.driver = new FaultyDriver(h2);
		this.jdbc = JdbcClient.create(this.driver);
		this.jdbc.sql("create table entry (id int)").update();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void t4ABlockThatIsVerifiedAsCommittedReturns(boolean jpa) throws Exception {
		this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
		assertThat(book(scope(jpa).verifiedBy(this::isBooked))).isEqualTo(1);
		assertThat(this.heard).containsExactly(TransactionOutcome.COMMITTED);
		assertThat(isBooked()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void t4ABlockThatIsVerifiedAsNotCommittedIsRolledBack(boolean jpa) throws Exception {
		this.driver.failAt(Phase.COMMIT, Faults.lostLink());
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> book(scope(jpa).verifiedBy(this::isBooked)))
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome)
			.withMessageContaining("is rolled back");
		assertThat(this.heard).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(isBooked()).isFalse();
	}

	@Test
	void aVerificationThatFailsLeavesItUnknown() {
		this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
		IOException failure = new IOException("the ledger does not answer");
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> book(scope(false).verifiedBy(() -> {
			throw failure;
		})))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome)
			.satisfies((unknown) -> assertThat(unknown.getSuppressed()).containsExactly(failure));
		assertThat(this.heard).containsExactly(TransactionOutcome.UNKNOWN);
	}

	@Test
	void t12AnErrorOfTheVerificationLeavesItUnknown() {
		this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
		StackOverflowError failure = new StackOverflowError();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> book(scope(false).verifiedBy(() -> {
			throw failure;
		}))).satisfies((unknown) -> assertThat(unknown.getSuppressed()).containsExactly(failure));
	}

	@Test
	void anInterruptThatComesFirstSurvivesAndDoesNotDisturbIt() throws Exception {
		this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
		List<Boolean> interrupted = new ArrayList<>();
		scope(false).verifiedBy(() -> {
			interrupted.add(Thread.currentThread().isInterrupted());
			return isBooked();
		}).run(() -> {
			insert();
			Thread.currentThread().interrupt();
		});
		assertThat(Thread.interrupted()).isTrue();
		assertThat(interrupted).containsExactly(false);
	}

	@Test
	void anInterruptThatEndsItSurvivesAndDoesNotDisturbWhatFollows() {
		this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
		List<Boolean> interrupted = new ArrayList<>();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> scope(false).verifiedBy(() -> {
			throw new InterruptedException();
		}).run((tx) -> {
			tx.onCompletion((outcome) -> interrupted.add(Thread.currentThread().isInterrupted()));
			insert();
		})).returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(interrupted).containsExactly(false);
	}

	@Test
	void itIsAskedOutsideOfTheTransactionAndWithinTheDeadline() throws Exception {
		this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
		List<Boolean> active = new ArrayList<>();
		book(scope(false).timeout(Duration.ofSeconds(30)).verifiedBy(() -> {
			active.add(TransactionSynchronizationManager.isActualTransactionActive());
			active.add(TransactionSynchronizationManager.hasResource(this.driver));
			return isBooked();
		}));
		assertThat(active).containsExactly(false, false);
	}

	@Test
	void itIsNotAskedWhereTheOutcomeIsKnown() throws Exception {
		Callable<Boolean> verification = () -> {
			throw new AssertionError("asked");
		};
		assertThat(book(scope(false).verifiedBy(verification))).isEqualTo(1);
		this.driver.failAt(Phase.COMMIT, Faults.refused());
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> book(scope(false).verifiedBy(verification)))
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
	}

	@Test
	void theExceptionOfABodyThatCommitsOnItReachesTheCaller() {
		this.driver.failAfter(Phase.COMMIT, Faults.lostLink());
		IllegalStateException result = new IllegalStateException("a result");
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> scope(false).commitOn(IllegalStateException.class).verifiedBy(this::isBooked).run(() -> {
				insert();
				throw result;
			}))
			.isSameAs(result);
	}

	@Test
	void theExceptionOfABodyThatCommitsOnItStaysWithTheFailureOfTheCommit() {
		this.driver.failAt(Phase.COMMIT, Faults.lostLink());
		IllegalStateException result = new IllegalStateException("a result");
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> scope(false).commitOn(IllegalStateException.class).verifiedBy(this::isBooked).run(() -> {
				insert();
				throw result;
			}))
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome)
			.satisfies((failure) -> assertThat(failure.getSuppressed()).contains(result));
	}

	@Test
	@SuppressWarnings("NullAway") // On purpose
	void nothingCannotVerify() {
		assertThatIllegalArgumentException().isThrownBy(() -> scope(false).verifiedBy(null))
			.withMessage("'verification' must not be null");
	}

	private TransactionScope scope(boolean jpa) {
		PlatformTransactionManager manager = new ScopedJdbcTransactionManager(this.driver);
		if (jpa) {
			ScopedJpaTransactionManager ofJpa = new ScopedJpaTransactionManager(
					new EmptyPersistenceUnit(this.driver).entityManagers());
			ofJpa.afterPropertiesSet();
			manager = ofJpa;
		}
		return TransactionScope.create(manager).named("book");
	}

	private int book(TransactionScope scope) {
		return scope.call((tx) -> {
			tx.onCompletion(this.heard::add);
			return insert();
		});
	}

	private int insert() {
		return this.jdbc.sql("insert into entry values (1)").update();
	}

	private boolean isBooked() {
		return this.jdbc.sql("select count(*) from entry").query(Integer.class).single() > 0;
	}

}
