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

package io.transactionscope.pool.r2dbc;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.IntUnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * Something that the database does over a connection, from when it is asked to when it
 * has answered, but for the time in which nobody wants more of its rows. A driver may
 * hand out a result at once, and only ask when that is read, as PostgreSQL's does with a
 * statement that has parameters: it is read in parts, as long as any of which the work
 * goes on. A connection may have several in hand, one of which the database is at. Safe
 * for use by several threads.
 */
final class Work {

	private static final AtomicIntegerFieldUpdater<Work> STATE = AtomicIntegerFieldUpdater.newUpdater(Work.class,
			"state");

	private static final int PAUSED = 1;

	private static final int PART = 2;

	private final R2dbcLease lease;

	/** Not collected while this is under way. */
	@SuppressWarnings("UnusedVariable") // To be reachable is enough
	private final Object handle;

	private final @Nullable String sql;

	private final boolean ending;

	/** How many parts are open, and whether it pauses. */
	@SuppressWarnings("UnusedVariable") // By its updater
	private volatile int state;

	/**
	 * Begin, with a part that is open.
	 * @param lease of the connection
	 * @param handle what the borrower has of it, not collected while this is under way
	 * @param sql the statement, or {@code null} if it is not known
	 * @param ending whether it ends a transaction
	 */
	Work(R2dbcLease lease, Object handle, @Nullable String sql, boolean ending) {
		this.lease = lease;
		this.handle = handle;
		this.sql = sql;
		this.ending = ending;
		open();
	}

	/** Begin to read a part of it. */
	void open() {
		change((state) -> (state & ~PAUSED) + PART);
	}

	/** Nobody wants more of it for now. */
	void pause() {
		change((state) -> state | PAUSED);
	}

	/** Somebody wants more of it. */
	void resume() {
		change((state) -> state & ~PAUSED);
	}

	/** There is something of it. */
	void signals() {
		this.lease.signals();
	}

	/** What the driver has of it gets into somebody's hands. */
	void unwraps() {
		this.lease.unwraps();
	}

	void fail(Throwable failure) {
		this.lease.failed(failure);
	}

	/** Have done with a part that was open. */
	void close() {
		change((state) -> state - PART);
	}

	private void change(IntUnaryOperator change) {
		int before = STATE.getAndUpdate(this, change);
		int after = change.applyAsInt(before);
		if (!isAtWork(before) && isAtWork(after)) {
			this.lease.begins(this.sql, this.ending);
		}
		else if (isAtWork(before) && !isAtWork(after)) {
			this.lease.ends(this.ending);
		}
	}

	private static boolean isAtWork(int state) {
		return state >= PART && (state & PAUSED) == 0;
	}

}
