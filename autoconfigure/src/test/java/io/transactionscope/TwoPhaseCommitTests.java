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
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

import io.transactionscope.test.DelegatingResource;
import io.transactionscope.test.EnlistingDataSource;
import io.transactionscope.test.LeakCheck;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.Narayana;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.transaction.TransactionManager;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.xa.PGXADataSource;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.jta.JtaTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Two databases of which one at least is a PostgreSQL server, in one JTA transaction: its
 * link is lost, its session is ended, or it refuses, in each phase of the commit. What is
 * told is never what the rows, and those after the recovery, contradict.
 */
@Tag("once")
@Timeout(60)
@ParameterizedClass(name = "{0}")
@EnumSource
class TwoPhaseCommitTests {

	private static final TransactionManager JTA = Narayana.transactionManager();

	private static final PostgresServer POSTGRES = PostgresServer.running();

	private static final JdbcClient SERVER = JdbcClient.create(POSTGRES.dataSource());

	@SuppressWarnings("NullAway.Init")
	private static LinkProxy link;

	@SuppressWarnings("NullAway.Init")
	private static Account postgres;

	private final JtaTransactionManager manager = new JtaTransactionManager(Narayana.userTransaction(), JTA);

	private final TransactionScope scope = TransactionScope.create(this.manager).named("transfer");

	private final List<Object> told = new ArrayList<>();

	private final List<String> calls = new ArrayList<>();

	@Parameter
	@SuppressWarnings("NullAway.Init")
	private Other kind;

	@SuppressWarnings("NullAway.Init")
	private Account other;

	@BeforeAll
	static void start() {
		link = POSTGRES.link();
		PGXADataSource linked = POSTGRES.xaDataSource(link);
		linked.setApplicationName("two-phase");
		postgres = new Account("xa_account", linked, SERVER);
		refuseWhereTold("xa_account");
	}

	/** Let the commit fail with the state that a body has put down. */
	private static void refuseWhereTold(String table) {
		SERVER.sql("drop trigger if exists refuse on " + table).update();
		SERVER.sql("alter table %s add column if not exists refusal text".formatted(table)).update();
		SERVER.sql("""
				create or replace function refuse() returns trigger language plpgsql as
				$$ begin raise exception 'refused as told' using errcode = new.refusal; end $$""").update();
		SERVER.sql("""
				create constraint trigger refuse after insert on %s deferrable initially deferred
				for each row when (new.refusal is not null) execute function refuse()""".formatted(table)).update();
	}

	private static void refuseCommit(String state) {
		postgres.inside.sql("insert into xa_account (refusal) values (?)").param(state).update();
	}

	/** As an administrator does, or a restart. */
	private static void endSessions() {
		assertThat(SERVER
			.sql("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'two-phase'")
			.query(Boolean.class)
			.list()).contains(true);
		// Of a session that has just ended by itself, the server says false
		int left = SERVER.sql("select count(*) from pg_stat_activity where application_name = 'two-phase'")
			.query(Integer.class)
			.single();
		assertThat(left).isZero();
	}

	private static void commitFromElsewhere(Xid xid) {
		try {
			XAConnection session = POSTGRES.xaDataSource().getXAConnection();
			session.getXAResource().commit(xid, false);
			session.close();
		}
		catch (SQLException | XAException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@AfterAll
	static void stop() throws IOException {
		link.close();
	}

	@BeforeEach
	void begin() {
		this.other = this.kind.account();
		reset();
	}

	private void reset() {
		this.calls.clear();
		this.told.clear();
		for (Account each : accounts()) {
			each.reset();
			each.dataSource.participate(Branch::new);
		}
	}

	@AfterEach
	void nothingIsLeftBehind() throws Exception {
		link.mend();
		assertThat(JTA.getTransaction()).isNull();
		assertThat(lent()).isZero();
		LeakCheck.verifyThread();
		assertThat(rollBackPrepared()).as("left in doubt").isZero();
	}

	@Test
	@DisplayName("T1, T6: both are prepared and committed before callbacks run and resources are released")
	void t1_commitsOnBoth() {
		String value = this.scope.call((tx) -> {
			listen(tx);
			transfer();
			return "paid";
		});
		assertThat(value).isEqualTo("paid");
		assertThat(this.calls).containsExactly("prepare", "prepare", "commit", "commit");
		assertThat(this.told).containsExactly("committed at 1 and 1, 0 lent", TransactionOutcome.COMMITTED,
				"released at 1 and 1, 0 lent");
	}

	@Test
	@DisplayName("T1, T3: whatever a body throws reaches its caller as it is, with both rolled back")
	void t1_rollsBackOnBoth() {
		for (Throwable failure : List.of(new IllegalStateException("body"), new IOException("body"),
				new AssertionError("body"), new StackOverflowError("body"))) {
			this.told.clear();
			assertThatThrownBy(() -> this.scope.run((tx) -> {
				listen(tx);
				transfer();
				throw failure;
			})).isSameAs(failure);
			assertRolledBack();
			assertThat(failure).hasNoSuppressedExceptions();
		}
		assertThat(this.calls).containsOnly("rollback");
	}

	@Test
	@DisplayName("T2, T3: a body's failure is told where the link of one is lost with it, and both are rolled back")
	void t3_rollbackOfOneFails() {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatThrownBy(() -> this.scope.run((tx) -> {
			listen(tx);
			transfer();
			link.cut();
			throw failure;
		})).isSameAs(failure);
		link.mend();
		assertRolledBack();
	}

	@Test
	@DisplayName("T2: a database that cannot be reached at all is the body's failure, and the other is rolled back")
	void t2_linkIsDownFromTheBegin() {
		link.cut();
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.scope.run((tx) -> {
			listen(tx);
			this.other.pay();
			postgres.pay();
		})).withRootCauseInstanceOf(IOException.class);
		link.mend();
		assertRolledBack();
	}

	@Test
	@DisplayName("T4: a constraint that is checked at the prepare is a failed COMMIT with the database's words, rolled back on both")
	void t4_prepareIsRefused() {
		for (String state : List.of("23505", "40001")) {
			for (boolean last : new boolean[] { false, true }) {
				this.told.clear();
				assertThatFailedCommit(() -> this.scope.run((tx) -> {
					listen(tx);
					transfer(last);
					refuseCommit(state);
				})).returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome)
					.withMessageContaining("refused as told");
				assertRolledBack();
			}
		}
	}

	@Test
	@DisplayName("T4: a link that is lost in the prepare has both rolled back")
	void t4_linkIsLostInPrepare() {
		for (boolean last : new boolean[] { false, true }) {
			this.told.clear();
			postgres.dataSource.participate((resource) -> new DelegatingResource(resource) {

				@Override
				public int prepare(Xid xid) throws XAException {
					link.cut();
					return super.prepare(xid);
				}

			});
			assertThatFailedCommit(() -> transferTelling(last)).returns(TransactionOutcome.ROLLED_BACK,
					CommitFailedException::outcome);
			link.mend();
			assertRolledBack();
		}
	}

	@Test
	@DisplayName("T4: what was prepared before the answer to that was lost is rolled back, by the recovery at last")
	void t4_linkIsLostBeforeTheAnswerOfPrepare() throws Exception {
		for (boolean last : new boolean[] { false, true }) {
			this.told.clear();
			postgres.dataSource.participate((resource) -> new DelegatingResource(resource) {

				@Override
				public int prepare(Xid xid) throws XAException {
					super.prepare(xid);
					link.cut();
					throw new XAException(XAException.XAER_RMFAIL);
				}

			});
			assertThatFailedCommit(() -> transferTelling(last)).returns(TransactionOutcome.ROLLED_BACK,
					CommitFailedException::outcome);
			link.mend();
			assertThat(this.told).containsExactly("rolled back at 0 and 0, 0 lent", TransactionOutcome.ROLLED_BACK,
					"released at 0 and 0, 0 lent");
			assertThat(prepared()).isOne();
			Narayana.recover(POSTGRES.xaDataSource());
			assertThat(prepared()).isZero();
			assertThat(balances()).isEqualTo("0 and 0");
		}
	}

	@Test
	@DisplayName("T4: a link that is lost after the prepare leaves the outcome unknown, until the recovery has committed")
	void t4_linkIsLostBeforeTheSecondPhase() throws Exception {
		for (boolean last : new boolean[] { false, true }) {
			reset();
			beforeCommit(link::cut);
			assertUnknown(last, "is left to the recovery of the transaction manager");
			assertThat(prepared()).isOne();
			assertThat(balances()).isEqualTo("0 and 1");
			Narayana.recover(POSTGRES.xaDataSource());
			assertThat(prepared()).isZero();
			assertThat(balances()).isEqualTo("1 and 1");
		}
	}

	@Test
	@DisplayName("T4: a link that is lost after the commit of a branch, before its answer, leaves the outcome unknown, too")
	void t4_linkIsLostBeforeTheAnswerOfTheSecondPhase() throws Exception {
		for (boolean last : new boolean[] { false, true }) {
			reset();
			postgres.dataSource.participate((resource) -> new DelegatingResource(resource) {

				@Override
				public void commit(Xid xid, boolean onePhase) throws XAException {
					commitFromElsewhere(xid);
					link.cut();
					super.commit(xid, onePhase);
				}

			});
			assertUnknown(last, "is left to the recovery of the transaction manager");
			assertThat(balances()).isEqualTo("1 and 1");
			Narayana.recover(POSTGRES.xaDataSource());
			assertThat(balances()).isEqualTo("1 and 1");
		}
	}

	@Test
	@DisplayName("T4: a session that the server ends after the prepare, which Narayana takes for a rollback, leaves the outcome unknown")
	void t4_sessionIsEndedBeforeTheSecondPhase() {
		for (boolean last : new boolean[] { false, true }) {
			reset();
			beforeCommit(TwoPhaseCommitTests::endSessions);
			assertUnknown(last, "a part of it may be committed and a part not");
			assertThat(balances()).isEqualTo(last ? "0 and 1" : "0 and 0");
			assertThat(rollBackPrepared()).isOne();
		}
	}

	@Test
	@DisplayName("T4: the only database of a transaction, whose link is lost at its COMMIT, leaves the outcome unknown")
	void t4_linkIsLostInTheOnlyPhase() {
		for (Runnable loss : List.<Runnable>of(link::cut, TwoPhaseCommitTests::endSessions)) {
			this.told.clear();
			beforeCommit(loss);
			assertThatFailedCommit(() -> this.scope.run((tx) -> {
				listen(tx);
				postgres.pay();
			})).returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome)
				.withMessageContaining("the link to the database failed after COMMIT had been handed to the driver");
			link.mend();
			assertThat(this.told).containsExactly(TransactionOutcome.UNKNOWN, "released at 0 and 0, 0 lent");
		}
	}

	@Test
	@DisplayName("T4: the only database of a transaction, which answers COMMIT with an error, has rolled back")
	void t4_onlyPhaseIsRefused() {
		for (String state : List.of("23505", "40001")) {
			this.told.clear();
			assertThatFailedCommit(() -> this.scope.run((tx) -> {
				listen(tx);
				postgres.pay();
				refuseCommit(state);
			})).returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome)
				.withMessageContaining("refused as told");
			assertRolledBack();
		}
	}

	@Test
	@DisplayName("T4: a statement that failed, and was swallowed, has both rolled back at the commit")
	void t4_failedStatementIsSwallowed() {
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.scope.run((tx) -> {
			listen(tx);
			transfer();
			assertThatThrownBy(() -> postgres.inside.sql("select 1 / 0").query().singleRow()).isNotNull();
		}));
		assertRolledBack();
	}

	@Test
	@DisplayName("T5: a joined block whose failure is swallowed is named, with its failure as the cause, and both are rolled back")
	void t5_joinedBlockFails() {
		IOException failure = new IOException("body");
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> this.scope.run((tx) -> {
			listen(tx);
			postgres.pay();
			assertThatThrownBy(() -> this.scope.named("audit").run((inner) -> {
				inner.onCompletion(this.told::add);
				this.other.pay();
				throw failure;
			})).isSameAs(failure);
		})).withCause(failure).withMessageContaining("'audit'");
		assertThat(this.told).containsExactly("rolled back at 0 and 0, 0 lent", TransactionOutcome.ROLLED_BACK,
				TransactionOutcome.ROLLED_BACK, "released at 0 and 0, 0 lent");
	}

	@Test
	@DisplayName("T6: a callback that fails after the commit says that both are committed")
	void t6_callbackFails() {
		IllegalStateException failure = new IllegalStateException("callback");
		assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.afterCommit(() -> {
				throw failure;
			});
			listen(tx);
			transfer();
		})).withCause(failure);
		assertThat(this.told).containsExactly("committed at 1 and 1, 0 lent", TransactionOutcome.COMMITTED,
				"released at 1 and 1, 0 lent");
	}

	@Test
	@DisplayName("T4: Spring's own synchronizations hear of a commit where Narayana says so, unlike the block")
	void t4_synchronizationsOfSpring() throws Exception {
		beforeCommit(link::cut);
		assertThatFailedCommit(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.told::add);
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCompletion(int status) {
					TwoPhaseCommitTests.this.told.add(status);
				}

			});
			transfer();
		})).returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		link.mend();
		assertThat(this.told).containsExactly(TransactionSynchronization.STATUS_COMMITTED, TransactionOutcome.UNKNOWN);
		Narayana.recover(POSTGRES.xaDataSource());
		assertThat(balances()).isEqualTo("1 and 1");
	}

	@Test
	@DisplayName("T4, T10: a block in Spring's own JTA transaction hears that a branch is in doubt, as does who began that")
	void t4_joinedSpringsOwn() throws Exception {
		beforeCommit(link::cut);
		assertThatFailedCommit(
				() -> new TransactionTemplate(this.manager).executeWithoutResult((status) -> this.scope.run((tx) -> {
					tx.onCompletion(this.told::add);
					transfer();
				})))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		link.mend();
		assertThat(this.told).containsExactly(TransactionOutcome.UNKNOWN);
		Narayana.recover(POSTGRES.xaDataSource());
		assertThat(balances()).isEqualTo("1 and 1");
	}

	@Test
	@DisplayName("T4, T6: a block in a transaction begun outside of Spring hears that a branch is in doubt")
	void t4_joinedFromOutside() throws Exception {
		beforeCommit(link::cut);
		JTA.begin();
		this.scope.run((tx) -> {
			listen(tx);
			transfer();
		});
		JTA.commit();
		link.mend();
		assertThat(this.told).containsExactly(TransactionOutcome.UNKNOWN, "released at 0 and 1, 0 lent");
		Narayana.recover(POSTGRES.xaDataSource());
		assertThat(balances()).isEqualTo("1 and 1");
	}

	@Test
	@DisplayName("T6: a block in a transaction begun outside of Spring has both connections back before its callbacks")
	void t6_joinedFromOutside() throws Exception {
		JTA.begin();
		this.scope.run((tx) -> {
			transfer();
			listen(tx);
		});
		JTA.commit();
		assertThat(this.told).containsExactly("committed at 1 and 1, 0 lent", TransactionOutcome.COMMITTED,
				"released at 1 and 1, 0 lent");
	}

	@Test
	@DisplayName("T7: both are rolled back where a statement outlasts the deadline")
	void t7_statementOutlastsTheDeadline() {
		// Of the pool, or of the deadline, whichever is first
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> this.scope.timeout(Duration.ofSeconds(1)).run((tx) -> {
				listen(tx);
				transfer();
				postgres.inside.sql("select pg_sleep(1.5)").query().singleRow();
			}));
		assertRolledBack();
	}

	@Test
	@DisplayName("T1: a block of its own inside another commits on both, and keeps that")
	void t1_blockOfItsOwn() {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatThrownBy(() -> this.scope.run((tx) -> {
			this.scope.requiresNew().run((inner) -> {
				listen(inner);
				transfer();
			});
			transfer();
			throw failure;
		})).isSameAs(failure);
		assertThat(this.told).containsExactly("committed at 1 and 1, 0 lent", TransactionOutcome.COMMITTED,
				"released at 1 and 1, 0 lent");
		assertThat(balances()).isEqualTo("1 and 1");
	}

	private void beforeCommit(Runnable loss) {
		postgres.dataSource.participate((resource) -> new DelegatingResource(resource) {

			@Override
			public void commit(Xid xid, boolean onePhase) throws XAException {
				loss.run();
				super.commit(xid, onePhase);
			}

		});
	}

	private void assertUnknown(boolean last, String message) {
		assertThatFailedCommit(() -> transferTelling(last))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome)
			.withMessageContaining(message);
		link.mend();
		assertThat(this.told).hasSize(2).first().isEqualTo(TransactionOutcome.UNKNOWN);
	}

	private void assertRolledBack() {
		assertThat(this.told).containsExactly("rolled back at 0 and 0, 0 lent", TransactionOutcome.ROLLED_BACK,
				"released at 0 and 0, 0 lent");
		assertThat(prepared()).isZero();
	}

	private static ThrowableAssertAlternative<CommitFailedException> assertThatFailedCommit(ThrowingCallable work) {
		return assertThatExceptionOfType(CommitFailedException.class).isThrownBy(work);
	}

	private void listen(ActiveScope tx) {
		tx.enter((AutoCloseable) () -> this.told.add("released at " + state()));
		tx.afterCommit(() -> this.told.add("committed at " + state()));
		tx.afterRollback(() -> this.told.add("rolled back at " + state()));
		tx.onCompletion(this.told::add);
	}

	private String state() {
		return "%s, %d lent".formatted(balances(), lent());
	}

	private void transferTelling(boolean last) {
		this.scope.run((tx) -> {
			listen(tx);
			transfer(last);
		});
	}

	private void transfer() {
		transfer(false);
	}

	/**
	 * Pay into both.
	 * @param last whether PostgreSQL takes part as the last one
	 */
	private void transfer(boolean last) {
		(last ? this.other : postgres).pay();
		(last ? postgres : this.other).pay();
	}

	private List<Account> accounts() {
		return List.of(postgres, this.other);
	}

	private String balances() {
		return postgres.balance() + " and " + this.other.balance();
	}

	private int lent() {
		return accounts().stream().mapToInt((each) -> each.dataSource.lent()).sum();
	}

	/** How many branches are in doubt in PostgreSQL. */
	private static int prepared() {
		return SERVER.sql("select count(*) from pg_prepared_xacts").query(Integer.class).single();
	}

	private static int rollBackPrepared() {
		List<String> prepared = SERVER.sql("select gid from pg_prepared_xacts").query(String.class).list();
		prepared.forEach((each) -> SERVER.sql("rollback prepared '%s'".formatted(each)).update());
		return prepared.size();
	}

	enum Other {

		H2, POSTGRESQL;

		private Account account() {
			return switch (this) {
				case H2 -> inH2();
				case POSTGRESQL -> new Account("xa_other", POSTGRES.xaDataSource(), SERVER);
			};
		}

		private static Account inH2() {
			JdbcDataSource database = new JdbcDataSource();
			database.setURL("jdbc:h2:mem:two-phase;DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=1000");
			return new Account("xa_other", database, JdbcClient.create(database));
		}

	}

	/**
	 * A table with one row.
	 */
	private static final class Account {

		private final String table;

		private final EnlistingDataSource dataSource;

		/** Takes part in the transaction of the thread. */
		private final JdbcClient inside;

		/** Sees what everybody else sees. */
		private final JdbcClient outside;

		private Account(String table, XADataSource database, JdbcClient outside) {
			this.table = table;
			this.dataSource = new EnlistingDataSource(database, JTA);
			this.inside = JdbcClient.create(this.dataSource);
			this.outside = outside;
			outside.sql("create table if not exists %s (balance int)".formatted(table)).update();
		}

		private void reset() {
			this.outside.sql("delete from " + this.table).update();
			this.outside.sql("insert into %s values (0)".formatted(this.table)).update();
		}

		private void pay() {
			this.inside.sql("update %s set balance = balance + 1".formatted(this.table)).update();
		}

		private int balance() {
			return this.outside.sql("select balance from " + this.table).query(Integer.class).single();
		}

	}

	/**
	 * Notes what PostgreSQL, or the other database, is told.
	 */
	private final class Branch extends DelegatingResource {

		private Branch(XAResource resource) {
			super(resource);
		}

		@Override
		public int prepare(Xid xid) throws XAException {
			TwoPhaseCommitTests.this.calls.add("prepare");
			return super.prepare(xid);
		}

		@Override
		public void commit(Xid xid, boolean onePhase) throws XAException {
			TwoPhaseCommitTests.this.calls.add(onePhase ? "commit in one phase" : "commit");
			super.commit(xid, onePhase);
		}

		@Override
		public void rollback(Xid xid) throws XAException {
			TwoPhaseCommitTests.this.calls.add("rollback");
			super.rollback(xid);
		}

	}

}
