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

import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

import io.transactionscope.resource.release.ThreadContext;
import org.jspecify.annotations.Nullable;

/**
 * A task on another thread, and the future of its value. Whatever completes that from
 * outside stops the task: it never begins, or is interrupted, and nothing that comes
 * after it on its thread is.
 *
 * @param <T> the type of the value
 */
final class Fork<T extends @Nullable Object> extends CompletableFuture<T> implements Runnable {

	/** As they may lead in a circle. */
	private static final int MAX_CAUSES = 100;

	private final Forks forks;

	private final Callable<? extends T> task;

	private final ThreadContext context = ThreadContext.current();

	private final Object monitor = new Object();

	/** As long as it may be interrupted. */
	private @Nullable Thread thread;

	private boolean begun;

	private boolean stopped;

	Fork(Forks forks, Callable<? extends T> task) {
		this.forks = forks;
		this.task = task;
	}

	@Override
	public void run() {
		if (begin()) {
			try {
				this.context.run(this::work);
			}
			finally {
				this.forks.end(this);
			}
		}
	}

	private void work() {
		T value;
		try {
			value = this.task.call();
		}
		catch (Throwable ex) {
			// Before the interrupt is cleared
			boolean interrupted = comesOfInterrupt(ex);
			boolean stopped = leave();
			if (!stopped || !interrupted) {
				this.forks.fail(this, ex);
			}
			super.completeExceptionally(ex);
			return;
		}
		leave();
		super.complete(value);
	}

	/** Also where that came as another failure, as from a pool or a driver. */
	private static boolean comesOfInterrupt(Throwable failure) {
		try {
			Throwable cause = failure;
			for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
				if (isInterrupt(cause)) {
					return true;
				}
				cause = cause.getCause();
			}
		}
		catch (Throwable ex) {
			// A getCause() that throws
		}
		return false;
	}

	/** An interrupt also closes the socket that a virtual thread waits for. */
	private static boolean isInterrupt(Throwable cause) {
		return cause instanceof InterruptedException || cause instanceof ClosedByInterruptException
				|| (cause instanceof SocketException && Thread.currentThread().isInterrupted());
	}

	private boolean begin() {
		synchronized (this.monitor) {
			boolean first = !this.begun && !this.stopped;
			this.begun = true;
			if (first) {
				this.thread = Thread.currentThread();
			}
			return first;
		}
	}

	/** It is not interrupted any more. */
	private boolean leave() {
		synchronized (this.monitor) {
			this.thread = null;
			if (this.stopped) {
				Thread.interrupted();
			}
			return this.stopped;
		}
	}

	private void stop() {
		synchronized (this.monitor) {
			this.stopped = true;
			if (this.thread != null) {
				this.thread.interrupt();
			}
			if (this.begun) {
				return;
			}
		}
		this.forks.end(this);
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		boolean cancelled = super.cancel(mayInterruptIfRunning);
		if (cancelled) {
			stop();
		}
		return cancelled;
	}

	@Override
	public boolean complete(T value) {
		boolean completed = super.complete(value);
		if (completed) {
			stop();
		}
		return completed;
	}

	/** As by a timeout, which is a failure of the task. */
	@Override
	public boolean completeExceptionally(Throwable ex) {
		boolean completed = super.completeExceptionally(ex);
		if (completed) {
			this.forks.fail(this, ex);
			stop();
		}
		return completed;
	}

}
