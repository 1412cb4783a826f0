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

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.transactionscope.ActiveScope;
import io.transactionscope.test.Phase;
import io.transactionscope.postgresql.AdvisoryLocks;
import io.transactionscope.test.Faults;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A failure in each phase of a transaction: who gets which exception, what it carries,
 * what the outcome is, and that the connection is back, or replaced.
 */
@ForEachArrangement
class FailurePhaseContractTests extends Contract {

	static List<Throwable> driverFailures() {
		return Faults.ofEachKind();
	}

	static List<Throwable> driverFailuresAndLostLink() {
		List<Throwable> failures = new ArrayList<>(Faults.ofEachKind());
		failures.add(Faults.lostLink());
		return failures;
	}

	@ParameterizedTest
	@MethodSource("driverFailuresAndLostLink")
	@DisplayName("T2: a pool that does not lend is the failure, and the body does not run")
	void poolThatDoesNotLendIsTheFailure(Throwable failure) {
		application().pool().failToLend(failure);
		assertFailsToBegin(failure);
	}

	@ParameterizedTest
	@MethodSource("driverFailuresAndLostLink")
	@DisplayName("T2: a begin that fails is the failure, and the body does not run")
	void beginThatFailsIsTheFailure(Throwable failure) {
		driver().failAt(Phase.BEGIN, failure);
		assertFailsToBegin(failure);
	}

	private void assertFailsToBegin(Throwable failure) {
		List<String> ran = new ArrayList<>();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			ran.add("body");
			watch(tx);
			insert(tx, "lost");
		});
		if (wiring() == Wiring.LAZY) {
			// The pool is asked at the first statement: the failure is the body's.
			assertThat(thrown).isSameAs(failure);
			assertThat(ran).containsExactly("body");
			assertHeard("outer", TransactionOutcome.ROLLED_BACK);
		}
		else {
			assertThat(ran).isEmpty();
			assertThat(this.heard).isEmpty();
			if (wiring().isJpa() || failure instanceof Exception) {
				assertThat(thrown).isInstanceOf(CannotCreateTransactionException.class);
				assertThat(causesOf(thrown)).contains(failure);
			}
			else {
				assertThat(thrown).isSameAs(failure);
			}
		}
		assertCommitted();
	}

	@ParameterizedTest
	@MethodSource("driverFailuresAndLostLink")
	@DisplayName("T1: a statement that fails is the body's failure, the same instance")
	void statementThatFailsIsTheBodysFailure(Throwable failure) {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			insert(tx, "lost");
			driver().failAt(Phase.STATEMENT, failure);
			insert(tx, "lost too");
		})).isSameAs(failure);
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T3: the failure of a refused COMMIT carries that of a lock that could not be given back")
	void failureOfARefusedCommitCarriesThatOfALock() {
		assumeThat(this.arrangement.database()).as("has advisory locks").isEqualTo(Database.POSTGRES);
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			tx.enter(AdvisoryLocks.session(4711, Duration.ofSeconds(1)));
			application().jdbc().sql("select pg_advisory_unlock(4711)").query(Boolean.class).single();
			driver().failAt(Phase.COMMIT, Faults.refused());
		});
		assertThat(thrown).isInstanceOf(CommitFailedException.class);
		assertThat(thrown.getSuppressed()).singleElement()
			.extracting(Throwable::getMessage)
			.asString()
			.contains("does not hold advisory lock 4711");
	}

	@Test
	@DisplayName("T4: a COMMIT that the server refuses is rolled back, and the failure is the commit's own")
	void refusedCommitIsRolledBack() {
		SQLException refusal = driver().failAt(Phase.COMMIT, Faults.refused());
		Throwable thrown = thrownBy(Form.OUTER, this::insertWatched);
		assertThat(thrown).isInstanceOf(CommitFailedException.class)
			.hasMessageContaining("outer")
			.hasRootCause(refusal);
		assertThat(((CommitFailedException) thrown).outcome()).isEqualTo(TransactionOutcome.ROLLED_BACK);
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T4: a serialization failure at COMMIT is a ConcurrencyFailureException to whoever retries")
	void refusedCommitIsTranslated() {
		driver().failAt(Phase.COMMIT, Faults.refused());
		Throwable thrown = thrownBy(Form.OUTER, this::insertWatched);
		if (wiring() == Wiring.OWN_DATA_SOURCE_MANAGER) {
			assertThat(thrown).as("that manager does not translate").hasCauseInstanceOf(SQLException.class);
		}
		else if (wiring() == Wiring.OWN_JPA_MANAGER) {
			assertThat(causesOf(thrown)).hasAtLeastOneElementOfType(SQLException.class);
		}
		else {
			assertThat(thrown).hasCauseInstanceOf(ConcurrencyFailureException.class);
		}
	}

	@Test
	@DisplayName("T3, T4: a rollback that fails after the COMMIT was refused is carried by the commit's failure")
	void rollbackThatFailsAfterARefusedCommitIsCarried() {
		SQLException refusal = driver().failAt(Phase.COMMIT, Faults.refused());
		SQLException second = driver().failAt(Phase.ROLLBACK, Faults.refused());
		Throwable thrown = thrownBy(Form.OUTER, this::insertWatched);
		assertThat(thrown).isInstanceOf(CommitFailedException.class).hasRootCause(refusal);
		assertThat(((CommitFailedException) thrown).outcome()).isEqualTo(TransactionOutcome.ROLLED_BACK);
		assertThat(everythingIn(thrown)).contains(second);
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T4: a link lost at COMMIT before it was applied is in doubt")
	void linkLostBeforeTheCommitIsAppliedIsInDoubt() {
		SQLException loss = driver().failAt(Phase.COMMIT, Faults.lostLink());
		assertIsInDoubt(loss);
		assertCommitted();
	}

	@Test
	@DisplayName("T4: a link lost at COMMIT after it was applied is in doubt")
	void linkLostAfterTheCommitIsAppliedIsInDoubt() {
		SQLException loss = driver().failAfter(Phase.COMMIT, Faults.lostLink());
		assertIsInDoubt(loss);
		assertCommitted("row");
	}

	@Test
	@DisplayName("T4: a driver that breaks in COMMIT leaves it in doubt")
	void driverThatBreaksInCommitLeavesItInDoubt() {
		assertIsInDoubt(driver().failAt(Phase.COMMIT, new IllegalStateException("a bug of the driver")));
		assertCommitted();
	}

	@Test
	@DisplayName("T4: an error in COMMIT leaves it in doubt")
	void errorInCommitLeavesItInDoubt() {
		assertIsInDoubt(driver().failAfter(Phase.COMMIT, new OutOfMemoryError("thrown")));
		assertCommitted("row");
	}

	private void assertIsInDoubt(Throwable failure) {
		Throwable thrown = thrownBy(Form.OUTER, this::insertWatched);
		assertThat(thrown).isInstanceOf(CommitFailedException.class).hasMessageContaining("in doubt");
		assertThat(((CommitFailedException) thrown).outcome()).isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(causesOf(thrown)).contains(failure);
		assertHeard("outer", TransactionOutcome.UNKNOWN);
	}

	@ParameterizedTest
	@MethodSource("driverFailuresAndLostLink")
	@DisplayName("T1, T3: a rollback that fails is carried by the body's exception, and leaves nothing behind")
	void rollbackThatFailsIsCarried(Throwable failure) {
		IllegalStateException bodyFailure = new IllegalStateException("the body's");
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insertWatched(tx);
			driver().failAt(Phase.ROLLBACK, failure);
			throw bodyFailure;
		});
		assertThat(thrown).isSameAs(bodyFailure);
		assertThat(everythingIn(thrown)).contains(failure);
		if (wiring().isJdbc()) {
			assertThat(later(thrown)).containsExactly(failure);
		}
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T3: a rollback that fails with the body's own exception does not make it carry itself")
	void rollbackThatFailsWithTheBodysOwnExceptionIsNotCarried() {
		IllegalStateException failure = new IllegalStateException("the same");
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insertWatched(tx);
			driver().failAt(Phase.ROLLBACK, failure);
			throw failure;
		})).isSameAs(failure);
		assertCommitted();
	}

	@Test
	@DisplayName("T3: all that fails later is carried in order: rollback, callbacks, resources last to first")
	void allThatFailsLaterIsCarriedInOrder() {
		IllegalStateException bodyFailure = new IllegalStateException("body");
		SQLException rollback = Faults.refused();
		Exception first = new Exception("first callback");
		Error second = new Error("second callback");
		Exception outerResource = new Exception("first resource");
		Exception innerResource = new Exception("second resource");
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("lost");
			tx.onCompletion((outcome) -> {
				throw first;
			});
			tx.onCompletion((outcome) -> {
				throw second;
			});
			tx.enter((AutoCloseable) () -> {
				throw outerResource;
			});
			tx.enter((AutoCloseable) () -> {
				throw innerResource;
			});
			driver().failAt(Phase.ROLLBACK, rollback);
			throw bodyFailure;
		});
		assertThat(thrown).isSameAs(bodyFailure);
		List<Throwable> later = later(thrown);
		if (wiring().isJdbc()) {
			assertThat(later).containsExactly(rollback, first, second, innerResource, outerResource);
		}
		else {
			assertThat(later).hasSize(5).endsWith(first, second, innerResource, outerResource);
			assertThat(everythingIn(later.get(0))).contains(rollback);
		}
	}

	@ParameterizedTest
	@MethodSource("driverFailuresAndLostLink")
	@DisplayName("T2, T6: a connection that cannot be restored after the commit is replaced; the data is committed")
	void connectionThatCannotBeRestoredAfterTheCommitIsReplaced(Throwable failure) {
		Throwable thrown = failureOf(Form.OUTER, (tx) -> {
			insertWatched(tx);
			driver().failAt(Phase.RESTORE, failure);
		});
		assertIsToldAfterCommit(thrown, failure);
	}

	@ParameterizedTest
	@MethodSource("driverFailuresAndLostLink")
	@DisplayName("T2, T6: a connection that fails on its way back after the commit is told; the data is committed")
	void connectionThatFailsOnItsWayBackAfterTheCommitIsTold(Throwable failure) {
		assumeThat(wiring().isOtherPool()).as("other pools keep that to themselves").isFalse();
		Throwable thrown = failureOf(Form.OUTER, (tx) -> {
			insertWatched(tx);
			driver().failAt(Phase.RETURN, failure);
		});
		assertIsToldAfterCommit(thrown, failure);
	}

	private void assertIsToldAfterCommit(@Nullable Throwable thrown, Throwable failure) {
		assertCommitted("row");
		if (wiring().isJpa() && thrown instanceof CommitFailedException) {
			// Hibernate has let an Error through, before it told that it had committed.
			assertThat(failure).isInstanceOf(Error.class);
			assertHeard("outer", TransactionOutcome.UNKNOWN);
			return;
		}
		assertHeard("outer", TransactionOutcome.COMMITTED);
		if (wiring().isJdbc()) {
			assertThat(thrown).isInstanceOf(AfterCommitException.class).hasCause(failure);
			assertThat(((AfterCommitException) Objects.requireNonNull(thrown)).failures()).containsExactly(failure);
		}
		else if (thrown != null) {
			assertThat(thrown).isInstanceOf(AfterCommitException.class);
		}
	}

	@ParameterizedTest
	@MethodSource("driverFailuresAndLostLink")
	@DisplayName("T2, T3: a connection that cannot be restored after the rollback is replaced, and the failure carried")
	void connectionThatCannotBeRestoredAfterTheRollbackIsReplaced(Throwable failure) {
		IllegalStateException bodyFailure = new IllegalStateException("the body's");
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insertWatched(tx);
			driver().failAt(Phase.RESTORE, failure);
			throw bodyFailure;
		});
		assertThat(thrown).isSameAs(bodyFailure);
		if (wiring().isJdbc()) {
			assertThat(later(thrown)).containsExactly(failure);
		}
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@ParameterizedTest
	@MethodSource("driverFailures")
	@DisplayName("T2, T3: a connection that can be neither rolled back nor aborted is closed; all of it is carried")
	void connectionThatCannotBeAbortedIsClosed(Throwable failure) {
		IllegalStateException bodyFailure = new IllegalStateException("the body's");
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insertWatched(tx);
			driver().failAt(Phase.ROLLBACK, Faults.refused());
			driver().failAt(Phase.ABORT, failure);
			throw bodyFailure;
		});
		assertThat(thrown).isSameAs(bodyFailure);
		assertCommitted();
	}

	@ParameterizedTest
	@MethodSource("driverFailures")
	@DisplayName("T3: a savepoint that cannot be set fails the nested block; the outer one can go on")
	void savepointThatCannotBeSetFailsTheNestedBlock(Throwable failure) throws Throwable {
		assumeNests();
		run(Form.OUTER, (tx) -> {
			insert(tx, "outer");
			driver().failAt(Phase.SAVEPOINT, failure);
			Throwable thrown = thrownBy(Form.NESTED, (nested) -> insert(nested, "lost"));
			driver().heal();
			if (failure instanceof SQLException) {
				assertThat(thrown).isInstanceOf(CannotCreateTransactionException.class).hasCause(failure);
			}
			else {
				assertThat(causesOf(thrown)).contains(failure);
			}
		});
		assertCommitted("outer");
	}

	@ParameterizedTest
	@MethodSource("driverFailures")
	@DisplayName("T3: a savepoint that cannot be released takes the nested block's work back; the outer one can go on")
	void savepointThatCannotBeReleasedTakesTheNestedWorkBack(Throwable failure) throws Throwable {
		assumeNests();
		run(Form.OUTER, (tx) -> {
			insert(tx, "outer");
			Throwable thrown = thrownBy(Form.NESTED, (nested) -> {
				insertWatched(nested);
				driver().failAt(Phase.RELEASE_SAVEPOINT, failure);
			});
			driver().heal();
			if (failure instanceof SQLException) {
				assertThat(thrown).isInstanceOf(TransactionSystemException.class).hasCause(failure);
			}
			else {
				assertThat(causesOf(thrown)).contains(failure);
			}
		});
		assertCommitted("outer");
		assertThat(this.heard).as("callbacks from inside the savepoint").isEmpty();
	}

	@ParameterizedTest
	@MethodSource("driverFailures")
	@DisplayName("T3, T5: where the rollback to a savepoint fails, all is doomed, and the body's exception is the cause")
	void rollbackToASavepointThatFailsDoomsAll(Throwable failure) {
		assumeNests();
		IllegalStateException bodyFailure = new IllegalStateException("the nested body's");
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert(tx, "outer");
			driver().failAt(Phase.ROLLBACK_TO_SAVEPOINT, failure);
			Throwable nested = thrownBy(Form.NESTED, (inner) -> {
				insert(inner, "nested");
				throw bodyFailure;
			});
			driver().heal();
			assertThat(nested).isSameAs(bodyFailure);
			assertThat(everythingIn(nested)).contains(failure);
		});
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class);
		if (!isTryWithResources()) {
			assertThat(thrown).hasCause(bodyFailure);
			assertThat(everythingIn(thrown)).contains(failure);
		}
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T2, T3: a connection that somebody has taken from the thread does not go back to the pool")
	void connectionTakenFromTheThreadDoesNotGoBack() {
		assumeThat(wiring().isJdbc()).as("Spring's managers for JPA release by themselves").isTrue();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert(tx, "row");
			TransactionSynchronizationManager.unbindResource(application().dataSource());
		});
		assertThat(thrown).isInstanceOf(AfterCommitException.class).hasCauseInstanceOf(IllegalStateException.class);
		assertCommitted("row");
	}

	private void assumeNests() {
		assumeThat(wiring()).as("Spring's JpaTransactionManager has no savepoints unless told so")
			.isNotEqualTo(Wiring.OWN_JPA_MANAGER);
	}

	private void insertWatched(ActiveScope tx) throws SQLException {
		watch(tx);
		insert(tx, "row");
	}

}
