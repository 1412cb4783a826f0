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

package io.transactionscope.pool;

import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariCredentialsProvider;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import com.zaxxer.hikari.util.Credentials;
import io.transactionscope.pool.inquiry.DatabaseInquiry;
import io.transactionscope.pool.inquiry.JdbcSession;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

/**
 * A pool of HikariCP.
 *
 * @since 0.1.0
 */
public final class WatchedHikariPool extends WatchedPool {

	/** As many tests are enough to be seen. */
	private static final int MOST_TESTS = 100;

	private static final @Nullable Field LATEST_FAILURE = findLatestFailure();

	private final HikariDataSource dataSource;

	private final PoolLedger.Source source;

	/**
	 * Not volatile: it is the same whoever finds it, and all that it has is safe to be
	 * read by who has not synchronized with whoever found it.
	 */
	private @Nullable HikariPool started;

	WatchedHikariPool(HikariDataSource dataSource, PoolLedger.Source source, PoolSettings settings) {
		super(settings);
		this.dataSource = dataSource;
		this.source = source;
	}

	HikariDataSource dataSource() {
		return this.dataSource;
	}

	/**
	 * Get a connection as the pool lends it, which it starts for the first one.
	 */
	Connection lend() throws SQLException {
		return this.source.getConnection();
	}

	/**
	 * Return the pool behind the data source, or {@code null} as long as it has not been
	 * started.
	 */
	@Nullable HikariPool started() {
		HikariPool pool = this.started;
		if (pool == null) {
			pool = (this.dataSource.getHikariPoolMXBean() instanceof HikariPool running) ? running : null;
			this.started = pool;
		}
		return pool;
	}

	@Override
	protected String name() {
		return Printable.of(Objects.requireNonNullElse(this.dataSource.getPoolName(), "HikariPool"));
	}

	@Override
	protected State state() {
		if (this.dataSource.isClosed()) {
			return State.CLOSED;
		}
		HikariPool pool = started();
		if (pool == null) {
			return State.NOT_STARTED;
		}
		return (pool.poolState == HikariPool.POOL_SUSPENDED) ? State.SUSPENDED : State.RUNNING;
	}

	@Override
	protected @Nullable Throwable connectFailure() {
		HikariPool pool = started();
		return (pool != null) ? failureOf(pool) : null;
	}

	@Override
	protected int maximum() {
		return this.dataSource.getMaximumPoolSize();
	}

	@Override
	protected Duration patience() {
		return Duration.ofMillis(this.dataSource.getConnectionTimeout());
	}

	@Override
	protected int total() {
		HikariPool pool = started();
		return (pool != null) ? pool.getTotalConnections() : 0;
	}

	@Override
	protected int active() {
		HikariPool pool = started();
		return (pool != null) ? pool.getActiveConnections() : 0;
	}

	@Override
	protected int idle() {
		HikariPool pool = started();
		return (pool != null) ? pool.getIdleConnections() : 0;
	}

	@Override
	protected int waiting() {
		HikariPool pool = started();
		return (pool != null) ? pool.getThreadsAwaitingConnection() : 0;
	}

	/**
	 * They show in the stacks of the threads that have asked for a connection.
	 */
	@Override
	protected int tested() {
		HikariPool pool = started();
		if (pool == null) {
			return 0;
		}
		Stream<List<StackTraceElement>> waiters = LedgerEntry.of(this)
			.stream()
			.filter(LedgerEntry::isWaiting)
			.map((entry) -> entry.borrower().activity());
		Stream<List<StackTraceElement>> aside = Aside.asking(pool)
			.stream()
			.map((thread) -> List.of(thread.getStackTrace()));
		return (int) Stream.concat(aside, waiters).limit(MOST_TESTS).filter(Frames::testsConnection).count();
	}

	@Override
	protected DatabaseInquiry.Session openToAsk() throws SQLException {
		return new JdbcSession(open());
	}

	/**
	 * Open a connection that is none of the pool's, as HikariCP does it, whatever it was
	 * configured with: a URL, the class of a data source, or one that there is, and
	 * credentials that may change.
	 * @return the connection, which is closed by the caller
	 * @throws SQLException if it cannot be opened
	 */
	public Connection open() throws SQLException {
		return open(this.dataSource, started());
	}

	static Connection open(HikariDataSource dataSource, @Nullable HikariPool pool) throws SQLException {
		DataSource driver = (pool != null) ? pool.getUnwrappedDataSource() : null;
		if (driver == null) {
			throw new SQLTransientConnectionException("%s has not been started".formatted(dataSource.getPoolName()));
		}
		HikariCredentialsProvider provider = dataSource.getCredentialsProvider();
		Credentials credentials = (provider != null) ? provider.getCredentials() : dataSource.getCredentials();
		return (credentials.getUsername() != null)
				? driver.getConnection(credentials.getUsername(), credentials.getPassword()) : driver.getConnection();
	}

	/**
	 * Let go of a lent connection, which nobody is to get any more.
	 * @param lent the connection as the pool has lent it
	 */
	public void evict(Connection lent) {
		this.dataSource.evictConnection(Objects.requireNonNull(lent, "lent must not be null"));
	}

	/**
	 * HikariCP tells what its latest attempt failed with only to those whose wait it
	 * ends, and forgets it with the next success.
	 */
	private static @Nullable Throwable failureOf(HikariPool pool) {
		try {
			return (LATEST_FAILURE != null && LATEST_FAILURE.get(pool) instanceof AtomicReference<?> latest
					&& latest.get() instanceof Throwable failure) ? failure : null;
		}
		catch (IllegalAccessException ex) {
			return null;
		}
	}

	private static @Nullable Field findLatestFailure() {
		try {
			Field field = HikariPool.class.getSuperclass().getDeclaredField("lastConnectionFailure");
			field.setAccessible(true);
			return field;
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			// Those whose wait is ended hear of it all the same.
			return null;
		}
	}

}
