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
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.text.Printable;

/**
 * Locks and permits, held while a scope lasts.
 *
 * <pre class="code">
 * Resource&lt;Lock&gt; importLock = LockResources.lock("import", mutex, Duration.ofSeconds(2));
 * ResourceScope.run((scope) -&gt; {
 *     scope.enter(importLock);
 *     importOrders();
 * });
 * </pre>
 *
 * <p>
 * Waits are bounded, by any {@link Duration} from zero, which means not to wait at all; a
 * negative one is an {@link IllegalArgumentException} at once. They can be interrupted,
 * and end with a {@link ResourceUnavailableException} that names the resource and the
 * wait. What is made here may be kept in a field and shared between threads.
 *
 * @since 0.1.0
 */
public final class LockResources {

	private LockResources() {
	}

	/**
	 * Hold a lock.
	 * @param lock the lock, whose own text stands in the error
	 * @param maxWait how long to wait for it at most
	 * @return a resource that throws {@link ResourceUnavailableException} if the lock
	 * cannot be had in that time
	 */
	public static Resource<Lock> lock(Lock lock, Duration maxWait) {
		Objects.requireNonNull(lock, "lock must not be null");
		return BoundedWait.lock("lock", lock, lock, maxWait);
	}

	/**
	 * Hold a lock that has a name.
	 * @param name what the lock stands for, for the error
	 * @param lock the lock
	 * @param maxWait how long to wait for it at most
	 * @return a resource that throws {@link ResourceUnavailableException} if the lock
	 * cannot be had in that time
	 */
	public static Resource<Lock> lock(String name, Lock lock, Duration maxWait) {
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(lock, "lock must not be null");
		return BoundedWait.lock("lock '" + Printable.of(name) + "'", lock, lock, maxWait);
	}

	/**
	 * Hold the read side of a lock.
	 * @param lock the lock, whose own text stands in the error
	 * @param maxWait how long to wait for it at most
	 * @return a resource that throws {@link ResourceUnavailableException} if the lock
	 * cannot be had in that time
	 */
	public static Resource<Lock> readLock(ReadWriteLock lock, Duration maxWait) {
		Objects.requireNonNull(lock, "lock must not be null");
		return BoundedWait.lock("read lock", lock, lock.readLock(), maxWait);
	}

	/**
	 * Hold the write side of a lock.
	 * @param lock the lock, whose own text stands in the error
	 * @param maxWait how long to wait for it at most
	 * @return a resource that throws {@link ResourceUnavailableException} if the lock
	 * cannot be had in that time
	 */
	public static Resource<Lock> writeLock(ReadWriteLock lock, Duration maxWait) {
		Objects.requireNonNull(lock, "lock must not be null");
		return BoundedWait.lock("write lock", lock, lock.writeLock(), maxWait);
	}

	/**
	 * Hold one permit of a semaphore.
	 * @param semaphore the semaphore, whose own text stands in the error
	 * @param maxWait how long to wait for the permit at most
	 * @return a resource that throws {@link ResourceUnavailableException} if no permit
	 * can be had in that time
	 */
	public static Resource<Semaphore> permit(Semaphore semaphore, Duration maxWait) {
		return permits(semaphore, 1, maxWait);
	}

	/**
	 * Hold several permits of a semaphore.
	 * @param semaphore the semaphore, whose own text stands in the error
	 * @param permits how many, at least one
	 * @param maxWait how long to wait for them at most
	 * @return a resource that throws {@link ResourceUnavailableException} if they cannot
	 * be had in that time
	 */
	public static Resource<Semaphore> permits(Semaphore semaphore, int permits, Duration maxWait) {
		Objects.requireNonNull(semaphore, "semaphore must not be null");
		return BoundedWait.permits(semaphore, permits, maxWait);
	}

}
