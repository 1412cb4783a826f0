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

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import io.transactionscope.ActiveScope;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Transactions that the database ends, or the body by way of SQL, before their block
 * does.
 */
@ForEachArrangement
class EndedTransactionContractTests extends Contract {

	private final IllegalStateException failure = new IllegalStateException("the body's");

	private final List<Integer> completions = new ArrayList<>();

	@AfterEach
	void noTableIsLeft() {
		application().execute("drop table if exists made");
	}

	@Test
	@DisplayName("T4: an SQL error that the body has caught is no commit where the database commits nothing any more")
	void t4CaughtErrorIsNoCommitWhereNothingIsCommitted() {
		Throwable thrown = failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			listen();
			insertTwice();
			assertThat(tx.isRollbackOnly()).isEqualTo(failsOnErrors());
		});
		if (!failsOnErrors()) {
			assertThat(thrown).isNull();
			assertCommitted("once");
			assertHeard("outer", TransactionOutcome.COMMITTED);
			return;
		}
		assertRolledBackByAnError(thrown);
		assertThat(thrown).hasMessageContaining("'outer'");
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
		assertThat(this.completions).containsExactly(TransactionSynchronization.STATUS_ROLLED_BACK);
	}

	@Test
	@DisplayName("T4: nor is one that a callback before the commit has caught")
	void t4ErrorCaughtBeforeTheCommitIsNoCommit() {
		Throwable thrown = failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			tx.beforeCommit(this::insertTwice);
		});
		if (failsOnErrors()) {
			assertRolledBackByAnError(thrown);
			assertHeard("outer", TransactionOutcome.ROLLED_BACK);
		}
		else {
			assertThat(thrown).isNull();
		}
	}

	@Test
	@DisplayName("T4: no callback before the commit runs where nothing is committed any more")
	void t4NoCallbackBeforeTheCommitRunsInAFailedTransaction() {
		assumeThat(failsOnErrors()).as("fails on errors").isTrue();
		assertRolledBackByAnError(failureOf(Form.OUTER, (tx) -> {
			tx.beforeCommit(() -> insert("more"));
			insertTwice();
		}));
	}

	@Test
	@DisplayName("T4: an error that a nested block has caught fails that block, and no other")
	void t4ErrorCaughtInANestedBlockFailsThatBlock() throws Throwable {
		assumeSavepoints();
		run(Form.OUTER, (tx) -> {
			insert("before");
			Throwable thrown = failureOf(Form.NESTED, (nested) -> insertTwice());
			if (failsOnErrors()) {
				assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class);
				insert("once");
			}
			insert("then");
		});
		assertCommitted("before", "once", "then");
	}

	@Test
	@DisplayName("T4: a savepoint takes an error back")
	void t4SavepointTakesAnErrorBack() throws Throwable {
		assumeSavepoints();
		run(Form.OUTER, (tx) -> {
			watch(tx);
			insert("once");
			assertThat(failureOf(Form.NESTED, (nested) -> insert("once"))).isInstanceOf(DuplicateKeyException.class);
			insert("then");
		});
		assertCommitted("once", "then");
		assertHeard("outer", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T4: the same in a @Transactional method")
	void t4CaughtErrorIsNoCommitOfAMethod() {
		Throwable thrown = catchThrowable(() -> plain().required(() -> {
			listen();
			insertTwice();
		}));
		if (!failsOnErrors()) {
			assertThat(thrown).isNull();
			assertCommitted("once");
			return;
		}
		assertThat(thrown).isNotNull();
		assertCommitted();
		if (wiring().isStarter()) {
			assertRolledBackByAnError(thrown);
			assertThat(this.completions).containsExactly(TransactionSynchronization.STATUS_ROLLED_BACK);
		}
		else {
			assertThat(this.completions).doesNotContain(TransactionSynchronization.STATUS_COMMITTED);
		}
	}

	@Test
	@DisplayName("T4: a body that sends COMMIT as SQL is told that it has taken the end out of its block's hands")
	void t4CommitAsSqlIsToldOf() {
		assumeStatementsAreSeen();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			execute(tx, "COMMIT");
			insert("late");
		});
		assertThat(thrown).isInstanceOf(CommitFailedException.class)
			.hasMessageContaining("'COMMIT'")
			.extracting((ex) -> ((CommitFailedException) ex).outcome())
			.isEqualTo(TransactionOutcome.UNKNOWN);
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("early");
	}

	@Test
	@DisplayName("T3, T4: a body that sends COMMIT as SQL and fails is not called rolled back")
	void t4CommitAsSqlBeforeAFailureIsToldOf() {
		assumeStatementsAreSeen();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			listen();
			insert("early");
			jdbcTemplate().execute(" /* now */ commit ;");
			insert("late");
			throw this.failure;
		})).isSameAs(this.failure).satisfies((ex) -> assertToldOfPart(ex, "commit"));
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCompleted(TransactionSynchronization.STATUS_UNKNOWN);
		assertCommitted("early");
	}

	@Test
	@DisplayName("T3, T4: nor is one whose script begins and commits")
	void t4CommitInAScriptIsToldOf() {
		assertToldOfScript("begin; insert into item values ('script'); commit");
	}

	@Test
	@DisplayName("T3, T4: nor is one whose script has a backslash in a value before COMMIT")
	void t4CommitBehindABackslashIsToldOf() {
		assertToldOfScript("delete from item where name = 'C:\\dir'; insert into item values ('script'); commit");
	}

	@Test
	@DisplayName("T3, T4: nor is one that sends COMMIT at the end of a long script")
	void t4CommitInALongScriptIsToldOf() {
		assertToldOfScript("delete from item; ".repeat(40) + "insert into item values ('script'); commit");
	}

	private void assertToldOfScript(String script) {
		assumeStatementsAreSeen();
		assumeThat(this.arrangement.database()).as("executes scripts").isEqualTo(Database.POSTGRES);
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			jdbcTemplate().execute(script);
			throw this.failure;
		})).isSameAs(this.failure).satisfies((ex) -> assertToldOfPart(ex, "had committed"));
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("script");
	}

	@Test
	@DisplayName("T3, T4: nor is one that sends COMMIT in a batch, behind something else that might have been one")
	void t4CommitInABatchIsToldOf() {
		assumeStatementsAreSeen();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			jdbcTemplate().batchUpdate("/* first */ insert into item values ('batch')", "commit");
			throw this.failure;
		})).isSameAs(this.failure).satisfies((ex) -> assertToldOfPart(ex, "'commit'"));
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("batch");
	}

	@Test
	@DisplayName("T4: a body that sends ROLLBACK as SQL is rolled back, with what it did afterwards")
	void t4RollbackAsSqlIsToldOf() {
		assumeStatementsAreSeen();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			execute(tx, "ROLLBACK");
			insert("late");
		})).isInstanceOf(UnexpectedRollbackException.class).hasMessageContaining("'ROLLBACK'");
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
		assertCommitted();
	}

	@Test
	@DisplayName("T4: a body that calls commit() past its scope is told, also where it fails")
	void t4CommitPastTheScopeIsToldOf() {
		assumeThat(wiring().isJdbc()).as("begins by itself").isTrue();
		assumeStatementsAreSeen();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			onTheConnection(Connection::commit);
			insert("late");
			throw this.failure;
		})).isSameAs(this.failure).satisfies((ex) -> assertToldOfPart(ex, "commit()"));
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("early");
	}

	@Test
	@DisplayName("T4: nor is it told that all is committed where it returns")
	void t4CommitPastTheScopeIsNoCommitOfIt() {
		assumeThat(wiring().isJdbc()).as("begins by itself").isTrue();
		assumeStatementsAreSeen();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			onTheConnection(Connection::commit);
			insert("late");
		})).isInstanceOf(CommitFailedException.class).hasMessageContaining("commit()");
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("early");
	}

	@Test
	@DisplayName("T4: what a statement among others in a batch has committed is not called rolled back")
	void t4ImplicitCommitInABatchIsToldOf() {
		assumeStatementsAreSeen();
		assumeThat(commitsOnDdl()).as("commits on DDL").isTrue();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			jdbcTemplate().batchUpdate("insert into item values ('batch')", "create table made (id int)",
					"insert into item values ('late')");
			throw this.failure;
		})).isSameAs(this.failure).satisfies((ex) -> assertToldOfPart(ex, "create table made"));
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("batch", "early");
	}

	@Test
	@DisplayName("T4: what was switched to auto-commit is not called rolled back")
	void t4SwitchToAutoCommitIsToldOf() {
		assumeStatementsAreSeen();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			onTheConnection((connection) -> {
				connection.setAutoCommit(true);
				connection.setAutoCommit(false);
			});
			insert("late");
			throw this.failure;
		})).isSameAs(this.failure).satisfies((ex) -> assertToldOfPart(ex, "setAutoCommit(true)"));
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("early");
	}

	@Test
	@DisplayName("T4: what stays switched to auto-commit is committed where the body returns")
	void t4StayingInAutoCommitIsACommit() throws Throwable {
		assumeStatementsAreSeen();
		run(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			onTheConnection((connection) -> connection.setAutoCommit(true));
			insert("late");
		});
		assertHeard("outer", TransactionOutcome.COMMITTED);
		assertCommitted("early", "late");
	}

	@Test
	@DisplayName("T3, T4: and not called rolled back where it fails")
	void t4StayingInAutoCommitIsNoRollback() {
		assumeStatementsAreSeen();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			onTheConnection((connection) -> connection.setAutoCommit(true));
			insert("late");
			throw this.failure;
		})).isSameAs(this.failure).satisfies((ex) -> assertToldOfPart(ex, "setAutoCommit(true)"));
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("early", "late");
	}

	@Test
	@DisplayName("T4: what a statement has committed by the way is not called rolled back")
	void t4ImplicitCommitBeforeAFailureIsToldOf() {
		assumeStatementsAreSeen();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			listen();
			insert("early");
			jdbcTemplate().execute("create table made (id int)");
			insert("late");
			throw this.failure;
		})).isSameAs(this.failure).satisfies((ex) -> {
			if (commitsOnDdl()) {
				assertToldOfPart(ex, "create table made");
			}
		});
		assertHeard("outer", commitsOnDdl() ? TransactionOutcome.UNKNOWN : TransactionOutcome.ROLLED_BACK);
		assertCompleted(commitsOnDdl() ? TransactionSynchronization.STATUS_UNKNOWN
				: TransactionSynchronization.STATUS_ROLLED_BACK);
		assertCommitted(commitsOnDdl() ? new String[] { "early" } : new String[0]);
	}

	@Test
	@DisplayName("T4: the same where a block was asked to roll back, and nobody had failed")
	void t4ImplicitCommitBeforeARollbackIsToldOf() {
		assumeStatementsAreSeen();
		assumeThat(commitsOnDdl()).as("commits on DDL").isTrue();
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			jdbcTemplate().execute("create table made (id int)");
			tx.setRollbackOnly("dry run");
		})).isInstanceOf(TransactionSystemException.class).satisfies((ex) -> assertToldOfPart(ex, "create table made"));
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("early");
	}

	@Test
	@DisplayName("T4: an implicit commit and a body that returns are a commit")
	void t4ImplicitCommitBeforeACommitIsNone() throws Throwable {
		run(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			jdbcTemplate().execute("create table made (id int)");
			insert("late");
		});
		assertHeard("outer", TransactionOutcome.COMMITTED);
		assertCommitted("early", "late");
	}

	@Test
	@DisplayName("T4: a nested block whose savepoint is lost by an implicit commit is not called rolled back")
	void t4LostSavepointIsToldOf() {
		assumeSavepoints();
		assumeStatementsAreSeen();
		assumeThat(commitsOnDdl()).as("commits on DDL").isTrue();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("early");
			assertThat(failureOf(Form.NESTED, (nested) -> {
				insert("nested");
				jdbcTemplate().execute("create table made (id int)");
				throw this.failure;
			})).isSameAs(this.failure);
			insert("late");
		});
		assertToldOfPart(thrown, "create table made");
		assertHeard("outer", TransactionOutcome.UNKNOWN);
		assertCommitted("early", "nested");
	}

	@Test
	@DisplayName("T4: a method's synchronizations hear that its rollback could not take back all")
	void t4ImplicitCommitIsToldToAMethodsSynchronizations() {
		assumeStatementsAreSeen();
		assumeThat(wiring().isStarter()).as("our manager").isTrue();
		assumeThat(commitsOnDdl()).as("commits on DDL").isTrue();
		assertThat(catchThrowable(() -> plain().required(() -> {
			listen();
			insert("early");
			jdbcTemplate().execute("create table made (id int)");
			insert("late");
			throw this.failure;
		}))).isSameAs(this.failure);
		assertThat(this.completions).containsExactly(TransactionSynchronization.STATUS_UNKNOWN);
		assertCommitted("early");
	}

	@Test
	@DisplayName("T4: nothing that leads from the scope's connection to a connection leads past the scope")
	void t4WhatComesFromTheConnectionLeadsBackToIt() throws Throwable {
		run(Form.OUTER, (tx) -> {
			Connection own = tx.connection();
			try (Statement statement = own.createStatement()) {
				assertGuarded(statement.getConnection());
				assertGuarded(statement.executeQuery("select 1").getStatement().getConnection());
			}
			assertGuarded(own.prepareStatement("select 1").getConnection());
			assertGuarded(own.prepareStatement("select 1").executeQuery().getStatement().getConnection());
			assertGuarded(own.getMetaData().getConnection());
			try (ResultSet tables = own.getMetaData().getTables(null, null, "item", null)) {
				// Not every driver has a statement for it.
				if (tables.getStatement() != null) {
					assertGuarded(tables.getStatement().getConnection());
				}
			}
		});
	}

	@Test
	@DisplayName("T4: rows lead back to the statement that the scope's connection has made")
	void t4RowsOfTheConnectionLeadBackToTheirStatement() throws Throwable {
		run(Form.OUTER, (tx) -> {
			try (PreparedStatement statement = tx.connection().prepareStatement("select 1")) {
				assertThat(statement.executeQuery().getStatement()).isSameAs(statement);
			}
		});
	}

	@Test
	@DisplayName("T4: arrays of the scope's connection do not lead past the scope, and are the driver's as parameters")
	void t4ArraysOfTheConnectionLeadBackToIt() throws Throwable {
		run(Form.OUTER, (tx) -> {
			Connection own = tx.connection();
			assumeThat(own.getMetaData().getDatabaseProductName()).as("has arrays").isIn("H2", "PostgreSQL");
			try (PreparedStatement statement = own.prepareStatement("select array[1, 2]");
					PreparedStatement cardinality = own.prepareStatement("select cardinality(?)")) {
				ResultSet rows = statement.executeQuery();
				rows.next();
				Array array = rows.getArray(1);
				Statement from = array.getResultSet().getStatement();
				// H2 makes rows of an array that are of no statement.
				if (from != null) {
					assertGuarded(from.getConnection());
				}
				cardinality.setArray(1, array);
				ResultSet two = cardinality.executeQuery();
				two.next();
				assertThat(two.getInt(1)).isEqualTo(2);
			}
		});
	}

	private static void assertGuarded(Connection connection) {
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::commit)
			.withMessageContaining("is the scope's business");
	}

	private void assertRolledBackByAnError(@Nullable Throwable thrown) {
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class).hasMessageContaining("SQL error");
		if (seesStatements()) {
			assertThat(thrown).cause()
				.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("23505"));
		}
		assertCommitted();
	}

	private static void assertToldOfPart(Throwable failure, String what) {
		assertThat(everythingIn(failure)).anySatisfy(
				(each) -> assertThat(each).isInstanceOf(TransactionEndedException.class).hasMessageContaining(what));
	}

	/** A manager that is not ours tells its own what it thinks. */
	private void assertCompleted(int status) {
		if (wiring() != Wiring.OWN_JPA_MANAGER) {
			assertThat(this.completions).containsExactly(status);
		}
	}

	private void insertTwice() {
		insert("once");
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> insert("once"));
		if (failsOnErrors()) {
			// Which is not the error that failed it.
			assertThat(catchThrowable(() -> insert("more"))).isNotNull();
		}
	}

	private static void execute(ActiveScope tx, String sql) throws SQLException {
		try (Statement statement = tx.connection().createStatement()) {
			statement.execute(sql);
		}
	}

	/** As Spring gives it to everybody. */
	private void onTheConnection(ConnectionUse use) {
		jdbcTemplate().execute((ConnectionCallback<Boolean>) (connection) -> {
			use.by(connection);
			return true;
		});
	}

	private JdbcTemplate jdbcTemplate() {
		return new JdbcTemplate(application().dataSource());
	}

	private void listen() {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCompletion(int status) {
				EndedTransactionContractTests.this.completions.add(status);
			}

		});
	}

	private boolean failsOnErrors() {
		return this.arrangement.database() == Database.POSTGRES;
	}

	private boolean commitsOnDdl() {
		return this.arrangement.database() != Database.POSTGRES;
	}

	private boolean seesStatements() {
		return wiring().isTracked();
	}

	private void assumeStatementsAreSeen() {
		assumeThat(seesStatements()).as("has a ledger").isTrue();
	}

	private void assumeSavepoints() {
		assumeThat(wiring()).as("no savepoints").isNotEqualTo(Wiring.OWN_JPA_MANAGER);
	}

	@FunctionalInterface
	private interface ConnectionUse {

		void by(Connection connection) throws SQLException;

	}

}
