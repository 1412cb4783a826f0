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

package io.transactionscope;

import java.sql.SQLException;

import io.transactionscope.pool.Borrower;
import org.jspecify.annotations.Nullable;

/**
 * Lets other threads interrupt a body, and nothing that comes before or after it on its
 * thread. While the body waits for the database, an interrupt would have no effect, or
 * would tear the connection, as it does on a virtual thread: there the statement is ended
 * first, and the interrupt follows. The end of a transaction is not disturbed at all.
 */
final class Interruption implements Borrower.Watch {

	private final String scope;

	private @Nullable Throwable reason;

	/** As long as it may be interrupted. */
	private @Nullable Thread thread;

	/** Of a block around this one on the same thread, as its executor ran this there. */
	private Borrower.@Nullable Watch outer;

	private boolean watching;

	/** Whether an answer is waited for. */
	private boolean waiting;

	private @Nullable Runnable cancellation;

	/** Whether an interrupt is to follow the answer. */
	private boolean owed;

	Interruption(String scope) {
		this.scope = scope;
	}

	/** The current thread may be interrupted from here on. */
	synchronized void enter() throws Throwable {
		if (this.reason != null) {
			throw this.reason;
		}
		this.thread = Thread.currentThread();
	}

	/**
	 * The current thread may be interrupted from here on once more.
	 * @return whether it was not to be cancelled
	 */
	synchronized boolean enterAgain() {
		if (this.reason == null) {
			this.thread = Thread.currentThread();
		}
		return this.reason == null;
	}

	/** From here on what it sends is watched. */
	synchronized void watch() throws Throwable {
		if (this.reason != null) {
			throw this.reason;
		}
		this.outer = Borrower.current().exchangeWatch(this);
		this.watching = true;
	}

	synchronized void cancel(Throwable reason) {
		this.reason = reason;
		if (this.thread == null) {
			return;
		}
		if (!this.waiting) {
			this.thread.interrupt();
			return;
		}
		this.owed = true;
		if (this.cancellation != null) {
			this.cancellation.run();
		}
	}

	/**
	 * The current thread may not be interrupted any more, and is not.
	 * @return why it was to be cancelled, if it was
	 */
	synchronized @Nullable Throwable leave() {
		if (this.watching) {
			this.watching = false;
			Borrower.current().exchangeWatch(this.outer);
		}
		if (this.thread != null) {
			this.thread = null;
			if (this.reason != null) {
				Thread.interrupted();
			}
		}
		return this.reason;
	}

	synchronized @Nullable Throwable reason() {
		return this.reason;
	}

	@Override
	public synchronized void sends(Runnable cancellation) throws SQLException {
		if (this.reason != null) {
			throw new SQLException("The statement was not sent: scope '%s' is cancelled".formatted(this.scope), "57014",
					this.reason);
		}
		if (this.outer != null) {
			this.outer.sends(cancellation);
		}
		await(cancellation);
	}

	@Override
	public synchronized void awaitsEnd() {
		if (this.outer != null) {
			this.outer.awaitsEnd();
		}
		await(null);
	}

	private void await(@Nullable Runnable cancellation) {
		this.waiting = true;
		this.cancellation = cancellation;
		this.owed = Thread.interrupted();
	}

	@Override
	public synchronized void answered() {
		this.waiting = false;
		this.cancellation = null;
		if (this.owed) {
			this.owed = false;
			Thread.currentThread().interrupt();
		}
		if (this.outer != null) {
			this.outer.answered();
		}
	}

	@Override
	public synchronized void borrows() {
		if (this.outer != null) {
			this.outer.borrows();
		}
	}

	@Override
	public synchronized void calls(String name) {
		if (this.outer != null) {
			this.outer.calls(name);
		}
	}

}
