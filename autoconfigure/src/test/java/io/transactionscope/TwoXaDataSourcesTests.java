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

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import javax.transaction.xa.XAException;
import javax.transaction.xa.Xid;

import io.transactionscope.test.DelegatingResource;
import io.transactionscope.test.EnlistingDataSource;
import io.transactionscope.test.LeakCheck;
import io.transactionscope.test.Narayana;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.transaction.RollbackException;
import jakarta.transaction.TransactionManager;
import jakarta.transaction.UserTransaction;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.NestedTransactionNotSupportedException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.jta.JtaTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Blocks on two databases in one JTA transaction: what they are told is what is found in
 * both.
 */
@Tag("once")
class TwoXaDataSourcesTests {

	private final TransactionManager jta = Narayana.transactionManager();

	private final UserTransaction user = Narayana.userTransaction();

	private final JtaTransactionManager manager = new JtaTransactionManager(this.user, this.jta);

	private final TransactionScope scope = TransactionScope.create(this.manager).named("transfer");

	private final Account one = new Account("one", this.jta);

	private final Account other = new Account("other", this.jta);

	private final List<Object> told = new CopyOnWriteArrayList<>();

	@AfterEach
	void nothingIsLeftBehind() throws Exception {
		this.jta.setTransactionTimeout(0);
		assertThat(this.jta.getTransaction()).isNull();
		assertThat(this.one.dataSource.lent()).isZero();
		assertThat(this.other.dataSource.lent()).isZero();
		LeakCheck.verifyThread();
	}

	@Test
	@DisplayName("T1, T6: a body that returns commits on both, which callbacks and resources see")
	void t1_commitsOnBoth() {
		this.scope.run((tx) -> {
			tx.enter((AutoCloseable) () -> this.told.add(balances()));
			tx.afterCommit(() -> this.told.add(balances()));
			tx.onCompletion(this.told::add);
			transfer();
		});
		assertThat(this.told).containsExactly("1 and 1", TransactionOutcome.COMMITTED, "1 and 1");
	}

	@Test
	@DisplayName("T1: a body that fails rolls back on both")
	void t1_rollsBackOnBoth() {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			transfer();
			throw failure;
		})).isSameAs(failure);
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T1: a block of its own inside another keeps what it has committed on both")
	void t1_blockOfItsOwnInsideAnotherCommitsOnBoth() {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			this.scope.requiresNew().run((inner) -> {
				inner.onCompletion(this.told::add);
				inner.afterCommit(() -> this.told.add(balances()));
				transfer();
			});
			transfer();
			throw failure;
		})).isSameAs(failure);
		assertThat(this.told).containsExactly(TransactionOutcome.COMMITTED, "1 and 1", TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("1 and 1");
	}

	@Test
	@DisplayName("T4: a prepare that one database refuses is a failed COMMIT, rolled back on both")
	void t4_prepareThatIsVotedDown() {
		for (Account each : List.of(this.one, this.other)) {
			this.told.clear();
			each.refuseToPrepare();
			assertThatExceptionOfType(CommitFailedException.class).isThrownBy(this::transferTelling)
				.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
			assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
			assertThat(balances()).isEqualTo("0 and 0");
			each.behave();
		}
	}

	@Test
	@DisplayName("T4: a database that rolls back what it had prepared, after the other's commit, leaves a mixed outcome")
	void t4_mixed() {
		this.other.rollBackInsteadOfCommit(XAException.XA_HEURRB);
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(this::transferTelling)
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome)
			.withMessageContaining("a part of it is committed and a part is rolled back");
		assertThat(this.told).containsExactly(TransactionOutcome.UNKNOWN);
		assertThat(balances()).isEqualTo("1 and 0");
	}

	@Test
	@DisplayName("T4: where it does so before the other's commit, that one is rolled back, and so is told")
	void t4_heuristicRollback() {
		this.one.rollBackInsteadOfCommit(XAException.XA_HEURRB);
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(this::transferTelling)
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T4: the only database of a transaction that refuses its COMMIT has rolled back")
	void t4_onePhaseCommitThatIsRefused() {
		this.one.rollBackInsteadOfCommit(XAException.XA_RBINTEGRITY);
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			this.one.pay();
		})).returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T4: the only database of a transaction that is lost at its COMMIT leaves the outcome unknown")
	void t4_onePhaseCommitThatIsLost() {
		this.one.getLostInCommit();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			this.one.pay();
		})).returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		assertThat(this.told).containsExactly(TransactionOutcome.UNKNOWN);
	}

	@Test
	@DisplayName("T7: a body that outlasts the deadline is timed out, and rolled back on both")
	void t7_deadlinePassesInTheBody() {
		assertThatExceptionOfType(TransactionTimedOutException.class)
			.isThrownBy(() -> this.scope.timeout(Duration.ofSeconds(1)).run((tx) -> {
				tx.onCompletion(this.told::add);
				transfer();
				outlast(Duration.ofMillis(1500));
			}))
			.withMessageContaining("'transfer'");
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T7: a body that goes on working past the deadline is timed out, and rolled back on both")
	void t7_statementAfterTheDeadline() {
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> this.scope.timeout(Duration.ofSeconds(1)).run((tx) -> {
				tx.onCompletion(this.told::add);
				this.one.pay();
				outlast(Duration.ofMillis(1500));
				this.other.pay();
			}));
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T6: blocks in a transaction begun outside of Spring hear of its commit when it comes")
	void t6_commitFromOutside() throws Exception {
		this.user.begin();
		for (Account each : List.of(this.one, this.other)) {
			this.scope.run((tx) -> {
				tx.onCompletion(this.told::add);
				tx.afterCommit(() -> this.told.add(balances()));
				each.pay();
			});
		}
		assertThat(this.told).isEmpty();
		this.user.commit();
		assertThat(this.told).containsExactly(TransactionOutcome.COMMITTED, "1 and 1", TransactionOutcome.COMMITTED,
				"1 and 1");
	}

	@Test
	@DisplayName("T6: blocks in a transaction begun outside of Spring hear of its rollback when it comes")
	void t6_rollbackFromOutside() throws Exception {
		this.user.begin();
		for (Account each : List.of(this.one, this.other)) {
			this.scope.run((tx) -> {
				tx.onCompletion(this.told::add);
				tx.afterCommit(() -> this.told.add("committed"));
				each.pay();
			});
		}
		assertThat(this.told).isEmpty();
		this.user.rollback();
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK, TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T5: a block that fails in a transaction begun outside of Spring has that rolled back")
	void t5_failedBlockRollsBackWhatWasBegunOutside() throws Exception {
		IllegalStateException failure = new IllegalStateException("body");
		this.user.begin();
		this.one.pay();
		assertThatThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			this.other.pay();
			throw failure;
		})).isSameAs(failure);
		assertThatExceptionOfType(RollbackException.class).isThrownBy(this.user::commit);
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T4: a block in a transaction begun outside of Spring hears that its prepare was voted down")
	void t4_prepareFromOutsideIsVotedDown() throws Exception {
		this.other.refuseToPrepare();
		this.user.begin();
		this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			transfer();
		});
		assertThatExceptionOfType(RollbackException.class).isThrownBy(this.user::commit);
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T7: a block in a transaction begun outside of Spring hears that its time was over")
	void t7_transactionFromOutsideTimesOut() throws Exception {
		this.user.setTransactionTimeout(1);
		this.user.begin();
		this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			transfer();
		});
		await().untilAsserted(() -> assertThat(this.told).isNotEmpty());
		assertThatExceptionOfType(RollbackException.class).isThrownBy(this.user::commit);
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
		this.told.clear();
		this.user.setTransactionTimeout(0);
		transferTelling();
		assertThat(this.told).containsExactly(TransactionOutcome.COMMITTED);
		assertThat(balances()).isEqualTo("1 and 1");
	}

	@Test
	@DisplayName("T6: a block hears of its own transaction alone where one before it, begun outside of Spring, has timed out")
	void t6_transactionAfterOneThatTimedOut() throws Exception {
		this.user.setTransactionTimeout(1);
		this.user.begin();
		this.scope.run((tx) -> tx.onCompletion(this.told::add));
		await().untilAsserted(() -> assertThat(this.told).isNotEmpty());
		this.user.rollback();
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		this.told.clear();
		this.user.setTransactionTimeout(0);
		this.user.begin();
		this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			transfer();
		});
		this.user.commit();
		assertThat(this.told).containsExactly(TransactionOutcome.COMMITTED);
		assertThat(balances()).isEqualTo("1 and 1");
	}

	@Test
	@DisplayName("T10: a block joins Spring's own JTA transaction, and hears of its end")
	void t10_joinsSpringsOwn() {
		new TransactionTemplate(this.manager).executeWithoutResult((status) -> {
			this.one.pay();
			this.scope.run((tx) -> {
				tx.onCompletion(this.told::add);
				this.other.pay();
			});
			assertThat(this.told).isEmpty();
		});
		assertThat(this.told).containsExactly(TransactionOutcome.COMMITTED);
		assertThat(balances()).isEqualTo("1 and 1");
	}

	@Test
	@DisplayName("T5: a joined block that fails is named to the caller of the block around it, with both rolled back")
	void t5_joinedBlockThatFails() {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			this.one.pay();
			assertThatThrownBy(() -> this.scope.named("audit").run(() -> {
				this.other.pay();
				throw failure;
			})).isSameAs(failure);
		})).withCause(failure).withMessageContaining("'audit'");
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T1: a savepoint is refused with the scope's name and what to use, and the block goes on")
	void t1_savepointIsRefused() {
		this.scope.run((tx) -> {
			this.one.pay();
			assertThatExceptionOfType(NestedTransactionNotSupportedException.class)
				.isThrownBy(() -> tx.savepoint((inner) -> this.other.pay()))
				.withMessageContaining("'transfer'")
				.withMessageContaining("requiresNew()");
		});
		assertThat(balances()).isEqualTo("1 and 0");
	}

	@Test
	@DisplayName("T1: a nested block is refused with the scope's name and what to use, and the block around it goes on")
	void t1_nestedBlockIsRefused() {
		this.scope.run((tx) -> {
			this.one.pay();
			assertThatExceptionOfType(NestedTransactionNotSupportedException.class)
				.isThrownBy(() -> this.scope.named("audit").nested().run(this.other::pay))
				.withMessageContaining("'transfer'")
				.withMessageContaining("requiresNew()");
		});
		assertThat(balances()).isEqualTo("1 and 0");
	}

	@Test
	@DisplayName("T1: a callback before the commit that fails rolls back on both")
	void t1_callbackBeforeTheCommitFails() {
		IllegalStateException failure = new IllegalStateException("callback");
		assertThatThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			tx.beforeCommit(() -> {
				throw failure;
			});
			transfer();
		})).isSameAs(failure);
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T5, T10: a method of Spring's that fails in a block dooms it, with both rolled back")
	void t5_joinedMethodThatFails() {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			this.one.pay();
			assertThatThrownBy(() -> new TransactionTemplate(this.manager).executeWithoutResult((status) -> {
				this.other.pay();
				throw failure;
			})).isSameAs(failure);
			assertThat(tx.isRollbackOnly()).isTrue();
		})).withMessageContaining("'transfer'");
		assertThat(this.told).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(balances()).isEqualTo("0 and 0");
	}

	@Test
	@DisplayName("T11: a scope of another data source that is entered in a block is committed after it, and rolled back where it is in doubt")
	void t11_scopeOfJdbcIsEntered() {
		Account third = new Account("third", this.jta);
		TransactionScope plain = TransactionScope.create(new DataSourceTransactionManager(third.database)).named("log");
		TransactionScope.Run<RuntimeException> body = (tx) -> {
			tx.onCompletion(this.told::add);
			tx.enter(plain);
			transfer();
			JdbcClient.create(third.database).sql("UPDATE account SET balance = balance + 1").update();
		};
		this.scope.run(body);
		assertThat(balances() + " and " + third.balance()).isEqualTo("1 and 1 and 1");
		this.other.getLostInCommit();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> this.scope.run(body))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		assertThat(balances() + " and " + third.balance()).isEqualTo("2 and 2 and 1");
		assertThat(this.told).containsExactly(TransactionOutcome.COMMITTED, TransactionOutcome.UNKNOWN);
	}

	@Test
	@DisplayName("T11: a block in JTA cannot be a part of one in JDBC, which goes on")
	void t11_cannotBeEnteredItself() {
		TransactionScope.create(new DataSourceTransactionManager(this.one.database))
			.named("log")
			.run((tx) -> assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> tx.enter(this.scope))
				.withMessageContaining("'transfer' cannot be a part of another scope"));
	}

	private void transferTelling() {
		this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			transfer();
		});
	}

	private void transfer() {
		this.one.pay();
		this.other.pay();
	}

	private String balances() {
		return this.one.balance() + " and " + this.other.balance();
	}

	private static void outlast(Duration time) throws InterruptedException {
		assertThat(new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS)).isFalse();
	}

	/**
	 * A database of its own, with one row.
	 */
	private static final class Account {

		private final JdbcDataSource database = new JdbcDataSource();

		private final EnlistingDataSource dataSource;

		private final JdbcClient jdbc;

		private final JdbcClient outside = JdbcClient.create(this.database);

		private Account(String name, TransactionManager jta) {
			this.database.setURL("jdbc:h2:mem:account-" + name + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=1000");
			this.dataSource = new EnlistingDataSource(this.database, jta);
			this.jdbc = JdbcClient.create(this.dataSource);
			this.outside.sql("CREATE TABLE IF NOT EXISTS account (balance INT)").update();
			reset();
		}

		private void reset() {
			this.outside.sql("DELETE FROM account").update();
			this.outside.sql("INSERT INTO account VALUES 0").update();
		}

		private void pay() {
			this.jdbc.sql("UPDATE account SET balance = balance + 1").update();
		}

		/** What everybody else sees. */
		private int balance() {
			return this.outside.sql("SELECT balance FROM account").query(Integer.class).single();
		}

		private void behave() {
			this.dataSource.participate(UnaryOperator.identity());
		}

		private void refuseToPrepare() {
			this.dataSource.participate((resource) -> new DelegatingResource(resource) {

				@Override
				public int prepare(Xid xid) throws XAException {
					throw new XAException(XAException.XA_RBINTEGRITY);
				}

			});
		}

		private void rollBackInsteadOfCommit(int error) {
			this.dataSource.participate((resource) -> new DelegatingResource(resource) {

				@Override
				public void commit(Xid xid, boolean onePhase) throws XAException {
					rollback(xid);
					throw new XAException(error);
				}

			});
		}

		private void getLostInCommit() {
			this.dataSource.participate((resource) -> new DelegatingResource(resource) {

				@Override
				public void commit(Xid xid, boolean onePhase) throws XAException {
					super.commit(xid, onePhase);
					throw new XAException(XAException.XAER_RMFAIL);
				}

			});
		}

	}

}
