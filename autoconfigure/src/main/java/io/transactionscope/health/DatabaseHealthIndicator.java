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

package io.transactionscope.health;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.tracked.TrackedPool;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Tells whether a database answers, without waiting for a connection that nobody can
 * give.
 *
 * <p>
 * If the database has answered the application in the last five seconds, it is
 * {@code UP}, and is not asked. Otherwise it is asked over a connection from its pool,
 * for which this waits at most one second, and is {@code UP} or {@code DOWN}. If the pool
 * is dry, so that nobody knows, the status is {@code UNKNOWN}, which answers with 200:
 * {@link PoolHealthIndicator} tells what is the matter.
 *
 * @since 0.1.0
 */
public final class DatabaseHealthIndicator extends AbstractHealthIndicator {

	private static final Duration FRESH = Duration.ofSeconds(5);

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private static final String NAME = "database health";

	private final TrackedPool dataSource;

	/**
	 * Create an indicator.
	 * @param dataSource the database and its pool
	 */
	public DatabaseHealthIndicator(TrackedPool dataSource) {
		super("The database could not be asked for its health");
		this.dataSource = Objects.requireNonNull(dataSource, "dataSource must not be null");
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) throws SQLException {
		PoolSnapshot snapshot = this.dataSource.ledger().snapshot();
		Duration since = snapshot.sinceDatabaseAnswered();
		if (since != null && since.compareTo(FRESH) < 0) {
			builder.up().withDetail("sinceAnswered", since.truncatedTo(ChronoUnit.MILLIS).toString());
		}
		else if (isDry(snapshot)) {
			notAsked(builder, snapshot);
		}
		else {
			ask(builder);
		}
	}

	private void ask(Health.Builder builder) throws SQLException {
		Borrower borrower = Borrower.current();
		String name = borrower.exchangeName(NAME);
		long deadline = borrower.exchangeDeadline(System.nanoTime() + PATIENCE.toNanos());
		try (Connection connection = this.dataSource.getConnection()) {
			boolean valid = connection.isValid((int) PATIENCE.toSeconds());
			builder.status(valid ? "UP" : "DOWN").withDetail("validationQuery", "isValid()");
			if (valid) {
				builder.withDetail("database", connection.getMetaData().getDatabaseProductName());
			}
		}
		catch (PoolExhaustedException ex) {
			if (!isDry(ex.report().snapshot())) {
				throw ex;
			}
			notAsked(builder, ex.report().snapshot());
		}
		finally {
			borrower.exchangeDeadline(deadline);
			borrower.exchangeName(name);
		}
	}

	private static boolean isDry(PoolSnapshot snapshot) {
		return switch (snapshot.state()) {
			case SUSPENDED -> true;
			case RUNNING -> snapshot.idle() == 0 && snapshot.total() >= snapshot.maximum();
			case NOT_STARTED, CLOSED -> false;
		};
	}

	private static void notAsked(Health.Builder builder, PoolSnapshot snapshot) {
		Duration since = snapshot.sinceDatabaseAnswered();
		builder.unknown().withDetail("reason", "The database was not asked: the pool has no connection to give");
		if (since != null) {
			builder.withDetail("sinceAnswered", since.truncatedTo(ChronoUnit.MILLIS).toString());
		}
	}

}
