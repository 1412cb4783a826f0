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
package io.transactionscope.pool.tracked;

import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.snapshot.SqlText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.jdbc.DatabaseDriver;

/**
 * What came between the begin of a managed transaction and its end: what has failed it,
 * what has ended it. It exists only where there was something.
 */
final class Interference {

	private static final Logger logger = LoggerFactory.getLogger(PoolLedger.class);

	/** Of MySQL and H2: nothing was executed, nor committed. */
	private static final Set<Integer> SYNTAX_ERRORS = Set.of(1064, 42000, 42001);

	private static final int MYSQL_LOCK_WAIT_TIMEOUT = 1205;

	/** Of PostgreSQL, for all that follows the error that failed the transaction. */
	private static final String IN_FAILED_TRANSACTION = "25P02";

	/** Of PostgreSQL's driver, for an answer that is not the one to BEGIN. */
	private static final String PROTOCOL_VIOLATION = "08P01";

	private static final String QUERY_CANCELED = "57014";

	/** Of PostgreSQL, for a savepoint of the driver's own outside of any transaction. */
	private static final String NO_TRANSACTION = "25P01";

	private final Connection pooled;

	private final @Nullable String scope;

	private final boolean quotesNames;

	private @Nullable String sql;

	private TransactionControl sending = TransactionControl.NONE;

	/** What has committed a part of the work. */
	private @Nullable String partlyCommitted;

	/** Why COMMIT must not be sent. */
	private @Nullable String reason;

	/** The error behind the reason, or that has failed PostgreSQL's transaction. */
	private @Nullable SQLException failure;

	/**
	 * Begin to note what interferes.
	 * @param pooled the pool's own connection, whose use is not noticed
	 * @param scope the scope whose transaction it is
	 * @param quotesNames whether double quotes enclose names
	 */
	Interference(Connection pooled, @Nullable String scope, boolean quotesNames) {
		this.pooled = pooled;
		this.scope = scope;
		this.quotesNames = quotesNames;
	}

	/**
	 * Return the statement of a batch that does most to the transaction, or the first.
	 */
	static String heaviest(List<String> batch, Connection pooled) {
		String heaviest = batch.get(0);
		if (batch.size() == 1) {
			return heaviest;
		}
		try {
			DatabaseDriver database = database(pooled);
			TransactionControl most = TransactionControl.NONE;
			for (String sql : batch) {
				TransactionControl control = TransactionControl.of(sql, database);
				if (control.compareTo(most) > 0) {
					most = control;
					heaviest = sql;
				}
			}
		}
		catch (SQLException ex) {
			// The link is lost, and sending will say so.
		}
		return heaviest;
	}

	/** A suspect statement is about to be sent. */
	void sends(String sql) throws SQLException {
		this.sending = TransactionControl.NONE;
		if (!isInTransaction()) {
			return;
		}
		DatabaseDriver database = database(this.pooled);
		this.sending = TransactionControl.of(sql, database);
		this.sql = SqlText.withoutValues(sql, this.quotesNames);
		if (this.sending == TransactionControl.COMMIT && isFailedByServer()) {
			this.sending = TransactionControl.ROLLBACK;
		}
	}

	/** A statement has come to its end. */
	void answered() {
		TransactionControl sent = this.sending;
		this.sending = TransactionControl.NONE;
		switch (sent) {
			case ROLLBACK_TO_SAVEPOINT -> this.failure = null;
			case IMPLICIT_COMMIT -> commits(
					"'%s' has committed all that was done before it, as it does on this database: a failure will not roll that back");
			case COMMIT -> {
				commits("'%s' was sent as SQL");
				ends("its body has sent '%s' as SQL: what was done before it is committed");
			}
			case PREPARE -> {
				commits("'%s' was sent as SQL");
				ends("its body has sent '%s' as SQL: what was done before it is left to whoever commits that");
			}
			case ROLLBACK -> {
				warn("'%s' was sent as SQL");
				ends("its body has sent '%s' as SQL");
			}
			case NONE -> {
			}
		}
	}

	/** A statement has failed. */
	void failed(SQLException failure) throws SQLException {
		if (isAnsweredWithoutBegin(failure)) {
			beginRefused(failure, "has");
			return;
		}
		if (isCanceledWithoutBegin(failure)) {
			beginRefused(failure, "may have");
			return;
		}
		if (this.sending == TransactionControl.IMPLICIT_COMMIT && SYNTAX_ERRORS.contains(failure.getErrorCode())) {
			this.sending = TransactionControl.NONE;
		}
		if (ServerTransaction.isKnown(this.pooled)) {
			if (this.failure == null && isFailedByServer() && !IN_FAILED_TRANSACTION.equals(failure.getSQLState())) {
				this.failure = failure;
			}
		}
		else if (isInTransaction() && rollsBackAll(failure)) {
			this.failure = failure;
			this.reason = "the database has rolled it back in the middle, with all that was done until then: "
					+ failure.getMessage();
		}
	}

	/**
	 * PostgreSQL's driver sends BEGIN together with the first statement, as a query of
	 * its own. If the server refuses the one, as somebody cancels it, it executes the
	 * other all the same, and the driver takes the answer to that for an answer to BEGIN.
	 */
	private static boolean isAnsweredWithoutBegin(SQLException failure) {
		return !PROTOCOL_VIOLATION.equals(failure.getSQLState())
				&& laterStates(failure).anyMatch(PROTOCOL_VIOLATION::equals);
	}

	/**
	 * Rows, or that something was described only, is no such answer: the driver drops it.
	 * But it knows that there is no transaction, which the cancel of what comes after
	 * BEGIN would have left behind as failed.
	 */
	private boolean isCanceledWithoutBegin(SQLException failure) {
		return QUERY_CANCELED.equals(failure.getSQLState()) && this.sending == TransactionControl.NONE
				&& laterStates(failure)
					.allMatch((state) -> state.equals(QUERY_CANCELED) || state.equals(NO_TRANSACTION))
				&& ServerTransaction.isMissing(this.pooled);
	}

	/** That of a batch tells of the first of its errors twice. */
	private static Stream<String> laterStates(SQLException failure) {
		return Stream.iterate(failure.getNextException(), Objects::nonNull, SQLException::getNextException)
			.map((next) -> Objects.requireNonNullElse(next.getSQLState(), ""));
	}

	private void beginRefused(SQLException failure, String certainty) {
		this.sql = "BEGIN";
		warn("'%s' was refused by the server, which " + certainty + " executed the statement behind it all the same");
		SQLException cause = (failure instanceof BatchUpdateException && failure.getNextException() != null)
				? failure.getNextException() : failure;
		this.failure = failure;
		this.partlyCommitted = "the server has refused its BEGIN (%s), and %s executed and committed the statement behind it all the same"
			.formatted(cause.getMessage(), certainty);
		this.reason = this.partlyCommitted;
	}

	/** A savepoint has been restored, and with it what an error had failed. */
	void rolledBackToSavepoint() {
		if (this.reason == null) {
			this.failure = null;
		}
	}

	/** The connection was switched to auto-commit in the middle. */
	void switchedToAutoCommit() {
		this.sql = "setAutoCommit(true)";
		commits("'%s' has committed all that was done before it: a failure will not roll that back");
	}

	@Nullable TransactionEndedException whatEnded() {
		if (this.reason != null) {
			return new TransactionEndedException(this.reason, this.partlyCommitted != null, this.failure);
		}
		return isFailedByServer() ? TransactionEndedException.failedByServer(this.failure) : null;
	}

	@Nullable TransactionEndedException whatCommittedAPart(@Nullable SQLException cause) {
		return (this.partlyCommitted != null) ? new TransactionEndedException(this.partlyCommitted, true, cause) : null;
	}

	private void commits(String what) {
		warn(what);
		if (this.partlyCommitted == null) {
			this.partlyCommitted = "'%s' had committed what was done before it".formatted(this.sql);
		}
	}

	private void ends(String why) {
		if (this.reason == null) {
			this.reason = why.formatted(this.sql);
		}
	}

	private void warn(String what) {
		try {
			logger.warn("In the transaction of '{}', {}", this.scope, what.formatted(this.sql));
		}
		catch (Throwable ex) {
			// A logger has no say in what becomes of a statement.
		}
	}

	private boolean isInTransaction() throws SQLException {
		return !this.pooled.getAutoCommit();
	}

	private boolean isFailedByServer() {
		return ServerTransaction.isFailed(this.pooled);
	}

	private static DatabaseDriver database(Connection pooled) throws SQLException {
		return DatabaseDriver.fromProductName(pooled.getMetaData().getDatabaseProductName());
	}

	/**
	 * SQLSTATE class 40 says that the transaction is rolled back, not only the statement:
	 * the victim of a deadlock, for one.
	 */
	private boolean rollsBackAll(SQLException failure) throws SQLException {
		String state = failure.getSQLState();
		return (state != null && state.startsWith("40"))
				|| (failure.getErrorCode() == MYSQL_LOCK_WAIT_TIMEOUT && isRolledBackOnTimeout());
	}

	private boolean isRolledBackOnTimeout() throws SQLException {
		DatabaseDriver database = database(this.pooled);
		if (database != DatabaseDriver.MYSQL && database != DatabaseDriver.MARIADB) {
			return false;
		}
		try (Statement statement = this.pooled.createStatement();
				ResultSet setting = statement.executeQuery("select @@innodb_rollback_on_timeout")) {
			return setting.next() && setting.getBoolean(1);
		}
	}

}
