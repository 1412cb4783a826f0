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

import org.jspecify.annotations.Nullable;

/**
 * Something that the database does over a connection, from when it is asked to when it
 * has answered, but for the time in which nobody wants more of its rows. A connection may
 * have several in hand, one of which the database is at. Safe for use by several threads.
 */
final class Work {

	private static final AtomicIntegerFieldUpdater<Work> STATE = AtomicIntegerFieldUpdater.newUpdater(Work.class,
			"state");

	private static final int AT_WORK = 0;

	private static final int PAUSED = 1;

	private static final int OVER = 2;

	private final R2dbcLease lease;

	/** Not collected while this is under way. */
	@SuppressWarnings("UnusedVariable") // To be reachable is enough
	private final Object handle;

	private final @Nullable String sql;

	private final boolean ending;

	@SuppressWarnings("UnusedVariable") // By its updater
	private volatile int state;

	/**
	 * Begin.
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
		lease.begins(sql, ending);
	}

	/** Nobody wants more of it for now. */
	void pause() {
		if (STATE.compareAndSet(this, AT_WORK, PAUSED)) {
			this.lease.ends(this.ending);
		}
	}

	/** Somebody wants more of it. */
	void resume() {
		if (STATE.compareAndSet(this, PAUSED, AT_WORK)) {
			this.lease.begins(this.sql, this.ending);
		}
	}

	/** There is something of it. */
	void signals() {
		this.lease.signals();
	}

	void fail(Throwable failure) {
		this.lease.failed(failure);
		end();
	}

	void end() {
		if (STATE.getAndSet(this, OVER) == AT_WORK) {
			this.lease.ends(this.ending);
		}
	}

}
