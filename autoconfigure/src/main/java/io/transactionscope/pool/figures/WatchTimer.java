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

package io.transactionscope.pool.figures;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * The thread that does for a ledger what is to be done later, or again and again. It
 * knows how long it has been at work: what comes late for that, such as behind a log that
 * takes its time, says nothing of the process.
 *
 * @since 0.1.0
 */
public final class WatchTimer extends ScheduledThreadPoolExecutor {

	private final AtomicLong worked = new AtomicLong();

	/** Written by the thread, as what follows. */
	private volatile long began;

	private volatile boolean works;

	public WatchTimer(ThreadFactory threads) {
		super(1, threads);
		setRemoveOnCancelPolicy(true);
	}

	@Override
	protected void beforeExecute(Thread thread, Runnable task) {
		super.beforeExecute(thread, task);
		this.began = System.nanoTime();
		this.works = true;
	}

	@Override
	protected void afterExecute(Runnable task, @Nullable Throwable failure) {
		this.works = false;
		this.worked.addAndGet(System.nanoTime() - this.began);
		super.afterExecute(task, failure);
	}

	/**
	 * Return for how many nanoseconds the thread has been at work until now.
	 */
	public long worked(long now) {
		return this.worked.get() + (this.works ? Math.max(0, now - this.began) : 0);
	}

}
