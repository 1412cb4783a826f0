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
import java.sql.Savepoint;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.ActiveScope;
import io.transactionscope.OpenScope;
import io.transactionscope.transaction.TransactionOutcome;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.transaction.UnexpectedRollbackException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Who may use the handle of a scope, and until when.
 */
@ForEachArrangement
class HandleContractTests extends Contract {

	@Test
	@DisplayName("T8: a handle used after its scope has ended says so")
	void handleUsedAfterItsScopeHasEndedSaysSo() throws Throwable {
		AtomicReference<ActiveScope> kept = new AtomicReference<>();
		run(Form.OUTER, kept::set);
		assertEachUseFails(Objects.requireNonNull(kept.get()), "Scope 'outer' has ended");
	}

	@Test
	@DisplayName("T8: a handle used after its scope has failed says so")
	void handleUsedAfterItsScopeHasFailedSaysSo() {
		AtomicReference<ActiveScope> kept = new AtomicReference<>();
		thrownBy(Form.OUTER, (tx) -> {
			kept.set(tx);
			throw new IOException();
		});
		assertEachUseFails(Objects.requireNonNull(kept.get()), "Scope 'outer' has ended");
	}

	@Test
	@DisplayName("T8: a handle used in a callback after the end says so")
	void handleUsedInACallbackSaysSo() throws Throwable {
		run(Form.OUTER, (tx) -> tx.onCompletion((outcome) -> assertEachUseFails(tx, "Scope 'outer' has ended")));
	}

	@Test
	@DisplayName("T8: a handle used by another thread names both threads")
	void handleUsedByAnotherThreadNamesBoth() throws Throwable {
		run(Form.OUTER, (tx) -> CompletableFuture.runAsync(() -> {
			assertEachUseFails(tx, "Scope 'outer' belongs to thread '" + thread(tx));
			assertThatIllegalStateException().isThrownBy(ActiveScope::current).withMessageContaining("is in no scope");
		}).join());
	}

	private static String thread(ActiveScope tx) {
		Throwable thrown = catchThrowable(tx::name);
		String message = String.valueOf(thrown.getMessage());
		return message.substring(message.indexOf("belongs to thread '") + 19, message.indexOf("' and"));
	}

	private static void assertEachUseFails(ActiveScope tx, String message) {
		List<ThrowingCallable> uses = List.of(tx::name, () -> tx.afterCommit(() -> {
		}), () -> tx.afterRollback(() -> {
		}), () -> tx.onCompletion((outcome) -> {
		}), () -> tx.beforeCommit(() -> {
		}), () -> tx.savepoint((nested) -> {
		}), () -> tx.callInSavepoint((nested) -> ""), () -> tx.setRollbackOnly("late"), tx::isRollbackOnly,
				tx::connection, () -> tx.enter((AutoCloseable) () -> {
				}));
		for (ThrowingCallable use : uses) {
			assertThatIllegalStateException().isThrownBy(use).withMessageStartingWith(message);
		}
	}

	@Test
	@DisplayName("T8: the current scope is the innermost, and the outer one again once that has ended")
	void currentScopeIsTheInnermost() throws Throwable {
		run(Form.OUTER, (tx) -> {
			assertThat(ActiveScope.current()).isSameAs(tx);
			run(Form.REQUIRES_NEW, (own) -> assertThat(ActiveScope.current()).isSameAs(own));
			assertThat(ActiveScope.current()).isSameAs(tx);
			thrownBy(Form.REQUIRES_NEW, (own) -> {
				throw new IOException();
			});
			assertThat(ActiveScope.current()).isSameAs(tx);
		});
		assertThatIllegalStateException().isThrownBy(ActiveScope::current).withMessageContaining("is in no scope");
	}

	@Test
	@DisplayName("T8: the connection of a suspended transaction is never that of the one inside")
	void connectionOfASuspendedTransactionIsNotThatOfTheOneInside() {
		thrownBy(Form.OUTER, (tx) -> {
			plain().requiresNew(() -> {
				try {
					JdbcClient.create(new SingleConnectionDataSource(tx.connection(), true))
						.sql("insert into item values ('lost')")
						.update();
				}
				catch (IllegalStateException ex) {
					assertThat(ex).hasMessageContaining("Scope 'outer' has no JDBC connection here");
				}
			});
			throw new IOException();
		});
		assertCommitted();
	}

	@Test
	@DisplayName("T8: the end of the connection is the scope's business")
	void endOfTheConnectionIsTheScopesBusiness() throws Throwable {
		AtomicReference<Connection> kept = new AtomicReference<>();
		run(Form.OUTER, (tx) -> {
			Connection connection = tx.connection();
			kept.set(connection);
			for (ThrowingCallable use : List.<ThrowingCallable>of(connection::commit, connection::rollback,
					() -> connection.setAutoCommit(true), () -> connection.abort(Runnable::run))) {
				assertThatExceptionOfType(SQLException.class).isThrownBy(use)
					.withMessageContaining("on the connection of scope 'outer' is the scope's business");
			}
			connection.close();
			insert(tx, "kept");
			Savepoint savepoint = connection.setSavepoint();
			insert(tx, "lost");
			connection.rollback(savepoint);
		});
		assertCommitted("kept");
		assertThat(catchThrowable(() -> Objects.requireNonNull(kept.get()).createStatement()))
			.as("used after the scope has ended")
			.isInstanceOf(SQLException.class);
	}

	@Test
	@DisplayName("T8: an open scope is closed once")
	void openScopeIsClosedOnce() {
		OpenScope tx = open(Form.OUTER);
		watch(tx);
		insert("kept");
		tx.complete();
		tx.close();
		tx.close();
		assertThatIllegalStateException().isThrownBy(tx::complete).withMessageContaining("has ended");
		assertCommitted("kept");
		assertHeard("outer", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T8: an open scope that another thread tries to close stays open")
	void openScopeThatAnotherThreadTriesToCloseStaysOpen() {
		try (OpenScope tx = open(Form.OUTER)) {
			insert("kept");
			CompletableFuture
				.runAsync(() -> assertThatIllegalStateException().isThrownBy(tx::close)
					.withMessageContaining("belongs to thread"))
				.join();
			tx.complete();
		}
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T8: an outer scope closed before an inner one rolls back both and says so")
	@SuppressWarnings("MustBeClosed")
	void outerScopeClosedBeforeAnInnerOneRollsBackBoth() {
		OpenScope outer = open(Form.OUTER);
		watch(outer);
		insert("lost");
		OpenScope inner = open(Form.REQUIRES_NEW);
		watch(inner);
		insert("lost too");
		inner.complete();
		outer.complete();
		assertThatIllegalStateException().isThrownBy(outer::close)
			.withMessageContainingAll("'outer'", "'new'", "still open", "rolled back");
		inner.close();
		assertCommitted();
		assertThat(this.heard).containsExactly("new: rolled back", "new: ROLLED_BACK", "outer: rolled back",
				"outer: ROLLED_BACK");
	}

	@Test
	@DisplayName("T8: a scope left open inside a block rolls back both and says so")
	@SuppressWarnings("MustBeClosed")
	void scopeLeftOpenInsideABlockRollsBackBoth() {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			open(Form.REQUIRES_NEW).complete();
			insert("lost too");
		})).isInstanceOf(IllegalStateException.class).hasMessageContainingAll("'outer'", "'new'", "still open");
		assertCommitted();
	}

	@Test
	@DisplayName("T8: a scope left open rolls back also where blocks commit on any failure")
	@SuppressWarnings("MustBeClosed")
	void scopeLeftOpenRollsBackAlsoWhereBlocksCommitOnAnyFailure() {
		assertThat(failureOf(Form.COMMIT_ON_ALL, (tx) -> {
			insert("lost");
			Form.COMMIT_ON_ALL.scope(application()).requiresNew().open();
			insert("lost too");
		})).isInstanceOf(IllegalStateException.class).hasMessageContaining("still open");
		assertCommitted();
	}

	@Test
	@DisplayName("T1, T8: where a body fails and has left a scope open, its exception reaches the caller")
	@SuppressWarnings("MustBeClosed")
	void failureOfABodyThatLeftAScopeOpenReachesTheCaller() {
		IOException failure = new IOException("the body's");
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			open(Form.INNER);
			open(Form.REQUIRES_NEW);
			insert("lost too");
			throw failure;
		})).isSameAs(failure);
		assertCommitted();
	}

	@Test
	@DisplayName("T8: an outer scope closed from within an inner block ends both, and only those")
	void outerScopeClosedFromWithinAnInnerBlockEndsBoth() {
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("lost");
			try (OpenScope middle = open(Form.REQUIRES_NEW)) {
				insert("lost too");
				assertThat(failureOf(Form.INNER, (inner) -> {
					assertThatIllegalStateException().isThrownBy(middle::close).withMessageContaining("still open");
					assertThat(ActiveScope.current()).isSameAs(tx);
				})).isInstanceOf(IllegalStateException.class).hasMessageContaining("'inner'");
			}
			assertThat(ActiveScope.current()).isSameAs(tx);
			throw new IOException("the outer one's");
		});
		assertThat(thrown).isInstanceOf(IOException.class);
		assertCommitted();
	}

	@Test
	@DisplayName("T1, T8: a body that fails after its scope was closed from within keeps its exception")
	void failureAfterItsScopeWasClosedReachesTheCaller() {
		assumeThat(isTryWithResources()).as("nothing is left to be closed there").isFalse();
		IOException failure = new IOException("the body's");
		OpenScope outer = open(Form.OUTER);
		assertThat(failureOf(Form.INNER, (inner) -> {
			insert("lost");
			assertThatIllegalStateException().isThrownBy(outer::close);
			throw failure;
		})).isSameAs(failure);
		assertCommitted();
	}

	@Test
	@DisplayName("T8: savepoints belong to the innermost transaction")
	void savepointsBelongToTheInnermostTransaction() throws Throwable {
		assumeThat(wiring()).as("Spring's JpaTransactionManager has no savepoints unless told so")
			.isNotEqualTo(Wiring.OWN_JPA_MANAGER);
		run(Form.OUTER, (tx) -> {
			run(Form.REQUIRES_NEW,
					(own) -> assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((nested) -> {
					})).withMessageContainingAll("'outer'", "'new'"));
			run(Form.NOT_SUPPORTED,
					(without) -> assertThatIllegalStateException().isThrownBy(() -> without.savepoint((nested) -> {
					})).withMessageContaining("without transaction"));
			tx.savepoint((nested) -> insert("kept"));
		});
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T5, T8: an open scope that joined and was not completed dooms the outer block")
	void openScopeThatJoinedAndWasNotCompletedDoomsTheOuterBlock() {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			open(Form.INNER).close();
		})).isInstanceOf(UnexpectedRollbackException.class)
			.hasMessageContainingAll("'inner'", "closed without complete()");
		assertCommitted();
	}

	private OpenScope open(Form form) {
		return form.scope(application()).open();
	}

}
