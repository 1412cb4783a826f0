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

package io.transactionscope.pool.examination;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;

import io.transactionscope.pool.diagnosis.BlockedEventLoop;
import io.transactionscope.pool.snapshot.BlockedThread;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * Event loops that are kept by some code for most of the wait: what depends on them
 * stands still, whatever it seems to wait for.
 */
final class Loops {

	/**
	 * Whoever takes an event loop for less does not keep it, however short the wait is.
	 */
	private static final Duration SHORTEST = Duration.ofMillis(100);

	private final Symptoms symptoms;

	private final List<BlockedThread> kept;

	private final Leaks leaks;

	private Loops(Symptoms symptoms) {
		this.symptoms = symptoms;
		this.kept = symptoms.circumstances()
			.blockedLoops()
			.stream()
			.filter((loop) -> isLong(loop.time()) && dependent(loop) > 0)
			.sorted(Comparator.comparing(Loops::dependent)
				.thenComparing(BlockedThread::time)
				.reversed()
				.thenComparing(BlockedThread::thread))
			.toList();
		this.leaks = new Leaks(symptoms.holders());
	}

	/**
	 * Return that event loops are kept on which half of the pool's connections depend, or
	 * half of those who could have one of the pool's otherwise.
	 */
	static @Nullable BlockedEventLoop diagnosis(Symptoms symptoms) {
		Loops loops = new Loops(symptoms);
		return loops.kept.isEmpty() ? null : loops.diagnosis();
	}

	private @Nullable BlockedEventLoop diagnosis() {
		PoolSnapshot pool = this.symptoms.snapshot();
		int leases = (int) this.symptoms.holders().stream().filter(this::standsStill).count();
		int connections = leases + free();
		int waiters = waiters();
		boolean most = connections > 0 && connections * 2 >= pool.total();
		boolean mostWaiters = isFree() && waiters > 0 && waiters * 2 >= pool.waiters().size();
		if (!most && !mostWaiters) {
			return null;
		}
		BlockedThread first = this.kept.get(0);
		return new BlockedEventLoop(first.thread(), first.frame(), first.time(), this.kept.size(), connections,
				waiters);
	}

	private boolean isLong(Duration time) {
		return time.compareTo(SHORTEST) >= 0 && this.symptoms.isMostOfTheWait(time);
	}

	private static int dependent(BlockedThread loop) {
		return loop.handsOut() ? Integer.MAX_VALUE : loop.leases().size() + loop.free() + loop.waiters();
	}

	private boolean standsStill(Holder holder) {
		return isLong(holder.lease().age()) && !this.leaks.include(holder)
				&& this.kept.stream().anyMatch((loop) -> loop.leases().contains(holder.lease().id()));
	}

	/**
	 * Return how many connections that nobody has depend on the event loops: those are
	 * free, or the pool prepares them for somebody who waits.
	 */
	private int free() {
		return Math.min(ofNobody(), sum(BlockedThread::free));
	}

	private int ofNobody() {
		return this.symptoms.snapshot().idle() + this.symptoms.circumstances().tested();
	}

	/** Whether the pool has a connection for those who wait, or may open one. */
	private boolean isFree() {
		PoolSnapshot pool = this.symptoms.snapshot();
		return pool.idle() > 0
				|| (pool.total() < pool.maximum() && this.symptoms.circumstances().connectFailure() == null);
	}

	private int waiters() {
		int all = this.symptoms.snapshot().waiters().size();
		int prepared = Math.min(this.symptoms.circumstances().tested(), free());
		if (!isFree()) {
			return Math.min(all, prepared);
		}
		return (keepsFree() || this.kept.stream().anyMatch(BlockedThread::handsOut)) ? all
				: Math.min(all, Math.max(prepared, sum(BlockedThread::waiters)));
	}

	/**
	 * Whether that must be why free connections reach nobody: most of them depend on the
	 * event loops, or some where so many are free that nobody else keeps those who wait.
	 */
	private boolean keepsFree() {
		PoolSnapshot pool = this.symptoms.snapshot();
		return pool.idle() > 0 && free() > 0 && (free() * 2 >= ofNobody() || pool.active() * 2 < pool.total());
	}

	private int sum(ToIntFunction<BlockedThread> number) {
		return this.kept.stream().mapToInt(number).sum();
	}

}
