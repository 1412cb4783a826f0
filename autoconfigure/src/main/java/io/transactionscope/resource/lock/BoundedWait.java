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

package io.transactionscope.resource.lock;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * A wait for what others hold, which ends by success, timeout or interrupt: for those who
 * write a resource that is waited for. Immutable.
 *
 * @param resource the kind and name of what is waited for
 * @param subject what is waited for, whose text may tell who holds it
 * @param maxWait how long at most; zero for not at all
 * @param advice what to change if that is not enough
 * @since 0.1.0
 */
public record BoundedWait(String resource, Object subject, Duration maxWait, String advice) {

	private static final String HELD_TOO_LONG = "find out what holds it for so long, or allow a longer wait";

	/**
	 * Create a wait, which begins once it is {@linkplain #await awaited}.
	 * @param resource the kind and name of what is waited for
	 * @param subject what is waited for, whose text may tell who holds it
	 * @param maxWait how long at most; zero for not at all
	 * @param advice what to change if that is not enough
	 * @throws IllegalArgumentException if {@code maxWait} is negative
	 */
	public BoundedWait {
		Objects.requireNonNull(resource, "resource must not be null");
		Objects.requireNonNull(subject, "subject must not be null");
		Objects.requireNonNull(advice, "advice must not be null");
		Objects.requireNonNull(maxWait, "maxWait must not be null");
		if (maxWait.isNegative()) {
			throw new IllegalArgumentException(
					"Invalid wait of %s for %s: it must be positive, or zero for no wait".formatted(maxWait, resource));
		}
	}

	/**
	 * Return a resource that waits for a lock.
	 * @param what the kind and name of the lock
	 * @param subject what it belongs to, or itself
	 */
	static Resource<Lock> lock(String what, Object subject, Lock lock, Duration maxWait) {
		BoundedWait wait = new BoundedWait(what, subject, maxWait, HELD_TOO_LONG);
		return () -> {
			wait.await((nanos) -> lock.tryLock(nanos, TimeUnit.NANOSECONDS));
			return Held.threadBound(lock, (outcome) -> lock.unlock());
		};
	}

	/**
	 * Return a resource that waits for permits.
	 */
	static Resource<Semaphore> permits(Semaphore semaphore, int permits, Duration maxWait) {
		if (permits < 1) {
			throw new IllegalArgumentException(
					"Invalid number of permits (%d): it must be at least 1".formatted(permits));
		}
		BoundedWait wait = new BoundedWait((permits == 1) ? "permit" : permits + " permits", semaphore, maxWait,
				HELD_TOO_LONG);
		return () -> {
			wait.await((nanos) -> semaphore.tryAcquire(permits, nanos, TimeUnit.NANOSECONDS));
			return Held.of(semaphore, (outcome) -> semaphore.release(permits));
		};
	}

	/**
	 * Wait for an attempt to succeed.
	 * @param attempt what is attempted, once
	 * @return how long that took
	 * @throws ResourceUnavailableException if it did not succeed, or was interrupted; the
	 * thread's interrupt flag is set again then
	 */
	public Duration await(Attempt attempt) {
		Objects.requireNonNull(attempt, "attempt must not be null");
		long start = System.nanoTime();
		try {
			if (attempt.succeeds(nanos(this.maxWait))) {
				return since(start);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw failure("Interrupted after %2$s of at most %3$s while waiting for %1$s", since(start), ex);
		}
		throw inVain(since(start));
	}

	/**
	 * Return the failure of a wait that was in vain: for those who wait without a thread.
	 * @param waited how long it was
	 * @return what {@link #await} throws after that time
	 */
	public ResourceUnavailableException inVain(Duration waited) {
		Objects.requireNonNull(waited, "waited must not be null");
		return failure("Could not get %1$s within %3$s (gave up after %2$s): " + this.advice, waited, null);
	}

	private ResourceUnavailableException failure(String message, Duration waited,
			@Nullable InterruptedException cause) {
		String what = this.resource + " [" + this.subject + "]";
		return new ResourceUnavailableException(message.formatted(what, text(waited), text(this.maxWait)),
				this.resource, waited, cause);
	}

	private static Duration since(long start) {
		return Duration.ofNanos(System.nanoTime() - start);
	}

	private static long nanos(Duration duration) {
		try {
			return duration.toNanos();
		}
		catch (ArithmeticException ex) {
			return Long.MAX_VALUE;
		}
	}

	/**
	 * Return a duration as people write it.
	 * @param duration the duration
	 * @return its milliseconds, from a minute on its ISO form
	 */
	public static String text(Duration duration) {
		Objects.requireNonNull(duration, "duration must not be null");
		return (duration.toMinutes() == 0) ? duration.toMillis() + " ms" : duration.toString();
	}

	/**
	 * What may take until others let go.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Attempt {

		/**
		 * Try to get it.
		 * @param maxNanos how long to wait for it at most, in nanoseconds
		 * @return whether it was got
		 * @throws InterruptedException if the wait was interrupted
		 */
		boolean succeeds(long maxNanos) throws InterruptedException;

	}

}
