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

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.LedgerEntry;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.RemainingTime;
import io.transactionscope.pool.WatchedHikariPool;
import io.transactionscope.pool.inquiry.ServerProcesses;
import io.transactionscope.pool.snapshot.ServerProcess;
import org.jspecify.annotations.Nullable;

/**
 * One of the pool's connections on its way to a borrower and back: what its statements do
 * is told to the ledger, and keeps to the deadline of the thread that uses it.
 */
abstract class TrackedLease extends LedgerEntry {

	/**
	 * The connections that let one thread at a time ask them anything, a statement or
	 * whether they are closed: MySQL's to several hosts, and those of Amazon's driver.
	 */
	private static final List<String> ONE_AT_A_TIME = List.of("com.mysql.cj.jdbc.ha.", "software.amazon.jdbc.");

	// The pool's own, which is there from the moment that the borrower gets this one.
	@SuppressWarnings("NullAway.Init")
	private Connection pooled;

	private @Nullable DeadlineLimits limits;

	private @Nullable Extras extras;

	/**
	 * Ask for a connection.
	 */
	TrackedLease(PoolLedger ledger, Borrower borrower) {
		super(ledger.watched(), borrower);
	}

	/**
	 * Wait for what was asked for, and receive it.
	 */
	final void receive(PoolLedger ledger, Borrower borrower) throws SQLException {
		Connection pooled = ledger.acquire(this, borrower);
		this.pooled = pooled;
		try {
			learnFrom(pooled);
			lease();
		}
		catch (Error ex) {
			try (pooled) {
				throw ex;
			}
		}
	}

	/** Go without, unless it has been received. */
	final void giveUp() {
		giveUpIfWaiting();
	}

	/** The connection as its borrower has it. */
	abstract Connection connection();

	/** The pool's own, whose use is not noticed. */
	public final Connection delegate() {
		return this.pooled;
	}

	/**
	 * Return the pool's own connection, which waits for an answer until the deadline and
	 * little longer.
	 */
	final Connection limited() {
		RemainingTime remaining = remaining();
		if (remaining != null) {
			limits().limitNetwork(remaining);
		}
		else {
			liftNetworkLimit();
		}
		return this.pooled;
	}

	/** Return whether the deadline has a say in how long answers are waited for. */
	final boolean isLimited() {
		return this.limits != null && user().hasDeadline();
	}

	final @Nullable DeadlineLimits limitsIfAny() {
		return this.limits;
	}

	final DeadlineLimits limits() {
		DeadlineLimits limits = this.limits;
		if (limits == null) {
			limits = new DeadlineLimits(this.pooled, this::schedule);
			this.limits = limits;
		}
		return limits;
	}

	final void liftNetworkLimit() {
		if (this.limits != null) {
			this.limits.liftNetwork();
		}
	}

	final Borrower user() {
		return (borrower() instanceof Borrower borrower && borrower.isCurrentThread()) ? borrower : Borrower.current();
	}

	private @Nullable RemainingTime remaining() {
		Borrower user = user();
		return user.hasDeadline() ? RemainingTime.of(user) : null;
	}

	/**
	 * Prepare a statement that has just been created for its use.
	 */
	final <S extends Statement> S prepared(S statement) throws SQLException {
		noticeUser();
		RemainingTime remaining = remaining();
		if (remaining != null || (this.limits != null && this.limits.isQueryTimeoutTouched())) {
			try {
				limits().limitCreated(statement, remaining);
			}
			catch (SQLException ex) {
				try (statement) {
					throw ex;
				}
			}
		}
		return statement;
	}

	/**
	 * Set a statement's query timeout, to no more than the deadline leaves.
	 */
	final void setQueryTimeout(Statement statement, int seconds) throws SQLException {
		limits().setQueryTimeout(statement, seconds, remaining());
	}

	/**
	 * Take notice of the execution of a statement, which is limited to the time until the
	 * deadline.
	 */
	final void beginStatement(Statement statement, @Nullable String sql) throws SQLException {
		requireNotGivenBack();
		if (sql != null && isInScope() && TransactionControl.isSuspect(sql)) {
			interference().sends(sql);
		}
		Borrower user = user();
		if (user.hasDeadline()) {
			limits().limitStatement(statement, RemainingTime.require(user, "The statement was not sent"));
		}
		else {
			liftNetworkLimit();
		}
		if (user.isWatched()) {
			watched(Objects.requireNonNull(user.watch()), statement);
		}
		beginStatement(sql);
	}

	private void watched(Borrower.Watch watch, Statement statement) throws SQLException {
		try {
			watch.sends(limits().cancellation(statement));
		}
		catch (SQLException ex) {
			limits().statementEnded();
			throw ex;
		}
		extras().watch = watch;
	}

	/** Let nobody interrupt the wait for what is sent next, until it is answered. */
	final void awaitsEnd() {
		Borrower user = user();
		if (user.isWatched()) {
			Borrower.Watch watch = Objects.requireNonNull(user.watch());
			watch.awaitsEnd();
			extras().watch = watch;
		}
	}

	final void answered() {
		Extras extras = this.extras;
		Borrower.Watch watch = (extras != null) ? extras.watch : null;
		if (extras != null && watch != null) {
			extras.watch = null;
			watch.answered();
		}
	}

	/**
	 * Take notice of something else that is sent, which is limited in the same way.
	 * @param what for people who ask what the connection is used for
	 */
	final void sends(String what) throws SQLException {
		requireNotGivenBack();
		Borrower user = user();
		if (user.hasDeadline()) {
			limits().limitNetwork(RemainingTime.require(user, what + " was not sent"));
		}
		else {
			liftNetworkLimit();
		}
		beginStatement(what);
	}

	/** Take notice of the failure of a statement, before its end. */
	final void statementFailed(SQLException failure) {
		if (isInScope()) {
			try {
				interference().failed(failure);
			}
			catch (SQLException | RuntimeException ex) {
				// The link is lost, and the failure says so.
			}
		}
	}

	/** Take notice of the end of a statement. */
	final void statementEnded() {
		if (this.limits != null) {
			this.limits.statementEnded();
		}
		endStatement();
		Interference interference = interferenceIfAny();
		if (interference != null) {
			interference.answered();
		}
		answered();
	}

	final void whenStatementCloses(Runnable action) {
		extras().whenStatementCloses = action;
	}

	final void statementClosed() {
		Extras extras = this.extras;
		if (extras != null && extras.whenStatementCloses != null && !isGivenBack()) {
			extras.whenStatementCloses.run();
		}
	}

	final @Nullable Interference interferenceIfAny() {
		Extras extras = this.extras;
		return (extras != null) ? extras.interference : null;
	}

	final Interference interference() {
		Extras extras = extras();
		Interference interference = extras.interference;
		if (interference == null) {
			interference = new Interference(this.pooled, scope(), quotesNames());
			extras.interference = interference;
		}
		return interference;
	}

	/** What comes next is another transaction. */
	final void forgetInterference() {
		Extras extras = this.extras;
		if (extras != null) {
			extras.interference = null;
		}
	}

	private Extras extras() {
		Extras extras = this.extras;
		if (extras == null) {
			extras = new Extras();
			this.extras = extras;
		}
		return extras;
	}

	/**
	 * Return the connection to its pool.
	 */
	public final void close() throws SQLException {
		if (!isFirstToGiveBack()) {
			return;
		}
		if (this.limits != null && !this.limits.restore()) {
			evict();
			return;
		}
		try {
			end();
		}
		finally {
			closePooled();
		}
	}

	/**
	 * End the connection's session instead of returning it to its pool.
	 */
	final void discard() throws SQLException {
		if (isFirstToGiveBack()) {
			evict();
		}
	}

	/**
	 * Refuse what would, or might, commit. A pool closes what it has let go of on another
	 * thread, and until then the driver's own would do what it is told.
	 */
	final void requireNotGivenBack() throws SQLException {
		if (isGivenBack()) {
			throw new SQLException("Connection is closed");
		}
	}

	private void closePooled() throws SQLException {
		try {
			this.pooled.close();
		}
		catch (Throwable ex) {
			// HikariCP takes it back all the same, in whatever state it was left.
			hikari().evict(this.pooled);
			throw ex;
		}
	}

	private void evict() throws SQLException {
		try {
			end();
		}
		finally {
			SessionEnd.evict(this.pooled, hikari()::evict);
		}
	}

	/** What opens connections to the same database, outside of the pool. */
	final PoolLedger.Source fresh() {
		return hikari()::open;
	}

	private WatchedHikariPool hikari() {
		return (WatchedHikariPool) pool();
	}

	public final boolean isClosed() throws SQLException {
		return isGivenBack() || this.pooled.isClosed();
	}

	@Override
	protected final boolean isBroken() {
		try {
			return this.pooled.isClosed();
		}
		catch (SQLException ex) {
			return true;
		}
	}

	@Override
	protected final boolean isPooled() {
		try {
			// The pool's own does not know that it has been evicted.
			return !isBroken() && (!answersAtOnce() || !this.pooled.unwrap(Connection.class).isClosed());
		}
		catch (SQLException ex) {
			return false;
		}
	}

	@Override
	protected final int connectionId() {
		return System.identityHashCode(driversOwn());
	}

	@Override
	protected final @Nullable ServerProcess serverProcess() {
		return answersAtOnce() ? ServerProcesses.of(this.pooled) : null;
	}

	/**
	 * Return whether others than its user can ask the driver's own anything, and wait for
	 * nothing that is under way. Whether anything is has no say in it: a statement may
	 * begin before the answer, or be sent past the ledger.
	 */
	private boolean answersAtOnce() {
		return ONE_AT_A_TIME.stream().noneMatch(driver()::startsWith);
	}

	/**
	 * Return the name of a type of the driver's.
	 */
	private String driver() {
		Connection own = driversOwn();
		Object type = Proxy.isProxyClass(own.getClass()) ? Proxy.getInvocationHandler(own) : own;
		return type.getClass().getName();
	}

	private Connection driversOwn() {
		try {
			return this.pooled.unwrap(Connection.class);
		}
		catch (SQLException ex) {
			return this.pooled;
		}
	}

	/** What few leases have, so that the others are smaller. */
	private static final class Extras {

		/**
		 * What came between the begin of a managed transaction and its end, if anything.
		 */
		private @Nullable Interference interference;

		private @Nullable Runnable whenStatementCloses;

		/** Who watches what is under way, if anybody does. */
		private Borrower.@Nullable Watch watch;

	}

}
