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

import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;

import io.transactionscope.pool.figures.Timing;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.SqlText;
import org.jspecify.annotations.Nullable;

/**
 * What a leased connection is used for, and by which thread. Whoever uses the connection
 * writes it, whoever looks at the pool reads it.
 */
abstract class LeaseUse {

	private static final Phase[] PHASES = Phase.values();

	/**
	 * Which of the phases it is: a reference would take more room. Not volatile: a reader
	 * may be late, which matters to nobody.
	 */
	private byte phase = number(Phase.BEFORE_FIRST_STATEMENT);

	/** As the phase. */
	private @Nullable String lastSql;

	/** Written by whoever uses the connection without having borrowed it. */
	private volatile boolean handedOver;

	/** Whoever that is, until the borrower uses it again. */
	private volatile @Nullable User user;

	/** Written by who sees it, and taken back by whoever uses the connection. */
	private volatile @Nullable Abandonment abandonment;

	LeaseUse() {
	}

	/**
	 * Return who has borrowed the connection.
	 */
	abstract Party borrower();

	/**
	 * Return how the lease spends its time, {@code null} if nobody knows.
	 */
	abstract @Nullable Timing timing();

	/**
	 * Return the pool that the connection is of.
	 */
	abstract WatchedPool pool();

	/**
	 * {@return whether double quotes are known to enclose names in the database's SQL,
	 * and not values}
	 */
	protected final boolean quotesNames() {
		return pool().quotesNames();
	}

	/**
	 * Learn from a connection what its SQL is like, before anybody uses it.
	 * @param pooled the connection as the pool has lent it
	 */
	protected final void learnFrom(Connection pooled) {
		pool().learnFrom(pooled);
	}

	/**
	 * A statement is about to be executed.
	 * @param sql the statement, or {@code null} if it is not known
	 */
	protected final void beginStatement(@Nullable String sql) {
		noticeUser();
		this.lastSql = sql;
		enter(Phase.IN_STATEMENT);
	}

	/**
	 * The statement has been executed, or has failed.
	 */
	protected final void endStatement() {
		enter(Phase.BETWEEN_STATEMENTS);
	}

	/**
	 * COMMIT or ROLLBACK is about to be sent.
	 */
	protected final void beginEndOfTransaction() {
		noticeUser();
		enter(Phase.ENDING_TRANSACTION);
	}

	/**
	 * The transaction has ended.
	 */
	protected final void endTransaction() {
		enter(Phase.AFTER_TRANSACTION);
	}

	private void enter(Phase next) {
		Timing timing = timing();
		if (timing != null) {
			timing.enter(next, System.nanoTime());
		}
		this.phase = number(next);
	}

	/**
	 * Notice who uses the connection, if it is not the thread that has borrowed it.
	 */
	protected final void noticeUser() {
		if (this.abandonment != null) {
			this.abandonment = null;
		}
		User user = this.user;
		if (borrower().isCurrent()) {
			if (user != null) {
				this.user = null;
			}
		}
		else if (user == null || !user.isCurrent()) {
			this.handedOver = true;
			this.user = new User(Thread.currentThread());
		}
	}

	/**
	 * {@return what the connection is used for at this moment}
	 */
	protected final Phase phase() {
		return PHASES[this.phase];
	}

	@SuppressWarnings("EnumOrdinal") // Lasts no longer than a lease
	private static byte number(Phase phase) {
		return (byte) phase.ordinal();
	}

	/**
	 * {@return how often something was sent on the connection, as far as that is counted}
	 */
	protected int sent() {
		return 0;
	}

	/**
	 * Return the statement that is being executed or was executed last, without values.
	 */
	final @Nullable String lastSql() {
		String sql = this.lastSql;
		return (sql != null) ? SqlText.withoutValues(sql, quotesNames()) : null;
	}

	/**
	 * Return whether another thread than the borrowing one has used the connection.
	 */
	final boolean isHandedOver() {
		return this.handedOver;
	}

	/**
	 * Notice that nobody is going to give the connection back.
	 * @param sign how one knows
	 */
	protected final void abandon(Abandonment sign) {
		this.abandonment = sign;
	}

	/**
	 * Have the connection go back to its pool, as nobody can close it any more. Does
	 * nothing where somebody may, and blocks nobody.
	 */
	protected void takeBack() {
	}

	final boolean isAbandoned() {
		return this.abandonment != null;
	}

	/**
	 * {@return how one knows that nobody is going to give the connection back, if one
	 * does}
	 */
	protected final @Nullable Abandonment abandonment() {
		return this.abandonment;
	}

	/**
	 * Return the name of the thread that has used the connection last, unless that is the
	 * borrower.
	 */
	final @Nullable String user() {
		User user = this.user;
		return (user != null) ? user.name : null;
	}

	/**
	 * Return whether somebody who has the connection in hand can still give it back.
	 */
	final boolean isUserAlive() {
		User user = this.user;
		return borrower().isAlive() || (user != null && user.isAlive());
	}

	/**
	 * Return what whoever uses the connection does at this moment.
	 */
	final List<StackTraceElement> activity() {
		User user = this.user;
		return (user != null) ? user.activity() : borrower().activity();
	}

	/**
	 * Return how long ago something was. An entry may be younger than the look at it.
	 */
	static Duration since(long moment, long now) {
		return Duration.ofNanos(Math.max(0, now - moment));
	}

	/**
	 * A thread in whose hands a connection is that another one has borrowed. It is not
	 * kept from being collected: it may end, and the lease go on.
	 */
	private static final class User {

		private final String name;

		private final WeakReference<Thread> thread;

		User(Thread thread) {
			this.name = Borrower.describe(thread);
			this.thread = new WeakReference<>(thread);
		}

		boolean isCurrent() {
			return this.thread.get() == Thread.currentThread();
		}

		boolean isAlive() {
			Thread thread = this.thread.get();
			return thread != null && thread.isAlive();
		}

		List<StackTraceElement> activity() {
			Thread thread = this.thread.get();
			return (thread != null) ? List.of(thread.getStackTrace()) : List.of();
		}

	}

}
