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

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.Resources;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for the locks and permits in {@link Resources}.
 */
@DisplayName("locks")
class LockResourcesTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final Duration SHORT = Duration.ofMillis(20);

	@AfterEach
	void clearInterrupt() {
		Thread.interrupted();
	}

	static Stream<Arguments> locks() {
		ReentrantLock lock = new ReentrantLock();
		ReentrantReadWriteLock read = new ReentrantReadWriteLock();
		ReentrantReadWriteLock write = new ReentrantReadWriteLock();
		Semaphore permit = new Semaphore(1);
		Semaphore permits = new Semaphore(5);
		return Stream.of(arguments("Lock", LockResources.lock(lock, SOON), lock::isHeldByCurrentThread),
				arguments("named Lock", LockResources.lock("stock", lock, SOON), lock::isHeldByCurrentThread),
				arguments("ReadWriteLock, read side", LockResources.readLock(read, SOON),
						() -> read.getReadHoldCount() == 1),
				arguments("ReadWriteLock, write side", LockResources.writeLock(write, SOON),
						write::isWriteLockedByCurrentThread),
				arguments("Semaphore", LockResources.permit(permit, SOON), () -> permit.availablePermits() == 0),
				arguments("Semaphore, several permits", LockResources.permits(permits, 3, SOON),
						() -> permits.availablePermits() == 2),
				arguments("without a wait", LockResources.lock(lock, Duration.ZERO), lock::isHeldByCurrentThread),
				arguments("with a wait without end", LockResources.lock(lock, Duration.ofSeconds(Long.MAX_VALUE)),
						lock::isHeldByCurrentThread));
	}

	private static Arguments arguments(String name, Resource<?> resource, BooleanSupplier held) {
		return Arguments.of(name, resource, held);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("locks")
	@DisplayName("held inside, released after success")
	void isHeldInsideAndReleasedAfterSuccess(String name, Resource<?> resource, BooleanSupplier held) {
		assertThat(held.getAsBoolean()).isFalse();
		ResourceScope.run((scope) -> {
			scope.enter(resource);
			assertThat(held.getAsBoolean()).isTrue();
		});
		assertThat(held.getAsBoolean()).isFalse();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("locks")
	@DisplayName("held inside, released after failure")
	void isHeldInsideAndReleasedAfterFailure(String name, Resource<?> resource, BooleanSupplier held) {
		IOException failure = new IOException("body");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(resource);
			assertThat(held.getAsBoolean()).isTrue();
			throw failure;
		})).isSameAs(failure);
		assertThat(held.getAsBoolean()).isFalse();
	}

	@Test
	void lockIsReleasedAsOftenAsItWasEntered() {
		ReentrantLock lock = new ReentrantLock();
		Resource<?> resource = LockResources.lock(lock, SOON);
		ResourceScope.run((scope) -> {
			scope.enter(resource);
			scope.enter(resource);
			assertThat(lock.getHoldCount()).isEqualTo(2);
		});
		assertThat(lock.getHoldCount()).isZero();
	}

	@Test
	void errorNamesTheLockItsHolderAndTheWait() throws InterruptedException {
		ReentrantLock lock = new ReentrantLock();
		whileHeld(lock, () -> {
			assertThatExceptionOfType(ResourceUnavailableException.class)
				.isThrownBy(() -> ResourceScope
					.run((scope) -> scope.enter(LockResources.lock("stock of A-1", lock, SHORT))))
				.withMessageStartingWith("Could not get lock 'stock of A-1' [java.util.concurrent.locks.ReentrantLock@")
				.withMessageContaining("Locked by thread holder")
				.withMessageContaining("within 20 ms")
				.withMessageEndingWith("find out what holds it for so long, or allow a longer wait")
				.withNoCause()
				.satisfies((thrown) -> {
					assertThat(thrown.resource()).isEqualTo("lock 'stock of A-1'");
					assertThat(thrown.waited()).isGreaterThanOrEqualTo(SHORT);
				});
			assertThatExceptionOfType(ResourceUnavailableException.class)
				.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(LockResources.lock(lock, Duration.ZERO))))
				.withMessageStartingWith("Could not get lock [java.util.concurrent.locks.ReentrantLock@")
				.withMessageContaining("within 0 ms");
		});
		assertThat(lock.isLocked()).isFalse();
	}

	@Test
	void errorNamesTheSideOfTheLock() throws InterruptedException {
		ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
		whileHeld(lock.writeLock(), () -> {
			assertThatExceptionOfType(ResourceUnavailableException.class)
				.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(LockResources.readLock(lock, SHORT))))
				.withMessageStartingWith("Could not get read lock [");
			assertThatExceptionOfType(ResourceUnavailableException.class)
				.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(LockResources.writeLock(lock, SHORT))))
				.withMessageStartingWith("Could not get write lock [");
		});
	}

	@Test
	void errorNamesTheNumberOfPermits() {
		Semaphore semaphore = new Semaphore(1);
		assertThatExceptionOfType(ResourceUnavailableException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(LockResources.permits(semaphore, 2, SHORT))))
			.withMessageStartingWith("Could not get 2 permits [java.util.concurrent.Semaphore@")
			.withMessageContaining("[Permits = 1]")
			.withMessageContaining("within 20 ms");
		assertThat(semaphore.availablePermits()).isOne();
	}

	@Test
	void waitsUntilTheLockIsFree() throws InterruptedException {
		ReentrantLock lock = new ReentrantLock();
		CountDownLatch entered = new CountDownLatch(1);
		Thread waiter = new Thread(() -> ResourceScope.run((scope) -> {
			scope.enter(LockResources.lock(lock, SOON));
			entered.countDown();
		}));
		whileHeld(lock, () -> {
			waiter.start();
			Awaitility.await().until(() -> lock.hasQueuedThread(waiter));
			assertThat(entered.getCount()).isOne();
		});
		assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
		waiter.join();
		assertThat(lock.isLocked()).isFalse();
	}

	@Test
	void interruptEndsTheWaitAndRestoresTheFlag() throws InterruptedException {
		ReentrantLock lock = new ReentrantLock();
		AtomicReference<ResourceUnavailableException> thrown = new AtomicReference<>();
		CountDownLatch flagged = new CountDownLatch(1);
		Thread waiter = new Thread(() -> {
			try {
				ResourceScope.run((scope) -> scope.enter(LockResources.lock("stock", lock, SOON)));
			}
			catch (ResourceUnavailableException ex) {
				thrown.set(ex);
				if (Thread.currentThread().isInterrupted()) {
					flagged.countDown();
				}
			}
		});
		whileHeld(lock, () -> {
			waiter.start();
			Awaitility.await().until(() -> lock.hasQueuedThread(waiter));
			waiter.interrupt();
			Awaitility.await().until(() -> !waiter.isAlive());
		});
		assertThat(thrown.get()).hasMessageStartingWith("Interrupted after ")
			.hasMessageContaining("of at most 10000 ms while waiting for lock 'stock' [")
			.hasCauseInstanceOf(InterruptedException.class);
		assertThat(flagged.getCount()).isZero();
	}

	@Test
	void lockReleasedOnAnotherThreadFailsAndSaysSo() throws InterruptedException {
		ReentrantLock lock = new ReentrantLock();
		ResourceScope scope = ResourceScope.open();
		scope.enter(LockResources.lock(lock, SOON));
		ResourceScope detached = scope.detach();
		AtomicReference<Throwable> thrown = new AtomicReference<>();
		Thread thread = new Thread(() -> thrown.set(detached.end(Outcome.succeeded()).get(0)));
		thread.start();
		thread.join();
		assertThat(thrown.get()).isInstanceOf(IllegalMonitorStateException.class);
		lock.unlock();
	}

	@Test
	@SuppressWarnings("NullAway")
	void refusesBadArgumentsAtOnce() {
		ReentrantLock lock = new ReentrantLock();
		assertThatIllegalArgumentException().isThrownBy(() -> LockResources.lock("stock", lock, Duration.ofMillis(-1)))
			.withMessage("Invalid wait of PT-0.001S for lock 'stock': it must be positive, or zero for no wait");
		assertThatIllegalArgumentException().isThrownBy(() -> LockResources.permits(new Semaphore(1), 0, SOON))
			.withMessage("Invalid number of permits (0): it must be at least 1");
		assertThatNullPointerException().isThrownBy(() -> LockResources.lock(null, SOON))
			.withMessage("lock must not be null");
		assertThatNullPointerException().isThrownBy(() -> LockResources.lock(lock, null))
			.withMessage("maxWait must not be null");
		assertThatNullPointerException().isThrownBy(() -> LockResources.permit(null, SOON))
			.withMessage("semaphore must not be null");
	}

	private static void whileHeld(Lock lock, Runnable action) throws InterruptedException {
		CountDownLatch held = new CountDownLatch(1);
		CountDownLatch done = new CountDownLatch(1);
		Thread holder = new Thread(() -> ResourceScope.run((scope) -> {
			scope.enter(LockResources.lock(lock, SOON));
			scope.onExit((outcome) -> done.await());
			held.countDown();
		}), "holder");
		holder.start();
		assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
		try {
			action.run();
		}
		finally {
			done.countDown();
			holder.join();
		}
	}

}
