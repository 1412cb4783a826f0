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

package io.transactionscope.resolution;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

import javax.sql.DataSource;

import io.transactionscope.engine.CommitFailure;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.tracked.CommitNotSentException;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what became of a transaction on a JDBC connection whose COMMIT was not
 * answered.
 *
 * @since 0.1.0
 */
public final class CommitResolution {

	private final @Nullable TransactionMark mark;

	private final PoolLedger.Source connections;

	private CommitResolution(@Nullable TransactionMark mark, PoolLedger.Source connections) {
		this.mark = mark;
		this.connections = connections;
	}

	/**
	 * Note which transaction is about to be committed, which costs a round trip.
	 * @param connection where COMMIT will be sent, or a handle on it
	 * @param dataSource where that was borrowed
	 * @return what can resolve the COMMIT, or {@code null} where that is not possible:
	 * with another database, or an older one, or where nothing has been sent
	 * @throws SQLException if the question fails, and with it the transaction: with what
	 * the server has refused, as it would have refused the COMMIT, or a
	 * {@link CommitNotSentException} if the link is lost, or anything else has failed
	 */
	public static @Nullable CommitResolution prepare(Connection connection, DataSource dataSource) throws SQLException {
		Objects.requireNonNull(connection, "connection must not be null");
		Objects.requireNonNull(dataSource, "dataSource must not be null");
		try {
			PoolLedger.Source connections = TrackedDataSource.fresh(connection, RoutedDataSource.target(dataSource));
			if (connections == null || !isSupported(connection.getMetaData())) {
				return null;
			}
			return new CommitResolution(TransactionMark.of(ask(connection, TransactionMark.QUESTION)), connections);
		}
		catch (SQLException ex) {
			if (CommitFailure.isLinkLost(ex)) {
				throw new CommitNotSentException(
						"the link was lost as the transaction was noted, so that its outcome can be resolved", ex);
			}
			if (isSilent(ex)) {
				throw notNoted(ex);
			}
			throw isRefusal(ex.getSQLState()) ? ex : new SQLException(
					"The server does not tell what resolveCommit() and transaction-scope.commit.resolve have to know, as PostgreSQL 15 and newer do: switch them off. (%s)"
						.formatted(ex.getMessage()),
					ex.getSQLState(), ex);
		}
		catch (RuntimeException | Error ex) {
			throw notNoted(ex);
		}
	}

	/**
	 * Whether nothing in it tells that it was not the COMMIT that failed: as what a pool
	 * says that was closed meanwhile.
	 */
	private static boolean isSilent(SQLException failure) {
		return CommitFailure.outcomeOf(failure) == TransactionOutcome.UNKNOWN && CommitFailure.ended(failure) == null;
	}

	private static CommitNotSentException notNoted(Throwable cause) {
		return new CommitNotSentException("the transaction could not be noted, so that its outcome can be resolved (%s)"
			.formatted(cause.getMessage()), cause);
	}

	/** Rather than that the question cannot be asked of this server, or by this role. */
	private static boolean isRefusal(@Nullable String state) {
		return state == null || !(state.startsWith("42") || state.startsWith("0A"));
	}

	private static boolean isSupported(DatabaseMetaData database) throws SQLException {
		return TransactionMark.isKnownTo(database.getDatabaseProductName(), database.getDatabaseMajorVersion());
	}

	/**
	 * Ask what became of the transaction, as its COMMIT was not answered, until that is
	 * known, for as long as the deadline of the thread allows, but at least a moment. It
	 * never fails.
	 * @param scope the name of the scope or transaction
	 * @param failure what the COMMIT failed with; takes why it could not be resolved
	 * @return what became of it
	 */
	public TransactionOutcome resolve(String scope, Throwable failure) {
		Objects.requireNonNull(scope, "scope must not be null");
		Objects.requireNonNull(failure, "failure must not be null");
		try {
			return verdict(scope).tell(scope, failure);
		}
		catch (Throwable ex) {
			// Such as that there is little stack left.
			Failures.suppress(failure, ex);
			return TransactionOutcome.UNKNOWN;
		}
	}

	private Verdict verdict(String scope) {
		if (this.mark == null) {
			return Verdict.nothingWritten();
		}
		return new CommitInquiry(this.mark, this.connections, ResolutionTime.until(Borrower.current().deadline()))
			.await(scope);
	}

	/** Return the one row of an answer, empty if there is none. */
	static Map<String, @Nullable String> ask(Connection connection, String question) throws SQLException {
		Map<String, @Nullable String> row = new HashMap<>();
		// Prepared, as the driver has the server keep what it has planned.
		try (PreparedStatement statement = connection.prepareStatement(question);
				ResultSet answer = statement.executeQuery()) {
			if (answer.next()) {
				for (int i = 1; i <= answer.getMetaData().getColumnCount(); i++) {
					row.put(answer.getMetaData().getColumnLabel(i), answer.getString(i));
				}
			}
		}
		return row;
	}

}
