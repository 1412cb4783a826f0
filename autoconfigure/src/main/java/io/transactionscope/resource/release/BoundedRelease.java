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

package io.transactionscope.resource.release;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs each release on a thread of its own, and waits for it no longer than allowed.
 *
 * @since 0.1.0
 */
public final class BoundedRelease implements ReleaseThread {

	private static final Logger logger = LoggerFactory.getLogger(BoundedRelease.class);

	private final ReleaseLimit limit;

	private final ThreadFactory threads;

	/**
	 * Limit releases.
	 * @param limit how long one may take, more than zero and at most what a {@code long}
	 * holds in nanoseconds
	 */
	public BoundedRelease(Duration limit) {
		this(limit, BoundedRelease::daemon);
	}

	BoundedRelease(Duration limit, ThreadFactory threads) {
		this.limit = new ReleaseLimit(limit);
		// Initializes what a release needs, which may have too little of the stack for it
		ThreadContext.current();
		this.threads = threads;
	}

	/**
	 * No virtual one: a release that hangs in native code or in a monitor would keep its
	 * carrier from all others.
	 */
	private static Thread daemon(Runnable task) {
		Thread thread = new Thread(task);
		thread.setDaemon(true);
		return thread;
	}

	@Override
	public void run(String resource, AutoCloseable release) throws Exception {
		Objects.requireNonNull(resource, "resource must not be null");
		Objects.requireNonNull(release, "release must not be null");
		Run run = new Run(resource, release, ThreadContext.current());
		Thread thread = this.threads.newThread(run);
		thread.setName("release of " + resource);
		thread.start();
		Throwable failure = run.await(thread).failure();
		if (failure != null) {
			BoundedRelease.<Exception>throwAs(failure);
		}
	}

	@SuppressWarnings("unchecked")
	private static <X extends Throwable> void throwAs(Throwable failure) throws X {
		throw (X) failure;
	}

	/**
	 * How it ended for the scope.
	 */
	private record End(@Nullable Throwable failure) {
	}

	private final class Run implements Runnable {

		private final String resource;

		private final AutoCloseable release;

		private final ThreadContext context;

		private final long start = System.nanoTime();

		/** The first to complete it has its say: the thread, or the scope gives up. */
		private final CompletableFuture<End> end = new CompletableFuture<>();

		Run(String resource, AutoCloseable release, ThreadContext context) {
			this.resource = resource;
			this.release = release;
			this.context = context;
		}

		@Override
		public void run() {
			this.context.run(() -> {
				Throwable failure = null;
				try {
					this.release.close();
				}
				catch (Throwable ex) {
					failure = ex;
				}
				if (!this.end.complete(new End(failure))) {
					logLate(failure);
				}
			});
		}

		End await(Thread thread) {
			boolean interrupted = false;
			try {
				while (true) {
					try {
						return this.end.get(BoundedRelease.this.limit.limit().toNanos() - waited(),
								TimeUnit.NANOSECONDS);
					}
					catch (InterruptedException ex) {
						interrupted = true;
						thread.interrupt();
					}
				}
			}
			catch (TimeoutException ex) {
				return giveUp(timeout(thread), thread);
			}
			catch (ExecutionException | RuntimeException | Error ex) {
				return giveUp(ex, thread);
			}
			finally {
				if (interrupted) {
					Thread.currentThread().interrupt();
				}
			}
		}

		private End giveUp(Throwable reason, Thread thread) {
			if (this.end.complete(new End(reason))) {
				thread.interrupt();
			}
			return this.end.join();
		}

		private ReleaseTimeoutException timeout(Thread thread) {
			Throwable where = new IllegalStateException(
					"Thread '" + Printable.of(thread.getName()) + "' was still here");
			where.setStackTrace(thread.getStackTrace());
			Duration waited = Duration.ofNanos(waited());
			return new ReleaseTimeoutException(
					BoundedRelease.this.limit.passed(this.resource, waited)
							+ " and was interrupted: see the cause for where it hung, or allow more time",
					this.resource, waited, where);
		}

		private long waited() {
			return System.nanoTime() - this.start;
		}

		private void logLate(@Nullable Throwable failure) {
			BoundedRelease.this.limit.logLate(logger, this.resource, Duration.ofNanos(waited()), failure);
		}

	}

}
