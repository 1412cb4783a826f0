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

package io.transactionscope.pool.diagnosis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why a pool has no free connection.
 *
 * @param snapshot the pool
 * @param holders the leases and what their holders do, the oldest first
 * @param circumstances what else is known
 * @since 0.1.0
 */
public record Examination(PoolSnapshot snapshot, List<Holder> holders, Circumstances circumstances) {

	// A thread may be seen between the return of its connection and that of its stack.
	private static final Duration SETTLED = Duration.ofMillis(500);

	public Examination {
		Objects.requireNonNull(snapshot, "snapshot must not be null");
		Objects.requireNonNull(holders, "holders must not be null");
		Objects.requireNonNull(circumstances, "circumstances must not be null");
		holders = List.copyOf(holders);
	}

	/**
	 * Return why the pool has no free connection.
	 */
	public Diagnosis diagnosis() {
		if (this.snapshot.state() == PoolSnapshot.State.CLOSED) {
			return new Closed();
		}
		if (this.snapshot.state() == PoolSnapshot.State.SUSPENDED) {
			return new Suspended();
		}
		if (this.circumstances.waited().isZero()) {
			List<Holder> leaks = leaks(this.holders);
			return leaks.isEmpty() ? new Healthy() : leak(leaks);
		}
		if (isMostOfTheWait(this.circumstances.stalled())) {
			return new StalledProcess(this.circumstances.stalled());
		}
		if (this.circumstances.deadlock() != null) {
			return this.circumstances.deadlock();
		}
		if (cannotConnect()) {
			return new CannotConnect(this.snapshot.total(), this.snapshot.maximum(),
					this.circumstances.connectFailure());
		}
		List<Holder> staying = this.holders.stream().filter((holder) -> isMostOfTheWait(holder.lease().age())).toList();
		boolean blocked = (staying.size() + this.circumstances.elsewhere()) * 2 >= this.snapshot.total();
		return blocked ? ofThoseWhoStay(staying) : ofThoseWhoComeAndGo();
	}

	private boolean isMostOfTheWait(Duration duration) {
		return !duration.isZero() && duration.compareTo(this.circumstances.waited().dividedBy(2)) >= 0;
	}

	private boolean cannotConnect() {
		return this.snapshot.total() < this.snapshot.maximum() && (this.snapshot.total() == 0
				|| this.circumstances.connectFailure() != null || isMostOfTheWait(this.circumstances.shortFor()));
	}

	/**
	 * Most connections have been in the same hands for most of the wait: what do most of
	 * them do?
	 */
	private Diagnosis ofThoseWhoStay(List<Holder> staying) {
		List<Holder> leaks = leaks(staying);
		List<Holder> idle = new ArrayList<>();
		List<Holder> working = new ArrayList<>();
		for (Holder holder : staying) {
			if (!leaks.contains(holder) && holder.lease().awaitedPool() == null) {
				(isIdle(holder.lease()) ? idle : working).add(holder);
			}
		}
		int most = Math.max(Math.max(leaks.size(), idle.size()),
				Math.max(working.size(), this.circumstances.elsewhere()));
		if (most == 0) {
			return heldByWaiters(staying);
		}
		if (leaks.size() == most) {
			return leak(leaks);
		}
		if (idle.size() == most) {
			return heldButIdle(idle);
		}
		return (working.size() == most) ? longHolders(working) : new HeldElsewhere(this.circumstances.elsewhere());
	}

	private List<Holder> leaks(List<Holder> holders) {
		return holders.stream().filter((holder) -> leakReason(holder) != null).toList();
	}

	private Leak.@Nullable Reason leakReason(Holder holder) {
		Lease lease = holder.lease();
		if (lease.handedOver()) {
			return null;
		}
		if (!lease.threadAlive()) {
			return Leak.Reason.THREAD_ENDED;
		}
		if (lease.age().compareTo(SETTLED) > 0 && Frames.waitsForTask(holder.stack())) {
			return Leak.Reason.TASK_ENDED;
		}
		boolean ended = lease.phase() == Phase.AFTER_TRANSACTION && !this.circumstances.leakThreshold().isZero()
				&& lease.idle().compareTo(this.circumstances.leakThreshold()) > 0;
		return ended ? Leak.Reason.TRANSACTION_ENDED : null;
	}

	private Leak leak(List<Holder> leaks) {
		return new Leak(leaks.size(), mostFrequent(leaks, (holder) -> holder.lease().scope()),
				Objects.requireNonNull(mostFrequent(leaks, this::leakReason)));
	}

	private static boolean isIdle(Lease lease) {
		Duration inPhase = lease.inPhase();
		return lease.phase().isIdle() && (inPhase == null || inPhase.multipliedBy(2).compareTo(lease.age()) >= 0);
	}

	private HeldButIdle heldButIdle(List<Holder> idle) {
		String scope = mostFrequent(idle, (holder) -> holder.lease().scope());
		Part part = Objects.requireNonNull(mostFrequent(idle, (holder) -> part(holder.lease().phase())));
		double share = idle.stream()
			.map(Holder::lease)
			.mapToDouble((lease) -> (double) lease.idle().toNanos() / Math.max(1, lease.age().toNanos()))
			.average()
			.orElse(1);
		return new HeldButIdle(scope, part, share, new PoolLoad(this.snapshot).gainWithout(scope, part));
	}

	private static Part part(Phase phase) {
		return switch (phase) {
			case BEFORE_FIRST_STATEMENT -> Part.BEFORE_FIRST_STATEMENT;
			case AFTER_TRANSACTION, ENDING_TRANSACTION -> Part.AFTER_LAST_STATEMENT;
			case BETWEEN_STATEMENTS, IN_STATEMENT -> Part.BETWEEN_STATEMENTS;
		};
	}

	private static HeldByWaiters heldByWaiters(List<Holder> holders) {
		return new HeldByWaiters(mostFrequent(holders, (holder) -> holder.lease().scope()), holders.size(),
				Objects.requireNonNull(mostFrequent(holders, (holder) -> holder.lease().awaitedPool())));
	}

	private static LongHolders longHolders(List<Holder> holders) {
		Duration longest = holders.stream()
			.map((holder) -> holder.lease().age())
			.max(Duration::compareTo)
			.orElse(Duration.ZERO);
		return new LongHolders(mostFrequent(holders, (holder) -> holder.lease().scope()), holders.size(), longest);
	}

	/**
	 * The connections come and go, but there are too few for all: what is their time
	 * spent on?
	 */
	private Diagnosis ofThoseWhoComeAndGo() {
		PoolLoad load = new PoolLoad(this.snapshot);
		// The law is about means. Those who hold or wait at this moment are a fact.
		double needed = Math.max(load.connections(), this.snapshot.active() + this.snapshot.waiters().size());
		PoolLoad.IdleTime idle = load.mostIdle();
		if (idle != null && load.busyShare() < 0.5) {
			return idle.diagnosis();
		}
		return new Undersized(needed, needed * load.busyShare(), this.snapshot.maximum());
	}

	private static <T> @Nullable T mostFrequent(List<Holder> holders, Function<Holder, @Nullable T> property) {
		T mostFrequent = null;
		long highest = 0;
		for (Holder holder : holders) {
			T value = property.apply(holder);
			long count = holders.stream().filter((other) -> Objects.equals(property.apply(other), value)).count();
			if (count > highest) {
				mostFrequent = value;
				highest = count;
			}
		}
		return mostFrequent;
	}

}
