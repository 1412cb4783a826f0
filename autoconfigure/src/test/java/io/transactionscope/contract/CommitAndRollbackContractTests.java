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

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.OpenScope;
import io.transactionscope.test.Phase;
import io.transactionscope.test.Faults;
import io.transactionscope.test.LeakCheck;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A body's end decides on the transaction's.
 */
@ForEachArrangement
class CommitAndRollbackContractTests extends Contract {

	static List<Throwable> failures() {
		return List.of(new IOException("checked"), new IllegalStateException("unchecked"), new AssertionError("error"),
				new OutOfMemoryError("thrown"), new InterruptedException("interrupt"), new Unsuppressing());
	}

	@Test
	@DisplayName("T1: a body that returns commits")
	void bodyThatReturnsCommits() throws Throwable {
		Object value = call(Form.OUTER, (tx) -> {
			watch(tx);
			insert("kept");
			return "value";
		});
		assertThat(value).isEqualTo("value");
		assertCommitted("kept");
		assertHeard("outer", TransactionOutcome.COMMITTED);
	}

	@ParameterizedTest
	@MethodSource("failures")
	@DisplayName("T1: a body that throws anything rolls back, and the caller gets the same instance")
	void bodyThatThrowsRollsBack(Throwable failure) {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			throw failure;
		})).isSameAs(failure);
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T1: a body that fails on a listed exception commits, and the caller gets the same instance")
	void bodyThatThrowsAListedExceptionCommits() {
		assumeFailureIsSeen();
		IOException failure = new IOException("listed");
		assertThat(failureOf(Form.COMMIT_ON_IO, (tx) -> {
			watch(tx);
			insert("kept");
			throw failure;
		})).isSameAs(failure).hasNoSuppressedExceptions();
		assertCommitted("kept");
		assertHeard("committing", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T1: a body that fails on another exception than the listed ones rolls back")
	void bodyThatThrowsAnExceptionNotListedRollsBack() {
		assumeFailureIsSeen();
		IllegalStateException failure = new IllegalStateException("not listed");
		assertThat(failureOf(Form.COMMIT_ON_IO, (tx) -> {
			insert("lost");
			throw failure;
		})).isSameAs(failure);
		assertCommitted();
	}

	@Test
	@DisplayName("T1: a failed commit takes the place of the listed exception, which would stand for a commit")
	void failedCommitTakesThePlaceOfAListedException() {
		assumeFailureIsSeen();
		IOException failure = new IOException("listed");
		SQLException refusal = driver().failAt(Phase.COMMIT, Faults.refused());
		Throwable thrown = thrownBy(Form.COMMIT_ON_IO, (tx) -> {
			insert("lost");
			throw failure;
		});
		assertThat(thrown).isInstanceOf(CommitFailedException.class).hasRootCause(refusal);
		assertThat(thrown.getSuppressed()).containsExactly(failure);
		assertCommitted();
	}

	@Test
	@DisplayName("T1: without complete() an open scope rolls back, silently")
	void openScopeWithoutCompleteRollsBack() throws Throwable {
		try (OpenScope tx = Form.OUTER.scope(application()).open()) {
			watch(tx);
			insert("lost");
		}
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T1: a body that asks for a rollback and returns gives its value to the caller")
	void bodyThatAsksForARollbackReturnsItsValue() throws Throwable {
		Object value = call(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			assertThat(tx.isRollbackOnly()).isFalse();
			tx.setRollbackOnly("dry run");
			assertThat(tx.isRollbackOnly()).isTrue();
			return "value";
		});
		assertThat(value).isEqualTo("value");
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T1: a body that asks for a rollback gets it, also where it fails on a listed exception")
	void bodyThatAsksForARollbackAndFailsOnAListedExceptionRollsBack() {
		IOException failure = new IOException("listed");
		assertThat(failureOf(Form.COMMIT_ON_IO, (tx) -> {
			watch(tx);
			insert("lost");
			tx.setRollbackOnly("dry run");
			throw failure;
		})).isSameAs(failure);
		assertCommitted();
		assertHeard("committing", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T1: a callback before the commit that asks for a rollback gets it")
	void callbackBeforeTheCommitThatAsksForARollbackGetsIt() throws Throwable {
		run(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			tx.beforeCommit(() -> tx.setRollbackOnly("the books do not balance"));
		});
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T2: a body that overflows its stack rolls back, and the caller gets the same instance")
	void bodyThatOverflowsItsStackRollsBack() throws InterruptedException {
		onASmallStack(() -> {
			AtomicReference<StackOverflowError> overflow = new AtomicReference<>();
			assertThat(failureOf(Form.OUTER, (tx) -> {
				insert("lost");
				try {
					overflow(0);
				}
				catch (StackOverflowError ex) {
					overflow.set(ex);
					throw ex;
				}
			})).isSameAs(overflow.get()).isNotNull();
		});
		assertCommitted();
	}

	@Test
	@DisplayName("T2: scopes that join each other until the stack overflows leave nothing behind")
	void scopesThatJoinUntilTheStackOverflowsLeaveNothingBehind() throws InterruptedException {
		onASmallStack(() -> assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			recurse();
		})).isInstanceOf(StackOverflowError.class));
		assertCommitted();
	}

	@Test
	@DisplayName("T2: a body that interrupts its thread commits, and the flag stays")
	void bodyThatInterruptsItsThreadCommits() throws Throwable {
		run(Form.OUTER, (tx) -> {
			insert("kept");
			Thread.currentThread().interrupt();
		});
		assertThat(Thread.interrupted()).isTrue();
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T2: a body that fails interrupted rolls back, and the flag stays")
	void bodyThatFailsInterruptedRollsBack() {
		InterruptedException failure = new InterruptedException();
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			Thread.currentThread().interrupt();
			throw failure;
		})).isSameAs(failure);
		assertThat(Thread.interrupted()).isTrue();
		assertCommitted();
	}

	@Test
	@DisplayName("T2: isolation level and read-only hint are gone with the transaction")
	void settingsAreGoneWithTheTransaction() throws Throwable {
		int isolation = application().isolationOf(application().dataSource());
		run(Form.READ_ONLY, (tx) -> {
			assertThat(tx.connection().getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
			assertThat(TransactionSynchronizationManager.isCurrentTransactionReadOnly()).isTrue();
		});
		assertThat(application().isolationOf(application().dataSource())).isEqualTo(isolation);
	}

	/** Which is full sooner. */
	private static void onASmallStack(Runnable test) throws InterruptedException {
		AtomicReference<Throwable> failure = new AtomicReference<>();
		Thread thread = new Thread(null, () -> {
			try {
				test.run();
				LeakCheck.verifyThread();
			}
			catch (Throwable ex) {
				failure.set(ex);
			}
		}, "small stack", 512 * 1024);
		thread.start();
		thread.join();
		assertThat(failure.get()).isNull();
	}

	private static int overflow(int depth) {
		return (depth < Integer.MAX_VALUE) ? 1 + overflow(depth + 1) : 0;
	}

	private void recurse() throws Throwable {
		run(Form.INNER, (tx) -> recurse());
	}

	private void assumeFailureIsSeen() {
		assumeThat(isTryWithResources()).as("try-with-resources does not see what its block throws").isFalse();
	}

	/**
	 * An exception that cannot carry others.
	 */
	private static final class Unsuppressing extends Exception {

		private Unsuppressing() {
			super("without suppression", null, false, false);
		}

	}

}
