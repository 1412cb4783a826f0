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

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.transactionscope.pool.report.Holder;
import io.transactionscope.pool.report.Lease;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.report.PoolSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of one pool: who holds its connections and who waits for one, what the
 * scopes use them for, and what went wrong lately. It is kept by the
 * {@code TrackedDataSource} in front of the pool.
 *
 * <p>
 * None of the methods borrows a connection or asks the database for anything. All of them
 * may be called from any thread at any time.
 */
public final class PoolLedger implements AutoCloseable {

	private static final long PRESSURE_NANOS = Duration.ofSeconds(1).toNanos();

	private final HikariDataSource hikari;

	private final PoolSettings settings;

	private final InstantSource clock;

	private final Slots slots = new Slots();

	private final Statistics statistics;

	private final Admission admission;

	private final Reports reports;

	private final LeaseWatch watch;

	private @Nullable HikariPool started;

	// Until when every lease is timed, because threads have been waiting.
	private volatile long pressureUntil = System.nanoTime();

	/**
	 * Open the ledger of a pool. It ends with the pool, or when it is closed.
	 * @param pool the pool, which need not have been started
	 * @param settings how the ledger behaves
	 */
	public PoolLedger(HikariDataSource pool, PoolSettings settings) {
		this(pool, settings, InstantSource.system());
	}

	/**
	 * Open the ledger of a pool. It ends with the pool, or when it is closed.
	 * @param pool the pool, which need not have been started
	 * @param settings how the ledger behaves
	 * @param clock tells the time of snapshots and reports
	 */
	public PoolLedger(HikariDataSource pool, PoolSettings settings, InstantSource clock) {
		this.hikari = Objects.requireNonNull(pool, "pool must not be null");
		this.settings = Objects.requireNonNull(settings, "settings must not be null");
		this.clock = Objects.requireNonNull(clock, "clock must not be null");
		this.statistics = new Statistics(this.slots, settings);
		this.admission = new Admission(settings);
		this.reports = new Reports(this, settings.reports());
		this.watch = new LeaseWatch(this);
		this.watch.start();
	}

	/**
	 * Return the name of the pool.
	 */
	public String pool() {
		return Objects.requireNonNullElse(this.hikari.getPoolName(), "HikariPool");
	}

	/**
	 * Return who holds connections and who waits at this moment, and the figures. Cheap
	 * enough to be asked for every second.
	 */
	public PoolSnapshot snapshot() {
		return snapshot(System.nanoTime());
	}

	/**
	 * Return what {@link #snapshot()} says, what the holders are doing, and what is the
	 * matter if somebody waits. Takes the stacks of all holders, which costs some ten
	 * microseconds for each.
	 */
	public PoolReport report() {
		return this.reports.onRequest();
	}

	/**
	 * Return the reports on the latest waits that ended without a connection, the latest
	 * first. At most {@link PoolSettings#reports()} are kept; of several within a tenth
	 * of a second that have the same trigger, the first.
	 */
	public List<PoolReport> reports() {
		return this.reports.latestFirst();
	}

	/**
	 * Return what a holder is doing at this moment.
	 * @param lease the {@link Lease#id() id} of its lease
	 * @return the lease and the stack of its thread, empty if the connection is back
	 */
	public Optional<Holder> holder(String lease) {
		Objects.requireNonNull(lease, "lease must not be null");
		long now = System.nanoTime();
		return leases().stream()
			.filter((entry) -> entry.id().equals(lease))
			.findFirst()
			.map((entry) -> entry.toHolder(now));
	}

	/**
	 * Stop watching the leases. Connections are lent as before.
	 */
	@Override
	public void close() {
		this.watch.close();
	}

	/**
	 * Ask the pool, which waits for {@code connectionTimeout}.
	 */
	Connection ask(LedgerEntry entry) throws SQLException {
		try {
			return this.hikari.getConnection();
		}
		catch (SQLTransientConnectionException ex) {
			// As long as it is starting, the pool throws what the driver has thrown.
			throw (startedPool() != null) ? this.reports.turnAway(entry, Trigger.CONNECTION_TIMEOUT, ex) : ex;
		}
	}

	PoolSnapshot snapshot(long now) {
		List<LedgerEntry> entries = this.slots.entries();
		HikariPool pool = startedPool();
		return new PoolSnapshot(pool(), this.clock.instant(), state(pool), this.hikari.getMaximumPoolSize(),
				(pool != null) ? pool.getTotalConnections() : 0, (pool != null) ? pool.getActiveConnections() : 0,
				(pool != null) ? pool.getIdleConnections() : 0,
				(pool != null) ? pool.getThreadsAwaitingConnection() : 0,
				entries.stream().filter(LedgerEntry::isLent).map((entry) -> entry.toLease(now)).toList(),
				entries.stream().filter(LedgerEntry::isWaiting).map((entry) -> entry.toWaiter(now)).toList(),
				this.statistics.scopes(now), this.reports.events(this.watch.leaks()),
				sinceDatabaseAnswered(entries, now));
	}

	private PoolSnapshot.State state(@Nullable HikariPool pool) {
		if (isOfClosedPool()) {
			return PoolSnapshot.State.CLOSED;
		}
		if (pool == null) {
			return PoolSnapshot.State.NOT_STARTED;
		}
		return (pool.poolState == HikariPool.POOL_SUSPENDED) ? PoolSnapshot.State.SUSPENDED
				: PoolSnapshot.State.RUNNING;
	}

	private @Nullable Duration sinceDatabaseAnswered(List<LedgerEntry> entries, long now) {
		long shortest = Long.MAX_VALUE;
		for (Slot slot : this.slots.all()) {
			shortest = Math.min(shortest, slot.sinceDatabaseAnswered(now));
		}
		for (LedgerEntry entry : entries) {
			shortest = Math.min(shortest, entry.sinceDatabaseAnswered(now));
		}
		return (shortest != Long.MAX_VALUE) ? Duration.ofNanos(Math.max(0, shortest)) : null;
	}

	/**
	 * Return the entries whose connection is one of the pool's at this moment.
	 */
	List<LedgerEntry> leases() {
		return this.slots.entries().stream().filter(LedgerEntry::isLent).toList();
	}

	/**
	 * Return how many connections are lent of which the ledger knows nothing.
	 */
	int unknown() {
		HikariPool pool = startedPool();
		return (pool != null) ? Math.max(0, pool.getActiveConnections() - leases().size()) : 0;
	}

	/**
	 * Return whether the pool has so many connections and no other, and can have no more.
	 */
	boolean isUsedUpBy(int connections) {
		HikariPool pool = startedPool();
		return pool != null && pool.poolState == HikariPool.POOL_NORMAL
				&& pool.getTotalConnections() >= this.hikari.getMaximumPoolSize()
				&& pool.getTotalConnections() <= connections;
	}

	/**
	 * Notice if threads wait for the connection that is about to come back.
	 */
	void noticePressure() {
		HikariPool pool = startedPool();
		// The pool counts as waiting who looks for a free connection, too.
		if (pool != null && pool.getThreadsAwaitingConnection() > 0 && pool.getIdleConnections() == 0) {
			feelPressure();
		}
	}

	void feelPressure() {
		this.pressureUntil = System.nanoTime() + PRESSURE_NANOS;
	}

	boolean isUnderPressureSince(long moment) {
		return this.pressureUntil - moment > 0;
	}

	/**
	 * Return the pool behind the data source, or {@code null} as long as it has not been
	 * started.
	 */
	@Nullable HikariPool startedPool() {
		HikariPool pool = this.started;
		if (pool == null) {
			pool = (this.hikari.getHikariPoolMXBean() instanceof HikariPool running) ? running : null;
			this.started = pool;
		}
		return pool;
	}

	boolean isOfClosedPool() {
		return this.hikari.isClosed();
	}

	/**
	 * Return the pool itself.
	 */
	public HikariDataSource hikari() {
		return this.hikari;
	}

	PoolSettings settings() {
		return this.settings;
	}

	Slots slots() {
		return this.slots;
	}

	Statistics statistics() {
		return this.statistics;
	}

	Admission admission() {
		return this.admission;
	}

	Reports reporting() {
		return this.reports;
	}

	LeaseWatch watch() {
		return this.watch;
	}

}
