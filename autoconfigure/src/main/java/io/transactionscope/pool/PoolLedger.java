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
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.figures.CpuMeter;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.Refusal;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.LeaseRecorder;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of one pool: who holds its connections and who waits for one, what the
 * scopes use them for, and what went wrong lately. It is kept by the {@code TrackedPool}:
 * by the pool itself, or by what stands in front of it.
 *
 * <pre class="code">
 * PoolSnapshot now = ledger.snapshot();
 * for (Lease lease : now.leases()) {
 *     log.info("{} has had a connection for {}: {}", lease.scope(), lease.age(), lease.phase());
 * }
 * </pre>
 *
 * <p>
 * None of the methods that look at the pool borrows a connection, and none but
 * {@link #report()}, {@link #glance()} and {@link #diagnosis()} asks the database for
 * anything. All of them may be called from any thread at any time.
 *
 * @since 0.1.0
 */
public final class PoolLedger implements AutoCloseable {

	private final WatchedPool pool;

	private final LeaseWatch watch;

	private final Reports reports;

	private final Drought drought;

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
		this(pool, settings, clock, CpuMeter.loadOfThisMachine());
	}

	/**
	 * Open the ledger of a pool whose data source keeps it itself.
	 * @param pool the pool, which need not have been started
	 * @param source lends the pool's connections past the ledger
	 * @param settings how the ledger behaves
	 */
	public PoolLedger(HikariDataSource pool, Source source, PoolSettings settings) {
		this(pool, source, settings, InstantSource.system(), CpuMeter.loadOfThisMachine());
	}

	PoolLedger(HikariDataSource pool, PoolSettings settings, InstantSource clock, DoubleSupplier cpuLoad) {
		this(pool, Objects.requireNonNull(pool, "pool must not be null")::getConnection, settings, clock, cpuLoad);
	}

	private PoolLedger(HikariDataSource pool, Source source, PoolSettings settings, InstantSource clock,
			DoubleSupplier cpuLoad) {
		this(new WatchedHikariPool(Objects.requireNonNull(pool, "pool must not be null"),
				Objects.requireNonNull(source, "source must not be null"),
				Objects.requireNonNull(settings, "settings must not be null")),
				Objects.requireNonNull(clock, "clock must not be null"), cpuLoad);
	}

	private PoolLedger(WatchedPool pool, InstantSource clock, DoubleSupplier cpuLoad) {
		this.pool = pool;
		this.watch = new LeaseWatch(this.pool, cpuLoad);
		this.reports = new Reports(this.pool, this.watch, clock);
		this.watch.start();
		this.drought = new Drought(this.pool, this.watch, this.reports);
		this.drought.start();
	}

	/**
	 * {@return the ledger of a pool of whatever kind, which ends with the pool, or when
	 * it is closed: for who watches pools of that kind}
	 * @param pool the pool
	 */
	public static PoolLedger of(WatchedPool pool) {
		return new PoolLedger(Objects.requireNonNull(pool, "pool must not be null"), InstantSource.system(),
				CpuMeter.loadOfThisMachine());
	}

	/**
	 * Have something else name those who borrow in no scope, and in no transaction that
	 * has a name. They are {@code unnamed} otherwise.
	 * @param occasion knows what a thread does then
	 */
	public void nameUnscopedBy(Borrower.Occasion occasion) {
		this.pool.occasion(Objects.requireNonNull(occasion, "occasion must not be null"));
	}

	/**
	 * {@return the name of the pool}
	 */
	public String pool() {
		return this.pool.name();
	}

	/**
	 * {@return how long the pool lets everybody wait for a connection: a year if it sets
	 * no bound}
	 */
	public Duration patience() {
		return this.pool.patience();
	}

	/**
	 * {@return who holds connections and who waits at this moment, and the figures} Cheap
	 * enough to be asked for every second.
	 */
	public PoolSnapshot snapshot() {
		return this.reports.snapshot(System.nanoTime());
	}

	/**
	 * {@return what has happened since the ledger was opened, which costs nothing}
	 */
	public PoolSnapshot.Events events() {
		return this.reports.events();
	}

	/**
	 * {@return what {@link #snapshot()} says, what the holders are doing, and what is the
	 * matter if somebody waits} Takes the stacks of all holders, which costs some ten
	 * microseconds for each. If somebody waits while statements take long, the database
	 * is asked why, unless {@link PoolSettings#inquiry()} is off, and its answer is
	 * awaited for half a second at most.
	 */
	public PoolReport report() {
		return this.reports.onRequest();
	}

	/**
	 * {@return what {@link #report()} says, with the stacks of the holders, and what the
	 * database says, only if somebody waits: for who looks at the pool again and again,
	 * and wants its figures and what is the matter to be of one moment}
	 */
	public PoolReport glance() {
		return this.reports.atAGlance();
	}

	/**
	 * {@return what is the matter with the pool} Takes the stacks of the holders, and
	 * asks the database as {@link #report()} does, only if somebody waits.
	 */
	public Diagnosis diagnosis() {
		return glance().diagnosis();
	}

	/**
	 * {@return the reports on the latest waits that ended without a connection, the
	 * latest first} Those of one reason in one incident are a group, of which the first
	 * report is kept; at most {@link PoolSettings#reports()} groups are.
	 */
	public List<ReportGroup> reports() {
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
		return LedgerEntry.lentBy(this.pool)
			.stream()
			.filter((entry) -> entry.id().equals(lease))
			.findFirst()
			.map(new Look(now)::holder);
	}

	/**
	 * Say how many connections the database has room for in this pool, which no advice on
	 * its size exceeds then.
	 * @param connections how many the database allows that nobody else may take
	 */
	public void databaseHasRoomFor(int connections) {
		this.pool.hasRoomFor(connections);
	}

	/**
	 * Have each wait and each lease told that is asked for from now on, as it ends. Each
	 * is timed then, whatever {@link PoolSettings#sampling()} says.
	 * @param recorder who is told
	 */
	public void record(LeaseRecorder recorder) {
		Objects.requireNonNull(recorder, "recorder must not be null");
		this.pool.statistics().record(recorder);
	}

	/**
	 * Stop watching the leases. Connections are lent as before.
	 */
	@Override
	public void close() {
		this.drought.stop();
		this.reports.close();
		this.watch.close();
	}

	/**
	 * Get the connection that an entry has asked for, by the rules of this ledger: for
	 * the data source that keeps it.
	 * @param entry the entry, which waits in this ledger
	 * @param borrower the current thread's borrower, whose entry it is
	 * @return the connection, which the caller is to tell the entry of
	 * @throws SQLException if there is no connection
	 */
	public Connection acquire(LedgerEntry entry, Borrower borrower) throws SQLException {
		Objects.requireNonNull(entry, "entry must not be null");
		Objects.requireNonNull(borrower, "borrower must not be null");
		Connection connection = Acquisition.acquire(ofHikari(), this.reports, this.watch.deadlocks(), entry, borrower);
		if (borrower.isWatched()) {
			tell(Objects.requireNonNull(borrower.watch()), connection);
		}
		return connection;
	}

	/** Nobody has the connection yet who would give it back. */
	private static void tell(Borrower.Watch watch, Connection connection) {
		try {
			watch.borrows();
		}
		catch (Throwable ex) {
			try {
				connection.close();
			}
			catch (SQLException closing) {
				ex.addSuppressed(closing);
			}
			throw ex;
		}
	}

	/**
	 * {@return whether it is the ledger of one of HikariCP's pools}
	 */
	public boolean isOfHikari() {
		return this.pool instanceof WatchedHikariPool;
	}

	/**
	 * {@return the pool}
	 * @throws IllegalStateException if it is none of HikariCP's
	 */
	public HikariDataSource hikari() {
		return ofHikari().dataSource();
	}

	private WatchedHikariPool ofHikari() {
		if (this.pool instanceof WatchedHikariPool hikari) {
			return hikari;
		}
		throw new IllegalStateException("%s is no pool of HikariCP".formatted(this.pool.name()));
	}

	/**
	 * Report on the wait of an entry that has ended without a connection: for who lends
	 * the pool's connections. To be called before the entry leaves the ledger, and on a
	 * thread that may wait for the database's answer.
	 * @param entry the entry, which waits in this ledger
	 * @param trigger what has ended the wait
	 * @param cause what the pool says, if it was asked
	 * @return what the borrower is to be told
	 */
	public Refusal turnAway(LedgerEntry entry, PoolReport.Trigger trigger, @Nullable Throwable cause) {
		Objects.requireNonNull(entry, "entry must not be null");
		Objects.requireNonNull(trigger, "trigger must not be null");
		return this.reports.turnAway(entry, trigger, cause,
				(trigger == PoolReport.Trigger.CONNECT_FAILURE) ? cause : null);
	}

	/**
	 * Have the wait of an entry ended if it is, or becomes, a part of a deadlock, as its
	 * borrower holds a connection: for who lends the pool's connections. Waits for
	 * nothing.
	 * @param entry the entry, which waits in this ledger
	 * @param ended is called once in that case, at once or on the ledger's own thread,
	 * and has to return soon; by then, the entry has to have left the ledger, unless the
	 * connection has come at that very moment
	 * @return to be run once the wait is over
	 */
	public Runnable breakDeadlock(LedgerEntry entry, Consumer<SelfDeadlock> ended) {
		Objects.requireNonNull(entry, "entry must not be null");
		Objects.requireNonNull(ended, "ended must not be null");
		Deadlock.Watch deadlocks = this.watch.deadlocks();
		Deadlock.Watch.Wait<Object> wait = deadlocks.begin(entry);
		wait.answer().exceptionally((failure) -> {
			Deadlock deadlock = wait.deadlock();
			if (deadlock != null) {
				ended.accept(deadlock.diagnosis());
			}
			return entry;
		});
		deadlocks.end(this.pool, wait);
		return () -> {
			wait.answer().complete(entry);
			deadlocks.end(wait);
		};
	}

	/**
	 * Report on a deadlock that the wait of an entry was ended for.
	 * @param entry the entry
	 * @param deadlock the deadlock
	 * @return what the borrower is to be told
	 */
	public Refusal deadlocked(LedgerEntry entry, SelfDeadlock deadlock) {
		Objects.requireNonNull(entry, "entry must not be null");
		Objects.requireNonNull(deadlock, "deadlock must not be null");
		return this.reports.deadlocked(entry, deadlock, true);
	}

	/**
	 * {@return whether a newcomer that holds no connection would be one too many in the
	 * queue, by {@link PoolSettings#maxWaiting()}}
	 */
	public boolean isQueueFull() {
		return this.pool.idle() == 0 && this.pool.admission().isQueueFull(this.pool.waiting());
	}

	/**
	 * {@return whether a newcomer that holds no connection is to wait no longer than
	 * {@link PoolSettings#waitTarget()}}
	 */
	public boolean isOverloaded() {
		return this.pool.admission().isOverloaded(this.pool.waiting(), System.nanoTime());
	}

	/**
	 * {@return what the ledger is about: for the data source that keeps it}
	 */
	public WatchedPool watched() {
		return this.pool;
	}

	/**
	 * {@return the calls elsewhere of those who hold the pool's connections: for who
	 * notices them}
	 */
	public RemoteCalls calls() {
		return this.pool.calls();
	}

	/**
	 * Open a connection to the database of a pool, outside of it, and whether or not it
	 * has a ledger.
	 * @param pool the pool, which has been started
	 * @return a connection that is closed by the caller
	 * @throws SQLException if it cannot be opened
	 */
	public static Connection openBeside(HikariDataSource pool) throws SQLException {
		Objects.requireNonNull(pool, "pool must not be null");
		return WatchedHikariPool.open(pool,
				(pool.getHikariPoolMXBean() instanceof HikariPool running) ? running : null);
	}

	boolean isOfClosedPool() {
		return this.pool.state() == PoolSnapshot.State.CLOSED;
	}

	/**
	 * Lends the connections of a pool, without entering them in its ledger.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Source {

		/**
		 * {@return a connection of the pool, which is started before if need be}
		 * @throws SQLException if there is none
		 */
		Connection getConnection() throws SQLException;

	}

}
