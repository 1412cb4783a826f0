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

package io.transactionscope.test;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

import io.transactionscope.resource.failure.Failures;

/**
 * A point in the life of a watched resource, at which a test lets something happen.
 *
 * <pre class="code">
 * faults.acquisition("link").fails(ConnectException::new);
 * faults.release("lock").nth(2).fails(new IllegalMonitorStateException());
 * faults.release("file").runs(() -&gt; assertThat(orders.count()).isOne());
 * </pre>
 *
 * <p>
 * It happens each time that point is reached, or the {@linkplain #nth nth} time only,
 * until {@link ResourceFaults#clear()}. Of several things that are to happen at one point
 * the earlier one comes first, and if it fails, the later ones do not happen.
 *
 * @see ResourceFaults
 * @since 0.1.0
 */
public final class FaultPoint {

	private final List<InjectedFault> faults;

	private final InjectedFault.Phase phase;

	private final String name;

	private final int time;

	FaultPoint(List<InjectedFault> faults, InjectedFault.Phase phase, String name, int time) {
		this.faults = faults;
		this.phase = phase;
		this.name = name;
		this.time = time;
	}

	/**
	 * Have it happen once only.
	 * @param time at which time that the point is reached from now on, at least 1
	 * @return the point at that time
	 */
	public FaultPoint nth(int time) {
		if (time < 1) {
			throw new IllegalArgumentException("Invalid time (" + time + "): must be at least 1, for the next time");
		}
		return new FaultPoint(this.faults, this.phase, this.name, time);
	}

	/**
	 * Have it happen once only, the next time.
	 * @return the point at that time
	 */
	public FaultPoint once() {
		return nth(1);
	}

	/**
	 * Let the resource fail.
	 * @param failure what is thrown, each time the same instance; may be an {@link Error}
	 */
	public void fails(Throwable failure) {
		Objects.requireNonNull(failure, "failure must not be null");
		fails(() -> failure);
	}

	/**
	 * Let the resource fail.
	 * @param failure returns what is thrown, called anew each time
	 */
	public void fails(Supplier<? extends Throwable> failure) {
		Objects.requireNonNull(failure, "failure must not be null");
		runs(() -> {
			throw Failures.rethrow(Objects.requireNonNull(failure.get(), "failure must not return null"));
		});
	}

	/**
	 * Let the resource wait until {@link ResourceFaults#clear()}, and then go on, or
	 * until its thread is interrupted, and then fail with an
	 * {@link InterruptedException}.
	 */
	public void hangs() {
		CountDownLatch cleared = new CountDownLatch(1);
		add(cleared::await, cleared);
	}

	/**
	 * Interrupt the thread there, as one would who stops it, and go on.
	 */
	public void interrupts() {
		runs(() -> Thread.currentThread().interrupt());
	}

	/**
	 * Let anything else happen: wait for a latch, or look at what can be seen at that
	 * moment.
	 * @param action what to run; if it throws, the resource fails with that
	 */
	public void runs(Action action) {
		Objects.requireNonNull(action, "action must not be null");
		add(action, new CountDownLatch(1));
	}

	private void add(Action action, CountDownLatch cleared) {
		this.faults.add(new InjectedFault(this.phase, this.name, this.time, action, cleared));
	}

	/**
	 * What happens at a point.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Action {

		/**
		 * Let it happen.
		 * @throws Exception what the resource is to fail with, if it is
		 */
		void run() throws Exception;

	}

}
