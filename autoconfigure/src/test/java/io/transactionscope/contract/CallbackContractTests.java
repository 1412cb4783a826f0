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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.transactionscope.ActiveScope;
import io.transactionscope.test.Phase;
import io.transactionscope.resource.Resource;
import io.transactionscope.test.Faults;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What is to happen before the commit, and after the end.
 */
@ForEachArrangement
class CallbackContractTests extends Contract {

	private final List<String> log = new ArrayList<>();

	static List<Throwable> failures() {
		return List.of(new IOException("checked"), new IllegalStateException("unchecked"), new AssertionError("error"),
				new TransactionSystemException("a transaction's"));
	}

	@Test
	@DisplayName("T6: callbacks after the commit run in order, with the connection back and outside of a transaction")
	void callbacksRunWithTheConnectionBack() throws Throwable {
		run(Form.OUTER, (tx) -> {
			insert("kept");
			tx.afterCommit(() -> logOutside("first"));
			tx.onCompletion((outcome) -> logOutside("second " + outcome));
			tx.afterRollback(() -> logOutside("never"));
			tx.afterCommit(() -> logOutside("third"));
		});
		assertThat(this.log).containsExactly("first", "second COMMITTED", "third");
	}

	@Test
	@DisplayName("T6: callbacks after the rollback run in order, with the connection back and outside of a transaction")
	void callbacksAfterTheRollbackRunWithTheConnectionBack() {
		IllegalStateException failure = new IllegalStateException("the body's");
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			tx.afterRollback(() -> logOutside("first"));
			tx.afterCommit(() -> logOutside("never"));
			tx.onCompletion((outcome) -> logOutside("second " + outcome));
			throw failure;
		})).isSameAs(failure).hasNoSuppressedExceptions();
		assertThat(this.log).containsExactly("first", "second ROLLED_BACK");
	}

	@Test
	@DisplayName("T6: callbacks of a block without transaction run outside of the transaction around it")
	void callbacksOfABlockWithoutTransactionRunOutsideOfTheTransactionAroundIt() {
		IllegalStateException failure = new IllegalStateException("the body's");
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			run(Form.NOT_SUPPORTED, (without) -> {
				without.afterCommit(() -> insertOutside("by a callback"));
				without.enter((AutoCloseable) () -> insertOutside("by a release"));
			});
			assertThat(failureOf(Form.NOT_SUPPORTED, (without) -> {
				without.afterRollback(() -> insertOutside("after a failure"));
				throw failure;
			})).isSameAs(failure);
			assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isTrue();
			throw failure;
		})).isSameAs(failure).hasNoSuppressedExceptions();
		assertCommitted("after a failure", "by a callback", "by a release");
	}

	private void insertOutside(String name) {
		assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isFalse();
		insert(name);
	}

	@Test
	@DisplayName("T10: Spring's synchronizations hear what became of a block without transaction")
	void synchronizationsHearWhatBecameOfABlockWithoutTransaction() throws Throwable {
		IllegalStateException failure = new IllegalStateException("the body's");
		run(Form.OUTER, (tx) -> {
			run(Form.NOT_SUPPORTED, (without) -> {
				logCompletion();
				assertThat(TransactionSynchronizationManager.getCurrentTransactionName()).isEqualTo("without");
				without.afterCommit(() -> this.log.add("callback"));
			});
			assertThat(failureOf(Form.NOT_SUPPORTED, (without) -> {
				logCompletion();
				throw failure;
			})).isSameAs(failure);
			logCompletion();
			this.log.add("outer");
		});
		assertThat(this.log).containsExactly("0", "callback", "1", "outer", "0");
	}

	private void logCompletion() {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCompletion(int status) {
				CallbackContractTests.this.log.add("" + status);
			}

		});
	}

	private void logOutside(String what) {
		this.log.add(what);
		assertThat(application().borrowed()).as("connections in use").isZero();
		assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isFalse();
		assertThat(TransactionSynchronizationManager.isSynchronizationActive()).isFalse();
		assertThatIllegalStateException().isThrownBy(ActiveScope::current);
	}

	@Test
	@DisplayName("T6: each callback runs whatever the others do, and the caller learns that the data is committed")
	void callbacksAreIsolatedFromEachOther() {
		IOException first = new IOException("first");
		AssertionError second = new AssertionError("second");
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("kept");
			tx.afterCommit(() -> {
				throw first;
			});
			tx.afterCommit(() -> this.log.add("in between"));
			tx.onCompletion((outcome) -> {
				throw second;
			});
			tx.afterCommit(() -> this.log.add("last"));
		});
		assertThat(thrown).isInstanceOf(AfterCommitException.class)
			.hasMessageContainingAll("outer", "is committed")
			.hasCause(first);
		AfterCommitException told = (AfterCommitException) thrown;
		assertThat(told.outcome()).isEqualTo(TransactionOutcome.COMMITTED);
		assertThat(told.failures()).containsExactly(first, second);
		assertThat(told.getSuppressed()).containsExactly(second);
		assertThat(this.log).containsExactly("in between", "last");
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T6: a callback that fails after a rollback that was asked for reaches the caller")
	void callbackThatFailsAfterARollbackThatWasAskedForReachesTheCaller() {
		IOException failure = new IOException("the callback's");
		assertThat(failureOf(Form.OUTER, (tx) -> {
			tx.afterRollback(() -> {
				throw failure;
			});
			tx.setRollbackOnly("dry run");
		})).isInstanceOf(TransactionSystemException.class)
			.hasMessageContaining("rolled back as asked")
			.hasCause(failure);
	}

	@Test
	@DisplayName("T6: a callback's InterruptedException sets the flag again")
	void interruptedCallbackSetsTheFlagAgain() {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("kept");
			tx.afterCommit(() -> {
				throw new InterruptedException();
			});
		})).isInstanceOf(AfterCommitException.class).hasCauseInstanceOf(InterruptedException.class);
		assertThat(Thread.interrupted()).isTrue();
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T6, R1: a callback's InterruptedException does not reach the callbacks and resources that follow")
	void interruptedCallbackDoesNotInterruptWhatFollows() {
		InterruptedException first = new InterruptedException("the callback's");
		InterruptedException second = new InterruptedException("the resource's");
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("kept");
			tx.enter((AutoCloseable) () -> logUninterrupted("first resource"));
			run(Form.INNER, (inner) -> {
				if (wiring() != Wiring.OWN_JPA_MANAGER) {
					run(Form.NESTED, (nested) -> nested.enter((AutoCloseable) () -> {
						logUninterrupted("resource of a savepoint");
						throw second;
					}));
				}
			});
			tx.enter((AutoCloseable) () -> logUninterrupted("last resource"));
			tx.afterCommit(() -> {
				throw first;
			});
			tx.onCompletion((outcome) -> logUninterrupted("callback"));
		});
		assertThat(Thread.interrupted()).isTrue();
		assertThat(thrown).isInstanceOf(AfterCommitException.class).hasCause(first);
		if (wiring() != Wiring.OWN_JPA_MANAGER) {
			assertThat(thrown.getSuppressed()).containsExactly(second);
			assertThat(this.log).containsExactly("callback", "last resource", "resource of a savepoint",
					"first resource");
		}
		else {
			assertThat(this.log).containsExactly("callback", "last resource", "first resource");
		}
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T6: a callback before the commit that is interrupted does not interrupt the rollback")
	void interruptedCallbackBeforeTheCommitDoesNotInterruptTheRollback() {
		InterruptedException interruption = new InterruptedException("before the commit");
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			tx.afterRollback(() -> logUninterrupted("after the rollback"));
			tx.beforeCommit(() -> {
				throw interruption;
			});
		})).isSameAs(interruption);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.log).containsExactly("after the rollback");
		assertCommitted();
	}

	private void logUninterrupted(String what) {
		this.log.add(what);
		assertThat(Thread.currentThread().isInterrupted()).as("interrupt flag").isFalse();
	}

	@Test
	@DisplayName("T3, T6: a failure that comes from several callbacks and resources is carried once")
	void failureOfSeveralIsCarriedOnce() {
		IOException first = new IOException("first");
		IOException second = new IOException("second");
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			for (IOException each : List.of(first, second, first, second)) {
				tx.afterCommit(() -> {
					throw each;
				});
			}
			tx.enter((AutoCloseable) () -> {
				throw first;
			});
		});
		assertThat(thrown).isInstanceOf(AfterCommitException.class).hasCause(first);
		assertThat(thrown.getSuppressed()).containsExactly(second);
	}

	@Test
	@DisplayName("T3, R3: releases fail in order after a rollback, and a failure of a release leaves that of its savepoint alone")
	void failuresOfReleasesAreCarriedByTheCallersFailureAlone() {
		assumeSavepoints();
		IOException nestedFailure = new IOException("the nested body's");
		IllegalStateException failure = new IllegalStateException("the body's");
		IOException first = new IOException("first release");
		IOException second = new IOException("second release");
		assertThat(failureOf(Form.OUTER, (tx) -> {
			enterFailing(tx, second);
			assertThat(failureOf(Form.NESTED, (nested) -> {
				enterFailing(nested, first);
				throw nestedFailure;
			})).isSameAs(nestedFailure);
			throw failure;
		})).isSameAs(failure);
		assertThat(later(failure)).containsExactly(first, second);
		assertThat(nestedFailure).hasNoSuppressedExceptions();
		if (!isTryWithResources()) {
			assertThat(this.log).containsExactly("the nested body's", "the body's");
		}
	}

	private void enterFailing(ActiveScope tx, IOException failure) {
		tx.enter(Resource.of(() -> "resource", (resource, outcome) -> {
			this.log.add(String.valueOf(Objects.requireNonNull(outcome.failure()).getMessage()));
			throw failure;
		}));
	}

	@Test
	@DisplayName("T6: a callback may use the database: on its own, or in a block of its own with its own callbacks")
	void callbackMayUseTheDatabase() throws Throwable {
		run(Form.OUTER, (tx) -> {
			insert("outer");
			tx.afterCommit(() -> insert("on its own"));
			tx.afterCommit(() -> quietly(() -> run(Form.INNER, (own) -> {
				watch(own);
				insert("in a block");
			})));
			tx.afterCommit(() -> plain().required(() -> insert("in a method")));
		});
		assertCommitted("in a block", "in a method", "on its own", "outer");
		assertHeard("inner", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T6: the callbacks of a block that joined wait for the outer block's end")
	void callbacksOfABlockThatJoinedWait() throws Throwable {
		run(Form.OUTER, (tx) -> {
			tx.afterCommit(() -> this.log.add("outer, first"));
			run(Form.INNER, (inner) -> inner.afterCommit(() -> logOutside("inner")));
			tx.afterCommit(() -> this.log.add("outer, last"));
			assertThat(this.log).isEmpty();
		});
		assertThat(this.log).containsExactly("outer, first", "inner", "outer, last");
	}

	@Test
	@DisplayName("T6: the callbacks of a block with a transaction of its own run at its end")
	void callbacksOfABlockWithATransactionOfItsOwnRunAtItsEnd() throws Throwable {
		run(Form.OUTER, (tx) -> {
			insert("outer");
			run(Form.REQUIRES_NEW, (own) -> {
				insert("own");
				own.afterCommit(() -> {
					this.log.add("own");
					assertThat(application().borrowed()).as("only the outer one").isOne();
					assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isFalse();
				});
			});
			assertThat(this.log).containsExactly("own");
			insert("outer too");
		});
		assertCommitted("outer", "outer too", "own");
	}

	@Test
	@DisplayName("T6: callbacks from inside a savepoint that is rolled back are dropped, the others are kept")
	void callbacksFromInsideARolledBackSavepointAreDropped() throws Throwable {
		assumeSavepoints();
		IOException failure = new IOException("the nested body's");
		run(Form.OUTER, (tx) -> {
			tx.afterCommit(() -> this.log.add("before"));
			assertThat(failureOf(Form.NESTED, (nested) -> {
				nested.afterCommit(() -> this.log.add("dropped"));
				nested.beforeCommit(() -> this.log.add("dropped"));
				tx.onCompletion((outcome) -> this.log.add("dropped"));
				throw failure;
			})).isSameAs(failure);
			run(Form.NESTED, (nested) -> nested.afterCommit(() -> this.log.add("nested")));
			tx.afterCommit(() -> this.log.add("after"));
		});
		assertThat(this.log).containsExactly("before", "nested", "after");
	}

	@Test
	@DisplayName("T6: where the outcome is unknown, only those hear of it that asked for any outcome")
	void unknownOutcomeIsToldToThoseThatAskedForAnyOutcome() {
		driver().failAt(Phase.COMMIT, Faults.lostLink());
		thrownBy(Form.OUTER, (tx) -> {
			insert(tx, "row");
			tx.afterCommit(() -> this.log.add("never"));
			tx.afterRollback(() -> this.log.add("never"));
			tx.onCompletion((outcome) -> this.log.add(outcome.name()));
			run(Form.INNER, (inner) -> inner.onCompletion((outcome) -> this.log.add("inner " + outcome)));
		});
		assertThat(this.log).containsExactly("UNKNOWN", "inner UNKNOWN");
	}

	@Test
	@DisplayName("T6: callbacks before the commit run inside the transaction, also one registered by another")
	void callbacksBeforeTheCommitRunInsideTheTransaction() throws Throwable {
		run(Form.OUTER, (tx) -> {
			tx.beforeCommit(() -> {
				insert("first");
				tx.beforeCommit(() -> insert("second"));
				tx.afterCommit(() -> this.log.add("after"));
			});
			run(Form.INNER, (inner) -> inner.beforeCommit(() -> insert("inner")));
			assertCommitted();
		});
		assertCommitted("first", "inner", "second");
		assertThat(this.log).containsExactly("after");
	}

	@ParameterizedTest
	@MethodSource("failures")
	@DisplayName("T6: a callback before the commit that fails rolls back, and its failure reaches the caller")
	void callbackBeforeTheCommitThatFailsRollsBack(Throwable failure) {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			tx.beforeCommit(() -> raise(failure));
			tx.beforeCommit(() -> this.log.add("never"));
		})).isSameAs(failure);
		assertCommitted();
		assertThat(this.log).isEmpty();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T6: no callback before the commit runs where the body has failed")
	void callbacksBeforeTheCommitDoNotRunBeforeARollback() {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			tx.beforeCommit(() -> this.log.add("never"));
			throw new IOException();
		})).isInstanceOf(IOException.class);
		assertThat(this.log).isEmpty();
	}

	@Test
	@DisplayName("T5: a callback before the commit that swallows a failed block does not save the transaction")
	void callbackBeforeTheCommitThatDoomsRollsBack() {
		IOException failure = new IOException("the inner one's");
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("lost");
			tx.beforeCommit(() -> assertThat(failureOf(Form.INNER, (inner) -> {
				throw failure;
			})).isSameAs(failure));
		});
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class).hasMessageContaining("'inner'");
		assertCommitted();
	}

	@Test
	@DisplayName("T6, R4: resources are released last to first, after the callbacks and with the connection back")
	void resourcesAreReleasedAfterTheCallbacks() throws Throwable {
		run(Form.OUTER, (tx) -> {
			insert("kept");
			tx.enter((AutoCloseable) () -> logOutside("first resource"));
			run(Form.INNER, (inner) -> inner.enter((AutoCloseable) () -> logOutside("inner resource")));
			tx.enter((AutoCloseable) () -> {
				logOutside("last resource");
				assertCommitted("kept");
			});
			tx.afterCommit(() -> logOutside("callback"));
		});
		assertThat(this.log).containsExactly("callback", "last resource", "inner resource", "first resource");
	}

	@Test
	@DisplayName("T6, R4: a resource whose release fails does not make the data look rolled back")
	void resourceThatFailsAfterTheCommitIsTold() {
		IOException failure = new IOException("the resource's");
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("kept");
			tx.enter((AutoCloseable) () -> {
				throw failure;
			});
		})).isInstanceOf(AfterCommitException.class).hasCause(failure);
		assertCommitted("kept");
	}

	@Test
	@DisplayName("R3: a resource sees the outcome: committed, rolled back, or unknown")
	void resourceSeesTheOutcome() throws Throwable {
		run(Form.OUTER, this::enterWatching);
		thrownBy(Form.OUTER, (tx) -> {
			enterWatching(tx);
			throw new IOException();
		});
		driver().failAt(Phase.COMMIT, Faults.lostLink());
		thrownBy(Form.OUTER, (tx) -> {
			enterWatching(tx);
			insert(tx, "row");
		});
		assertThat(this.log).containsExactly("success", "failure", "unknown");
	}

	@Test
	@DisplayName("R3: a resource sees why it is rolled back where nothing has failed")
	void resourceSeesWhyARollbackWasAskedFor() throws Throwable {
		run(Form.OUTER, (tx) -> {
			tx.enter(Resource.of(() -> "resource", (resource, outcome) -> this.log.add("" + outcome.failure())));
			tx.setRollbackOnly("dry run");
		});
		assertThat(this.log).hasSize(1).allMatch((seen) -> seen.contains("asked for a rollback: dry run"));
	}

	private void enterWatching(ActiveScope tx) {
		tx.enter(Resource.of(() -> "resource", (resource, outcome) -> this.log
			.add(outcome.isSuccess() ? "success" : outcome.isFailure() ? "failure" : "unknown")));
	}

	@Test
	@DisplayName("T3, T6: Spring's own synchronizations are isolated and told as well, and see the outcome")
	void synchronizationsOfSpringAreTold() {
		IllegalStateException failure = new IllegalStateException("the synchronization's");
		Throwable thrown = failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			insert("kept");
			synchronize(failure);
			synchronize(null);
		});
		assertThat(this.log).startsWith("before commit", "before commit", "before completion", "before completion",
				"after commit");
		assertThat(this.log).endsWith("after completion 0", "after completion 0");
		assertThat(thrown).isInstanceOf(AfterCommitException.class).hasCause(failure);
		if (wiring().isJdbc()) {
			assertThat(this.log).filteredOn("after commit"::equals).hasSize(2);
		}
		assertCommitted("kept");
		assertHeard("outer", TransactionOutcome.COMMITTED);
	}

	private void synchronize(@Nullable RuntimeException failureAfterCommit) {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void beforeCommit(boolean readOnly) {
				CallbackContractTests.this.log.add("before commit");
			}

			@Override
			public void beforeCompletion() {
				CallbackContractTests.this.log.add("before completion");
			}

			@Override
			public void afterCommit() {
				CallbackContractTests.this.log.add("after commit");
				if (failureAfterCommit != null) {
					throw failureAfterCommit;
				}
			}

			@Override
			public void afterCompletion(int status) {
				CallbackContractTests.this.log.add("after completion " + status);
			}

		});
	}

	@ParameterizedTest
	@MethodSource("failures")
	@DisplayName("T4: a synchronization of Spring's that fails before the commit rolls back; that is no failed COMMIT")
	void synchronizationThatFailsBeforeTheCommitRollsBack(Throwable failure) {
		assumeThat(failure).as("they declare no checked exceptions").isNotInstanceOf(IOException.class);
		assertThat(failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void beforeCommit(boolean readOnly) {
					if (failure instanceof Error error) {
						throw error;
					}
					throw (RuntimeException) failure;
				}

			});
		})).isSameAs(failure);
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	private static void raise(Throwable failure) throws Exception {
		if (failure instanceof Error error) {
			throw error;
		}
		throw (Exception) failure;
	}

	private void assumeSavepoints() {
		assumeThat(wiring()).as("Spring's JpaTransactionManager has no savepoints unless told so")
			.isNotEqualTo(Wiring.OWN_JPA_MANAGER);
	}

}
