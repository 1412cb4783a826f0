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

package io.transactionscope.resource.fork;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * The tasks that a scope has forked, to be joined before it releases anything. Once one
 * of them fails, the others are cancelled. This is for those who build scopes of their
 * own. Safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class Forks {

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition ended = this.lock.newCondition();

	private final List<Fork<?>> open = new ArrayList<>();

	private final List<Throwable> failures = new ArrayList<>();

	private boolean cancelled;

	/**
	 * Create it, without a task.
	 */
	public Forks() {
	}

	/**
	 * Fork a task.
	 * @param <T> the type of its value
	 * @param executor what it runs on
	 * @param task what to call
	 * @return its future; cancelled at once if another task has failed
	 */
	public <T extends @Nullable Object> CompletableFuture<T> fork(Executor executor, Callable<? extends T> task) {
		Objects.requireNonNull(executor, "executor must not be null");
		Fork<T> fork = new Fork<>(this, Objects.requireNonNull(task, "task must not be null"));
		if (!begin(fork)) {
			fork.cancel(true);
			return fork;
		}
		try {
			executor.execute(fork);
		}
		catch (Throwable ex) {
			end(fork);
			throw ex;
		}
		return fork;
	}

	private boolean begin(Fork<?> fork) {
		this.lock.lock();
		try {
			if (!this.cancelled) {
				this.open.add(fork);
			}
			return !this.cancelled;
		}
		finally {
			this.lock.unlock();
		}
	}

	void end(Fork<?> fork) {
		this.lock.lock();
		try {
			this.open.remove(fork);
			this.ended.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Note a failure of one of them, or of the wait for them, and cancel the others. */
	void fail(@Nullable Fork<?> failed, Throwable failure) {
		this.lock.lock();
		try {
			this.failures.add(failure);
		}
		finally {
			this.lock.unlock();
		}
		cancelAllBut(failed);
	}

	private void cancelAllBut(@Nullable Fork<?> failed) {
		List<Fork<?>> open;
		this.lock.lock();
		try {
			this.cancelled = true;
			open = List.copyOf(this.open);
		}
		finally {
			this.lock.unlock();
		}
		// Not with the lock, as others wait for the futures
		open.stream().filter((fork) -> fork != failed).forEach((fork) -> fork.cancel(true));
	}

	/**
	 * Return how many failures there are so far.
	 * @return the number
	 */
	public int failures() {
		this.lock.lock();
		try {
			return this.failures.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Wait until no task is at work. An interrupt cancels them, and is one of the
	 * failures then.
	 * @param cancel whether to cancel those that are not done
	 * @return what failed, in order
	 */
	public List<Throwable> join(boolean cancel) {
		if (cancel) {
			cancelAllBut(null);
		}
		while (true) {
			try {
				return awaitAll();
			}
			catch (InterruptedException ex) {
				fail(null, ex);
			}
		}
	}

	private List<Throwable> awaitAll() throws InterruptedException {
		this.lock.lockInterruptibly();
		try {
			while (!this.open.isEmpty()) {
				this.ended.await();
			}
			// Who completes a future from outside may be late to tell
			return List.copyOf(this.failures);
		}
		finally {
			this.lock.unlock();
		}
	}

}
