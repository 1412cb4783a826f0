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

import java.lang.reflect.Field;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.inquiry.DatabaseInquiry;
import io.transactionscope.pool.r2dbc.inquiry.R2dbcOpener;
import io.transactionscope.pool.WatchedPool;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import io.transactionscope.pool.snapshot.Words;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

import org.springframework.aop.framework.AopProxyUtils;

/**
 * A pool of {@code r2dbc-pool}.
 */
final class WatchedConnectionPool extends WatchedPool {

	/** What the pool has by default: a wait lasts until it is cancelled. */
	private static final Duration FOR_EVER = Duration.ofDays(365);

	/** Many get the report that one of them has made. */
	private static final int THREADS = 8;

	private static final @Nullable Field MAX_ACQUIRE_TIME = findMaxAcquireTime();

	private final ConnectionPool pool;

	private final R2dbcOpener beside;

	private final ConnectionLoops loops = new ConnectionLoops();

	/** Gone a second after what they have last done. */
	private final ThreadPoolExecutor threads = new ThreadPoolExecutor(THREADS, THREADS, 1, TimeUnit.SECONDS,
			new LinkedBlockingQueue<>(), this::newThread);

	private final String name;

	private final Duration patience;

	private final boolean quotesNames;

	/** What the latest attempt to connect has failed with, if it has. */
	private volatile @Nullable Throwable connectFailure;

	WatchedConnectionPool(ConnectionPool pool, String name, PoolSettings settings) {
		super(settings);
		this.pool = pool;
		this.name = Printable.of(name);
		this.threads.allowCoreThreadTimeOut(true);
		this.patience = maxAcquireTime(pool);
		this.beside = new R2dbcOpener(pool.unwrap(), this.patience);
		// In MySQL's dialects they enclose values.
		String database = pool.getMetadata().getName();
		this.quotesNames = database.equalsIgnoreCase("PostgreSQL") || database.equalsIgnoreCase("H2");
	}

	/** What the pool tells of itself. */
	private PoolMetrics metrics() {
		return this.pool.getMetrics().orElseThrow();
	}

	@Override
	protected String name() {
		return this.name;
	}

	@Override
	protected PoolKind kind() {
		return PoolKind.R2DBC;
	}

	@Override
	protected State state() {
		return this.pool.isDisposed() ? State.CLOSED : State.RUNNING;
	}

	@Override
	protected @Nullable Throwable connectFailure() {
		return this.connectFailure;
	}

	void failsToConnect(Throwable failure) {
		this.connectFailure = failure;
	}

	/** Somebody has got a connection. */
	void connects() {
		if (this.connectFailure != null) {
			this.connectFailure = null;
		}
	}

	@Override
	protected int maximum() {
		return metrics().getMaxAllocatedSize();
	}

	/** The pool counts those that it is about to open, too. */
	@Override
	protected int total() {
		PoolMetrics metrics = metrics();
		return metrics.acquiredSize() + metrics.idleSize();
	}

	@Override
	protected int active() {
		return metrics().acquiredSize();
	}

	@Override
	protected int idle() {
		return metrics().idleSize();
	}

	@Override
	protected int waiting() {
		return metrics().pendingAcquireSize();
	}

	@Override
	protected Duration patience() {
		return this.patience;
	}

	/**
	 * Those that are on their way to whoever has asked, for whom the pool prepares them.
	 */
	@Override
	protected int tested() {
		return Math.max(0, waiters() - waiting());
	}

	ConnectionLoops loops() {
		return this.loops;
	}

	@Override
	protected Collection<Thread> loops(Set<Integer> lent) {
		return this.loops.ofOthers(lent);
	}

	/** Somebody has lost a connection, and the pool may have, too. */
	void failsToTakeBack(@Nullable String scope, Throwable failure) {
		log(Level.WARN, "{} - The connection that {} has leaked could not be taken back", this.name,
				Words.ofScope(scope), failure);
	}

	/**
	 * Return who holds the connection of the innermost transaction that was begun in one
	 * of Spring's contexts and goes on, but is suspended, and so not bound there.
	 * @return {@code null} if there is none
	 */
	@Nullable ReactiveBorrower begunIn(Object context) {
		List<ReactiveBorrower> begun = lent().stream()
			.map(R2dbcLease.class::cast)
			.filter((lease) -> lease.isTransactionIn(context))
			.map(R2dbcLease::subscription)
			.toList();
		return begun.stream()
			.filter((each) -> begun.stream().noneMatch((other) -> other.isInside(each)))
			.findFirst()
			.orElse(null);
	}

	boolean isClosed() {
		return state() == State.CLOSED;
	}

	long waitTargetNanos() {
		return settings().waitTarget().toNanos();
	}

	/**
	 * Do something that may wait for the database. The threads that the application has
	 * for what blocks may all be kept by those who wait for just that.
	 */
	void aside(Runnable task) {
		try {
			this.threads.execute(task);
		}
		catch (OutOfMemoryError ex) {
			// There can be no thread for it.
			task.run();
		}
	}

	private Thread newThread(Runnable task) {
		Thread thread = new Thread(task, this.name + ":aside");
		thread.setDaemon(true);
		return thread;
	}

	@Nullable Future<?> later(Runnable task, long nanos) {
		return schedule(task, nanos);
	}

	@Override
	protected boolean quotesNames() {
		return this.quotesNames;
	}

	@Override
	protected DatabaseInquiry.Session openToAsk() throws SQLException {
		return this.beside.open();
	}

	private static Duration maxAcquireTime(ConnectionPool pool) {
		// A proxy has the field, and nothing in it.
		Object behind = AopProxyUtils.getSingletonTarget(pool);
		try {
			return (MAX_ACQUIRE_TIME != null
					&& MAX_ACQUIRE_TIME.get((behind != null) ? behind : pool) instanceof Duration limit
					&& !limit.isNegative()) ? limit : FOR_EVER;
		}
		catch (IllegalAccessException ex) {
			return FOR_EVER;
		}
	}

	private static @Nullable Field findMaxAcquireTime() {
		try {
			Field field = ConnectionPool.class.getDeclaredField("maxAcquireTime");
			field.setAccessible(true);
			return field;
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			// Those whose wait it ends hear of it all the same.
			return null;
		}
	}

}
