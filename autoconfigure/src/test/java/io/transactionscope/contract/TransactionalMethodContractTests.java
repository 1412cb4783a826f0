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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.transactionscope.ActiveScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.test.Phase;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;
import io.transactionscope.test.Faults;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * {@code @Transactional} methods on the outside, and blocks that join them.
 */
@ForEachApplication
class TransactionalMethodContractTests extends Contract {

	private final List<String> log = new ArrayList<>();

	private final IllegalStateException failure = new IllegalStateException("the body's");

	static List<Throwable> driverFailures() {
		return Faults.ofEachKind();
	}

	static List<Throwable> callbackFailures() {
		return List.of(new IOException("checked"), new IllegalStateException("unchecked"), new AssertionError("error"),
				new TransactionSystemException("a transaction's"));
	}

	@Test
	@DisplayName("T10: a block joins a @Transactional method")
	void blockJoinsATransactionalMethod() throws Exception {
		plain().required(() -> {
			insert("one");
			join((tx) -> {
				assertThat(tx.isRollbackOnly()).isFalse();
				insert(tx, "two");
				assertThat(application().borrowed()).isOne();
			});
			assertCommitted();
		});
		assertCommitted("one", "two");
	}

	@Test
	@DisplayName("T6: what a block registered follows the method's commit, with the connection back")
	void callbacksFollowTheMethodsCommit() throws Exception {
		plain().required(() -> {
			join((tx) -> {
				insert("kept");
				tx.afterCommit(() -> logOutside("callback"));
				tx.afterRollback(() -> logOutside("never"));
				tx.onCompletion((outcome) -> logOutside(outcome.name()));
				tx.enter((AutoCloseable) () -> logOutside("resource"));
			});
			assertThat(this.log).isEmpty();
		});
		assertThat(this.log).containsExactly("callback", "COMMITTED", "resource");
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T6: what a block registered follows the method's rollback, with the connection back")
	void callbacksFollowTheMethodsRollback() {
		assertThat(catchThrowable(() -> plain().required(() -> {
			join((tx) -> {
				insert("lost");
				tx.afterRollback(() -> logOutside("callback"));
				tx.afterCommit(() -> logOutside("never"));
				tx.onCompletion((outcome) -> logOutside(outcome.name()));
				tx.enter((AutoCloseable) () -> logOutside("resource"));
			});
			throw this.failure;
		}))).isSameAs(this.failure);
		assertThat(this.log).containsExactly("callback", "ROLLED_BACK", "resource");
		assertCommitted();
	}

	private void logOutside(String what) {
		this.log.add(what);
		if (wiring() == Wiring.OWN_JPA_MANAGER) {
			// Spring's JpaTransactionManager gives it back after all synchronizations,
			// and
			// Hibernate holds on to it: nobody else can.
			assertThat(application().borrowed()).isOne();
		}
		else {
			assertThat(application().borrowed()).as("connections in use").isZero();
		}
		assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isFalse();
		assertThatIllegalStateException().isThrownBy(ActiveScope::current);
	}

	@Test
	@DisplayName("T6: the method's caller learns that the data is committed where a callback fails")
	void callerOfTheMethodLearnsThatTheDataIsCommitted() {
		IOException first = new IOException("first");
		AssertionError second = new AssertionError("second");
		Throwable thrown = catchThrowable(() -> plain().required(() -> join((tx) -> {
			insert("kept");
			tx.afterCommit(() -> {
				throw first;
			});
			tx.afterCommit(() -> {
				throw second;
			});
			tx.afterCommit(() -> this.log.add("last"));
		})));
		assertThat(thrown).isInstanceOf(AfterCommitException.class)
			.hasMessageContainingAll("PlainMethods.required", "is committed");
		assertThat(((AfterCommitException) Objects.requireNonNull(thrown)).failures()).containsExactly(first, second);
		assertThat(this.log).containsExactly("last");
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T3, T6: a callback that fails after the method's rollback is carried where the block's failure is told")
	void callbackThatFailsAfterTheRollbackIsCarried() {
		IOException callbackFailure = new IOException("the callback's");
		assertThat(catchThrowable(() -> plain().required(() -> join((tx) -> {
			insert("lost");
			tx.afterRollback(() -> {
				throw callbackFailure;
			});
			throw this.failure;
		})))).isSameAs(this.failure).hasSuppressedException(callbackFailure);
		assertCommitted();
	}

	@Test
	@DisplayName("T3: what a block translates after the method's rollback is no failure of its own, and is told as what it is")
	void translationAfterTheRollbackIsNoFailure() {
		IllegalArgumentException translation = new IllegalArgumentException(this.failure);
		ListAppender<ILoggingEvent> logged = new ListAppender<>();
		Logger logger = (Logger) LoggerFactory.getLogger(TransactionScope.class);
		logged.start();
		logger.addAppender(logged);
		try {
			assertThat(catchThrowable(() -> plain().required(() -> join((tx) -> {
				insert("lost");
				tx.enter(Resources.translating(IllegalStateException.class, (ex) -> translation));
				throw this.failure;
			})))).isSameAs(this.failure).hasNoSuppressedExceptions();
		}
		finally {
			logger.detachAppender(logged);
		}
		assertThat(logged.list).singleElement().satisfies((event) -> {
			assertThat(event.getLevel()).isEqualTo(Level.WARN);
			assertThat(event.getFormattedMessage()).contains("was translated after its caller had got it");
			assertThat(event.getThrowableProxy().getMessage()).isEqualTo(translation.getMessage());
		});
		assertCommitted();
	}

	@Test
	@DisplayName("T6: a callback may use the database: on its own, or in a block of its own with its own callbacks")
	void callbackMayUseTheDatabase() throws Exception {
		plain().required(() -> join((tx) -> {
			insert("joined");
			tx.afterCommit(() -> insert("on its own"));
			tx.afterCommit(() -> join((own) -> {
				watch(own);
				insert("in a block");
			}));
			tx.afterCommit(() -> plain().required(() -> insert("in a method")));
		}));
		assertCommitted("in a block", "in a method", "joined", "on its own");
		assertHeard("inner", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T6: a callback after the method's rollback may use the database as well")
	void callbackAfterTheRollbackMayUseTheDatabase() {
		assertThat(catchThrowable(() -> plain().required(() -> {
			join((tx) -> {
				insert("lost");
				tx.afterRollback(() -> insert("on its own"));
				tx.afterRollback(() -> join((own) -> {
					watch(own);
					insert("in a block");
				}));
				tx.afterRollback(() -> plain().required(() -> insert("in a method")));
			});
			throw this.failure;
		}))).isSameAs(this.failure);
		assertCommitted("in a block", "in a method", "on its own");
		assertHeard("inner", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T10: other synchronizations of the method can use the database as they could without a block")
	void otherSynchronizationsCanUseTheDatabase() throws Exception {
		plain().required(() -> {
			readAfterwards();
			join((tx) -> {
				insert("kept");
				tx.afterCommit(() -> this.log.add("callback"));
			});
			readAfterwards();
		});
		assertThat(this.log).contains("callback");
		assertThat(this.log).filteredOn("after commit [kept]"::equals).hasSize(2);
		assertThat(this.log).filteredOn("after completion [kept]"::equals).hasSize(2);
	}

	private void readAfterwards() {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCommit() {
				TransactionalMethodContractTests.this.log.add("after commit " + read());
			}

			@Override
			public void afterCompletion(int status) {
				TransactionalMethodContractTests.this.log.add("after completion " + read());
			}

		});
	}

	private List<String> read() {
		return application().jdbc().sql("select name from item").query(String.class).list();
	}

	@Test
	@DisplayName("T5: a block's failure that the method swallows dooms it, and is its cause")
	void swallowedFailureOfABlockDoomsTheMethod() {
		Throwable thrown = catchThrowable(() -> plain().required(() -> {
			insert("lost");
			assertThat(catchThrowable(() -> join((tx) -> {
				watch(tx);
				throw this.failure;
			}))).isSameAs(this.failure);
		}));
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class);
		if (wiring().isStarter()) {
			assertThat(thrown).hasCause(this.failure)
				.hasMessageContainingAll("rolled back because it has been marked as rollback-only",
						"PlainMethods.required", "'inner'");
		}
		else {
			assertThat(thrown).as("that manager knows only its own mark").hasNoCause();
		}
		assertCommitted();
		assertHeard("inner", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T5, T6, R3: what a method inside has doomed is told to no callback or resource as committed")
	void t6MethodDoomedByAMethodInsideIsNotToldAsCommitted() {
		List<String> seen = new ArrayList<>();
		assertThatThrownBy(() -> plain().required(() -> {
			quietly(() -> run(Form.INNER, (tx) -> {
				watch(tx);
				insert(tx, "lost");
				tx.enter(Resource.of(() -> "it",
						(it, outcome) -> seen.add(outcome.isSuccess() ? "success" : "failure")));
			}));
			assertThatIllegalStateException().isThrownBy(() -> plain().required(() -> {
				throw new IllegalStateException("swallowed");
			}));
		})).isInstanceOf(UnexpectedRollbackException.class);
		assertCommitted();
		assertHeard("inner", TransactionOutcome.ROLLED_BACK);
		assertThat(seen).containsExactly("failure");
	}

	@Test
	@DisplayName("T5: a block that asks for a rollback dooms the method")
	void blockThatAsksForARollbackDoomsTheMethod() {
		Throwable thrown = catchThrowable(() -> plain().required(() -> {
			insert("lost");
			join((tx) -> tx.setRollbackOnly("stock is low"));
		}));
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class);
		if (wiring().isStarter()) {
			assertThat(thrown).hasMessageContaining("stock is low");
		}
		assertCommitted();
	}

	@Test
	@DisplayName("T5: a block's failure that a nested method swallows dooms that one only")
	void failureSwallowedInANestedMethodDoomsThatOneOnly() throws Exception {
		assumeSavepoints();
		plain().required(() -> {
			insert("kept");
			assertThat(catchThrowable(() -> plain().nested(() -> {
				insert("lost");
				join((tx) -> {
					watch(tx);
					throw this.failure;
				});
			}))).isSameAs(this.failure);
			join((tx) -> tx.afterCommit(() -> this.log.add("callback")));
			insert("kept too");
		});
		assertCommitted("kept", "kept too");
		assertThat(this.heard).isEmpty();
		assertThat(this.log).containsExactly("callback");
	}

	@Test
	@DisplayName("T5: a nested block in a method takes back only its own work")
	void nestedBlockInAMethodTakesBackOnlyItsOwnWork() throws Exception {
		assumeSavepoints();
		plain().required(() -> {
			insert("kept");
			assertThat(failureOf(Form.NESTED, (nested) -> {
				watch(nested);
				insert("lost");
				throw this.failure;
			})).isSameAs(this.failure);
			quietly(() -> run(Form.NESTED, (nested) -> insert("kept too")));
		});
		assertCommitted("kept", "kept too");
		assertThat(this.heard).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("driverFailures")
	@DisplayName("T3, T5: where a nested block in a method cannot be rolled back, the method is doomed")
	void nestedBlockThatCannotBeRolledBackDoomsTheMethod(Throwable savepointFailure) {
		assumeSavepoints();
		Throwable thrown = catchThrowable(() -> plain().required(() -> {
			insert("lost");
			driver().failAt(Phase.ROLLBACK_TO_SAVEPOINT, savepointFailure);
			assertThat(failureOf(Form.NESTED, (nested) -> {
				insert("lost too");
				throw this.failure;
			})).isSameAs(this.failure);
			driver().heal();
		}));
		assertThat(everythingIn(this.failure)).contains(savepointFailure);
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class);
		assertCommitted();
	}

	@ParameterizedTest
	@MethodSource("driverFailures")
	@DisplayName("T5: where a nested method in a block cannot be rolled back, the block is doomed")
	void nestedMethodThatCannotBeRolledBackDoomsTheBlock(Throwable savepointFailure) {
		assumeSavepoints();
		assumeThat(wiring().isStarter()).as("a stock manager lets it commit").isTrue();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("lost");
			driver().failAt(Phase.ROLLBACK_TO_SAVEPOINT, savepointFailure);
			assertThat(catchThrowable(() -> plain().nested(() -> {
				insert("lost too");
				throw this.failure;
			}))).isNotNull();
			driver().heal();
		});
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class);
		assertThat(causesOf(thrown)).contains(savepointFailure);
		assertCommitted();
	}

	@Test
	@DisplayName("T10: methods with a transaction of their own, or none, and blocks in them keep to themselves")
	void methodsAndBlocksKeepToThemselves() {
		assertThat(catchThrowable(() -> plain().required(() -> {
			insert("lost");
			quietly(() -> run(Form.REQUIRES_NEW, (own) -> {
				watch(own);
				insert("new");
			}));
			assertHeard("new", TransactionOutcome.COMMITTED);
			quietly(() -> run(Form.NOT_SUPPORTED, (without) -> insert("without")));
			plain().requiresNew(() -> join((tx) -> insert("method, new")));
			plain().notSupported(() -> quietly(() -> run(Form.OUTERMOST, (tx) -> insert("outermost"))));
			assertCommitted("method, new", "new", "outermost", "without");
			throw this.failure;
		}))).isSameAs(this.failure);
		assertCommitted("method, new", "new", "outermost", "without");
	}

	@Test
	@DisplayName("T6, T10: after a callback of a method with a transaction of its own has failed, the outer one goes on")
	void outerMethodGoesOnAfterACallbackOfAnInnerOneHasFailed() throws Exception {
		plain().required(() -> {
			insert("outer");
			assertThat(catchThrowable(() -> plain().requiresNew(() -> join((tx) -> {
				insert("inner");
				tx.afterCommit(() -> {
					throw this.failure;
				});
			})))).isInstanceOf(AfterCommitException.class);
			assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isTrue();
			insert("outer too");
			join((tx) -> watch(tx));
		});
		assertCommitted("inner", "outer", "outer too");
		assertHeard("inner", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T6: a callback before the method's commit runs inside the transaction")
	void callbackBeforeTheMethodsCommitRunsInside() throws Exception {
		plain().required(() -> join((tx) -> tx.beforeCommit(() -> insert("kept"))));
		assertCommitted("kept");
	}

	@ParameterizedTest
	@MethodSource("callbackFailures")
	@DisplayName("T6: a callback before the method's commit that fails rolls back, and its failure reaches the caller")
	void callbackBeforeTheMethodsCommitThatFailsRollsBack(Throwable callbackFailure) {
		Throwable thrown = catchThrowable(() -> plain().required(() -> join((tx) -> {
			watch(tx);
			insert("lost");
			tx.beforeCommit(() -> {
				if (callbackFailure instanceof Error error) {
					throw error;
				}
				throw (Exception) callbackFailure;
			});
		})));
		assertThat(causesOf(Objects.requireNonNull(thrown))).contains(callbackFailure);
		assertCommitted();
		assertHeard("inner", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T2: a TransactionException of Spring's synchronizations before the commit leaves nothing behind")
	void transactionExceptionBeforeTheCommitLeavesNothingBehind() {
		assumeStarter("a stock manager does not roll back then");
		TransactionSystemException before = new TransactionSystemException("before the commit");
		assertThat(catchThrowable(() -> plain().required(() -> {
			insert("lost");
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void beforeCommit(boolean readOnly) {
					throw before;
				}

			});
		}))).isSameAs(before);
		assertThat(application().borrowed()).isZero();
		assertCommitted();
	}

	@Test
	@DisplayName("T4: a COMMIT that the server refuses keeps its translated exception")
	void refusedCommitKeepsItsTranslatedException() {
		driver().failAt(Phase.COMMIT, Faults.refused());
		Throwable thrown = catchThrowable(() -> plain().required(() -> {
			noteCompletion();
			join(this::insertWatched);
		}));
		if (wiring() == Wiring.OWN_DATA_SOURCE_MANAGER) {
			assertThat(thrown).as("that manager does not translate").isInstanceOf(TransactionSystemException.class);
			// Nor does it roll back: it restores auto-commit mode instead, which
			// commits on some databases. Nobody knows.
			assertHeard("inner", TransactionOutcome.UNKNOWN);
			return;
		}
		if (wiring() != Wiring.OWN_JPA_MANAGER) {
			assertThat(thrown).isInstanceOf(ConcurrencyFailureException.class);
		}
		assertThat(causesOf(Objects.requireNonNull(thrown))).hasAtLeastOneElementOfType(SQLException.class);
		assertThat(this.log).containsExactly("completion ROLLED_BACK");
		assertCommitted();
		assertHeard("inner", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T4: a COMMIT whose link is lost is told as such, in doubt, and nobody hears of a rollback")
	void linkLostAtCommitIsToldAsSuch() {
		assumeStarter("a stock manager tells the failure of the rollback that it tries then, or that it rolled back");
		SQLException loss = driver().failAfter(Phase.COMMIT, Faults.lostLink());
		assertIsInDoubt(loss);
		assertCommitted("row");
	}

	@Test
	@DisplayName("T4: a driver that breaks in COMMIT leaves it in doubt")
	void driverThatBreaksInCommitLeavesItInDoubt() {
		assumeStarter("a stock manager rolls back and tells so");
		assertIsInDoubt(driver().failAt(Phase.COMMIT, new IllegalStateException("a bug of the driver")));
		assertCommitted();
	}

	private void assertIsInDoubt(Throwable commitFailure) {
		Throwable thrown = catchThrowable(() -> plain().required(() -> {
			noteCompletion();
			join(this::insertWatched);
		}));
		assertThat(thrown).isInstanceOf(CommitFailedException.class)
			.hasMessageContainingAll("PlainMethods.required", "in doubt");
		assertThat(((CommitFailedException) Objects.requireNonNull(thrown)).outcome())
			.isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(causesOf(thrown)).contains(commitFailure);
		assertThat(this.log).containsExactly("completion UNKNOWN");
		assertHeard("inner", TransactionOutcome.UNKNOWN);
	}

	@Test
	@DisplayName("T4: the same without any block")
	void linkLostAtCommitIsToldAsSuchWithoutAnyBlock() {
		assumeStarter("a stock manager tells the failure of the rollback that it tries then, or that it rolled back");
		SQLException loss = driver().failAt(Phase.COMMIT, Faults.lostLink());
		Throwable thrown = catchThrowable(() -> plain().required(() -> {
			noteCompletion();
			insert("lost");
		}));
		assertThat(thrown).isInstanceOf(CommitFailedException.class);
		assertThat(causesOf(Objects.requireNonNull(thrown))).contains(loss);
		assertThat(this.log).containsExactly("completion UNKNOWN");
		assertCommitted();
	}

	private void noteCompletion() {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCompletion(int status) {
				TransactionalMethodContractTests.this.log.add("completion " + switch (status) {
					case STATUS_COMMITTED -> "COMMITTED";
					case STATUS_ROLLED_BACK -> "ROLLED_BACK";
					default -> "UNKNOWN";
				});
			}

		});
	}

	@ParameterizedTest
	@MethodSource("driverFailures")
	@DisplayName("T1: a rollback that fails does not replace the method's exception, and leaves nothing behind")
	void rollbackThatFailsDoesNotReplaceTheMethodsException(Throwable rollbackFailure) {
		Throwable thrown = catchThrowable(() -> plain().required(() -> {
			join(this::insertWatched);
			driver().failAt(Phase.ROLLBACK, rollbackFailure);
			throw this.failure;
		}));
		if (wiring().isStarter()) {
			assertThat(thrown).isSameAs(this.failure);
			assertHeard("inner", TransactionOutcome.ROLLED_BACK);
		}
		else {
			assertThat(thrown).as("a stock manager lets the application's exception be lost").isNotNull();
		}
		assertCommitted();
	}

	@ParameterizedTest
	@MethodSource("driverFailures")
	@DisplayName("T2: a method that cannot begin leaves nothing behind")
	void methodThatCannotBeginLeavesNothingBehind(Throwable beginFailure) {
		driver().failAt(Phase.BEGIN, beginFailure);
		Throwable thrown = catchThrowable(() -> plain().required(() -> insert("never")));
		if (wiring() != Wiring.LAZY) {
			assertThat(thrown).isInstanceOf(CannotCreateTransactionException.class);
		}
		assertThat(causesOf(Objects.requireNonNull(thrown))).contains(beginFailure);
	}

	@ParameterizedTest
	@MethodSource("driverFailures")
	@DisplayName("T2: a connection that cannot be restored after the method is replaced; the data is committed")
	void connectionThatCannotBeRestoredAfterTheMethodIsReplaced(Throwable restoreFailure) {
		@Nullable Throwable thrown = catchThrowable(() -> plain().required(() -> {
			insert("kept");
			driver().failAt(Phase.RESTORE, restoreFailure);
		}));
		if (thrown != null && !(thrown instanceof CommitFailedException)) {
			assertThat(thrown).isInstanceOfAny(AfterCommitException.class, Error.class);
		}
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T7: @Transactional(timeout) bounds the wait for the connection")
	void timeoutOfAMethodBoundsTheWaitForTheConnection() throws SQLException {
		assumeThat(wiring()).as("a second each").isIn(Wiring.STARTER, Wiring.STARTER_JPA);
		assumeThat(this.arrangement.database()).as("a second each").isEqualTo(Database.H2);
		List<Connection> all = new ArrayList<>();
		for (int i = 0; i < Application.POOL_SIZE; i++) {
			all.add(application().pool().getConnection());
		}
		long start = System.nanoTime();
		Throwable thrown = catchThrowable(() -> plain().hurried(() -> insert("never")));
		for (Connection each : all) {
			each.close();
		}
		assertThat(thrown).isInstanceOf(CannotCreateTransactionException.class);
		assertThat(System.nanoTime() - start).isLessThan(Application.CONNECTION_TIMEOUT.toNanos() / 2);
	}

	@Test
	@DisplayName("T7, T10: a late statement in a @Transactional method fails as Spring has it")
	void lateStatementInAMethodFailsAsSpringHasIt() {
		assumeASecondEach();
		Throwable thrown = catchThrowable(() -> plain().hurried(() -> {
			insert("lost");
			pass(PlainMethods.TIMEOUT);
			insert("late");
		}));
		assertThat(thrown).isInstanceOf(TransactionTimedOutException.class)
			.hasMessageNotContainingAny("scope '", "Scope '");
		assertCommitted();
	}

	@Test
	@DisplayName("T7, T10: a @Transactional method that returns late commits, as Spring has it, also with JPA")
	void methodThatReturnsLateCommits() throws Exception {
		assumeASecondEach();
		plain().hurried(() -> {
			insert("kept");
			pass(PlainMethods.TIMEOUT);
		});
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T10: Spring's own afterCommit has the transaction's connection, as Spring promises it")
	void springsOwnAfterCommitHasTheTransactionsConnection() throws Exception {
		plain().required(() -> {
			insert("kept");
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCommit() {
					assertThat(application().borrowed()).isOne();
					assertThat(application().jdbc().sql("select count(*) from item").query(Long.class).single())
						.isOne();
					assertThat(application().borrowed()).isOne();
					TransactionalMethodContractTests.this.log.add("heard");
				}

			});
		});
		assertThat(this.log).containsExactly("heard");
		assertThat(application().borrowed()).isZero();
	}

	private void assumeASecondEach() {
		assumeThat(this.arrangement.database()).as("a second each").isEqualTo(Database.H2);
	}

	private static void pass(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		while (System.nanoTime() - end <= 0) {
			LockSupport.parkNanos(end - System.nanoTime());
		}
	}

	private void insertWatched(ActiveScope tx) throws SQLException {
		watch(tx);
		insert(tx, "row");
	}

	private void join(Run body) throws Exception {
		quietly(() -> run(Form.INNER, body));
	}

	private void assumeStarter(String otherwise) {
		assumeThat(wiring().isStarter()).as(otherwise).isTrue();
	}

	private void assumeSavepoints() {
		assumeThat(wiring()).as("Spring's JpaTransactionManager has no savepoints unless told so")
			.isNotEqualTo(Wiring.OWN_JPA_MANAGER);
	}

}
