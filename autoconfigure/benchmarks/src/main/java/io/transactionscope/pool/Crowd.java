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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import javax.sql.DataSource;

import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.tracked.TrackedPool;
import org.jspecify.annotations.Nullable;

/**
 * Threads each of which holds a connection of a pool and, where there is a ledger, waits
 * for another one.
 *
 * <p>
 * They wait as far as the ledger can see. Were they in the pool's queue, nobody else
 * would get a connection, and nothing could be measured but their being served.
 */
public final class Crowd {

	private final CountDownLatch end = new CountDownLatch(1);

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final List<Future<?>> members = new ArrayList<>();

	private final @Nullable PoolLedger ledger;

	private Crowd(@Nullable PoolLedger ledger) {
		this.ledger = ledger;
	}

	/**
	 * Gather one.
	 * @param dataSource the pool, or what keeps its ledger
	 * @param size how many connections are held
	 * @return the crowd, with everybody in their place
	 */
	public static Crowd at(DataSource dataSource, int size) throws Exception {
		Crowd crowd = new Crowd((dataSource instanceof TrackedPool tracked) ? tracked.ledger() : null);
		for (int i = 0; i < size; i++) {
			crowd.join(dataSource, "scope-" + i % 10);
		}
		return crowd;
	}

	private void join(DataSource dataSource, String scope) throws Exception {
		CompletableFuture<@Nullable Wait> waiting = new CompletableFuture<>();
		this.members.add(this.threads.submit(() -> {
			Borrower borrower = Borrower.current();
			borrower.exchangeName(scope);
			try (Connection held = dataSource.getConnection()) {
				Wait waiter = (this.ledger != null) ? new Wait(this.ledger.watched(), borrower) : null;
				waiting.complete(waiter);
				this.end.await();
				if (waiter != null) {
					waiter.giveUpIfWaiting();
				}
				return held;
			}
			catch (Throwable ex) {
				waiting.completeExceptionally(ex);
				throw ex;
			}
		}));
		waiting.get();
	}

	/**
	 * Look for the deadlock that they are caught in.
	 * @return whether there is one
	 */
	public boolean findDeadlock() {
		return this.ledger != null && Deadlock.of(this.ledger.watched()) != null;
	}

	/**
	 * Let everybody give back what they hold.
	 */
	public void disperse() throws Exception {
		this.end.countDown();
		for (Future<?> member : this.members) {
			member.get();
		}
		this.threads.shutdown();
	}

	/** For a connection that never comes. */
	private static final class Wait extends LedgerEntry {

		Wait(WatchedPool pool, Borrower borrower) {
			super(pool, borrower);
		}

		@Override
		protected boolean isPooled() {
			return true;
		}

		@Override
		protected boolean isBroken() {
			return false;
		}

		@Override
		protected int connectionId() {
			return 0;
		}

		@Override
		protected @Nullable ServerProcess serverProcess() {
			return null;
		}

	}

}
