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
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

/**
 * Threads of which two thirds take a second connection of a pool of four while they hold
 * a first, and begin anew when there is none.
 */
final class NestedBorrows {

	static final int THREADS = 16;

	private final AtomicInteger completed = new AtomicInteger();

	private final AtomicInteger deadlocks = new AtomicInteger();

	private final AtomicInteger timeouts = new AtomicInteger();

	private final List<Throwable> failures = new ArrayList<>();

	private final CountDownLatch locked = new CountDownLatch(4);

	private final DataSource dataSource;

	private final @Nullable String scope;

	/**
	 * Create the threads' work.
	 * @param scope the scope they are in, or {@code null} if they are in none
	 */
	NestedBorrows(DataSource dataSource, @Nullable String scope) {
		this.dataSource = dataSource;
		this.scope = scope;
	}

	/**
	 * Let each thread do its work so many times, or until a wait times out.
	 */
	NestedBorrows run(ThreadFactory threads, int rounds) throws InterruptedException {
		CountDownLatch start = new CountDownLatch(1);
		List<Thread> started = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			boolean nested = i % 3 != 0;
			Thread thread = threads.newThread(() -> work(start, rounds, nested));
			thread.start();
			started.add(thread);
		}
		start.countDown();
		for (Thread thread : started) {
			thread.join();
		}
		return this;
	}

	private void work(CountDownLatch start, int rounds, boolean nested) {
		try {
			start.await();
			Borrower.current().exchangeName(this.scope);
			Borrower.current().exchangeBeginning(this.scope != null);
			for (int i = 0; i < rounds && this.timeouts.get() == 0; i++) {
				boolean done;
				do {
					done = work(nested);
				}
				while (!done && this.timeouts.get() == 0);
				this.completed.incrementAndGet();
			}
		}
		catch (Exception ex) {
			synchronized (this.failures) {
				this.failures.add(ex);
			}
		}
	}

	private boolean work(boolean nested) throws SQLException {
		try (Connection outer = this.dataSource.getConnection()) {
			execute(outer);
			if (nested) {
				awaitLock();
				try (Connection inner = this.dataSource.getConnection()) {
					execute(inner);
				}
			}
			return true;
		}
		catch (PoolDeadlockException ex) {
			this.deadlocks.incrementAndGet();
		}
		catch (SQLTransientConnectionException ex) {
			this.timeouts.incrementAndGet();
		}
		return false;
	}

	/**
	 * Wait until others hold all connections, the first time: so there is one deadlock
	 * for certain. They never do where enough of them have timed out before.
	 */
	private void awaitLock() {
		this.locked.countDown();
		try {
			boolean locked;
			do {
				locked = this.locked.await(10, TimeUnit.MILLISECONDS);
			}
			while (!locked && this.timeouts.get() == 0);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void execute(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("select 1");
		}
	}

	int completed() {
		return this.completed.get();
	}

	int deadlocks() {
		return this.deadlocks.get();
	}

	int timeouts() {
		return this.timeouts.get();
	}

	List<Throwable> failures() {
		return this.failures;
	}

}
