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

package io.transactionscope.pool;

import io.transactionscope.pool.PoolSettings.DeadlockPolicy;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

import io.transactionscope.pool.diagnosis.SelfDeadlock;
import org.jspecify.annotations.Nullable;

/**
 * A set of connections whose holders all wait for others of the set: every connection of
 * the pools concerned, and none of the waits can end.
 *
 * <p>
 * What it is found from is read while all others go on. That it is true all the same
 * rests on the order of three things: a borrower writes into its slot that it waits
 * before it looks for a deadlock; its entry never returns to a state that it has left;
 * and all is read twice.
 */
final class Deadlock {

	private final Map<WatchedPool, Integer> connections;

	private final List<Link> links;

	/** Those that nobody is going to give back, and so set nobody free. */
	private final List<LedgerEntry> leaks;

	private Deadlock(Map<WatchedPool, Integer> connections, List<Link> links, List<LedgerEntry> leaks) {
		this.connections = connections;
		this.links = links;
		this.leaks = leaks;
	}

	/**
	 * Find the deadlock that everybody who waits for a pool is caught in.
	 *
	 * <p>
	 * The pool must have lent all connections that it may have, each to a borrower that
	 * waits, but for those that have leaked, and the same must hold for the pools which
	 * those threads wait for. All of that was true at one moment: an entry never returns
	 * to a state that it has left, so what is found twice was so all the while.
	 * @return the deadlock, or {@code null} if there is none
	 */
	static @Nullable Deadlock of(WatchedPool awaited) {
		Map<WatchedPool, Integer> connections = new HashMap<>();
		List<Link> links = new ArrayList<>();
		List<LedgerEntry> leaks = new ArrayList<>();
		Set<WatchedPool> found = new HashSet<>(Set.of(awaited));
		Deque<WatchedPool> open = new ArrayDeque<>(found);
		while (!open.isEmpty()) {
			WatchedPool pool = open.remove();
			List<LedgerEntry> leases = LedgerEntry.lentBy(pool);
			for (LedgerEntry lease : leases) {
				if (lease.isAbandoned()) {
					leaks.add(lease);
					continue;
				}
				LedgerEntry wait = LedgerEntry.awaitedBy(lease.borrower());
				if (wait == null || lease.isHandedOver()) {
					return null;
				}
				links.add(new Link(lease, wait));
				if (found.add(wait.pool())) {
					open.add(wait.pool());
				}
			}
			connections.put(pool, leases.size());
		}
		Deadlock deadlock = new Deadlock(connections, links, leaks);
		return (!links.isEmpty() && deadlock.persists()) ? deadlock : null;
	}

	boolean persists() {
		return this.connections.entrySet().stream().allMatch((pool) -> pool.getKey().isUsedUpBy(pool.getValue()))
				&& this.links.stream().allMatch(Link::persists)
				&& this.leaks.stream().allMatch((leak) -> leak.isLeased() && leak.isAbandoned());
	}

	/**
	 * Return whether somebody holds one of the connections. To fail anybody else would
	 * set nobody free.
	 */
	boolean involves(Party borrower) {
		return this.links.stream()
			.map((link) -> link.lease().borrower())
			.anyMatch((holder) -> holder == borrower || borrower.isInside(holder));
	}

	/**
	 * Return who was the last of those who wait for a pool to ask for its connections.
	 * @return the waiter, or {@code null} if they all wait for other pools
	 */
	@Nullable LedgerEntry latestWaiter(WatchedPool awaited, long now) {
		return this.links.stream()
			.map(Link::waiter)
			.filter((waiter) -> waiter.pool() == awaited)
			.min(Comparator.comparing((waiter) -> LedgerEntry.since(waiter.asked(), now)))
			.orElse(null);
	}

	/**
	 * Return whether none of the connections can have been passed to another thread.
	 */
	boolean isProven() {
		return this.leaks.isEmpty() && this.links.stream().allMatch((link) -> link.lease().isConfined());
	}

	SelfDeadlock diagnosis() {
		return new SelfDeadlock(this.links.stream().map(Link::describe).toList(), isProven(), floor());
	}

	/**
	 * Return the size from which on a pool cannot be locked up: one connection more than
	 * all who are at it can hold while they wait for their last. Who waits or holds for
	 * somebody else is a part of that one. None, if the database has no room for it.
	 */
	private int floor() {
		List<Party> parties = this.connections.keySet()
			.stream()
			.flatMap((pool) -> LedgerEntry.of(pool).stream())
			.map(LedgerEntry::borrower)
			.distinct()
			.toList();
		Map<Party, Party> awaitedBy = new HashMap<>();
		parties.forEach((party) -> party.awaited().forEach((awaited) -> awaitedBy.put(awaited, party)));
		Map<Party, Integer> held = new HashMap<>();
		parties.forEach((party) -> held.put(outermost(party, awaitedBy), 0));
		this.links.forEach((link) -> held.merge(outermost(link.lease().borrower(), awaitedBy), 1, Integer::sum));
		int floor = held.size() * held.values().stream().mapToInt(Integer::intValue).max().orElse(1) + 1;
		boolean fits = this.connections.keySet()
			.stream()
			.map(WatchedPool::room)
			.allMatch((room) -> room == null || room >= floor);
		return fits ? floor : SelfDeadlock.NO_ROOM;
	}

	private static Party outermost(Party party, Map<Party, Party> awaitedBy) {
		Party outermost = party;
		for (Party around = party; around != null; around = awaitedBy.get(around)) {
			outermost = around;
		}
		return outermost;
	}

	private record Link(LedgerEntry lease, LedgerEntry waiter) {

		boolean persists() {
			return this.lease.isLeased() && !this.lease.isHandedOver() && this.waiter.isWaiting();
		}

		SelfDeadlock.Link describe() {
			return new SelfDeadlock.Link(this.lease.borrower().description(), this.lease.scope(),
					this.lease.pool().name(), this.waiter.scope(), this.waiter.pool().name());
		}

	}

	/**
	 * Finds deadlocks that become complete while all of their threads wait already: as
	 * their pool is resumed, becomes smaller, or loses a connection. Those that a thread
	 * completes by its arrival are found by that thread.
	 */
	static final class Watch {

		/** One for all pools, because a deadlock may involve several. */
		static final Lock VERDICT = new ReentrantLock();

		/** Longer than it takes a thread to see that its wait has been ended. */
		private static final long LEAVE_NANOS = Duration.ofSeconds(1).toNanos();

		private static final long RECHECK_NANOS = 1_000_000;

		/** The waits in deadlocks that were reported. Under {@link #VERDICT}. */
		private static final Set<LedgerEntry> REPORTED = Collections.newSetFromMap(new WeakHashMap<>());

		private final Set<Wait<?>> waits = ConcurrentHashMap.newKeySet();

		/** Of the watch alone, as what follows: what may be none. */
		private @Nullable Deadlock suspected;

		private long suspectedSince;

		/**
		 * Begin a wait.
		 * @param <C> what is waited for
		 */
		<C> Wait<C> begin(LedgerEntry entry) {
			Wait<C> wait = new Wait<>(entry);
			this.waits.add(wait);
			return wait;
		}

		void end(Wait<?> wait) {
			this.waits.remove(wait);
		}

		/**
		 * End a wait that has just begun if it completes a deadlock for certain, and
		 * leave it to a later look if others are about that at this moment: waits for
		 * nobody.
		 */
		void end(WatchedPool pool, Wait<?> wait) {
			if (pool.settings().deadlock() != DeadlockPolicy.FAIL || pool.idle() > 0) {
				return;
			}
			// Of two that arrive at the same time, at least one has to see the other.
			VarHandle.fullFence();
			Deadlock deadlock = Deadlock.of(pool);
			if (deadlock != null && deadlock.isProven() && deadlock.involves(wait.entry.borrower())
					&& VERDICT.tryLock()) {
				try {
					if (deadlock.persists()) {
						wait.endBy(deadlock);
					}
				}
				finally {
					VERDICT.unlock();
				}
			}
		}

		/**
		 * End a deadlock that whoever waits for the pool is caught in, if it is to be
		 * ended.
		 */
		void end(WatchedPool pool, long now) {
			if (pool.settings().deadlock() != DeadlockPolicy.FAIL) {
				return;
			}
			Deadlock deadlock = lasting(this.waits.isEmpty() ? null : Deadlock.of(pool), pool, now);
			if (deadlock != null) {
				this.waits.stream()
					.filter((wait) -> deadlock.involves(wait.entry.borrower()))
					.findFirst()
					.ifPresent((victim) -> end(deadlock, victim));
			}
		}

		/**
		 * Report a deadlock that whoever waits for the pool is caught in, if it is to be
		 * reported and has not been.
		 */
		void report(WatchedPool pool, long now, BiConsumer<LedgerEntry, SelfDeadlock> reporter) {
			if (pool.settings().deadlock() != DeadlockPolicy.REPORT) {
				return;
			}
			Deadlock deadlock = lasting((pool.idle() == 0) ? Deadlock.of(pool) : null, pool, now);
			LedgerEntry waiter = (deadlock != null) ? deadlock.latestWaiter(pool, now) : null;
			if (deadlock != null && waiter != null && isNews(deadlock)) {
				reporter.accept(waiter, deadlock.diagnosis());
			}
		}

		private static boolean isNews(Deadlock deadlock) {
			VERDICT.lock();
			try {
				return deadlock.persists() && isFirstReportOf(deadlock);
			}
			finally {
				VERDICT.unlock();
			}
		}

		/**
		 * Take notice that a deadlock is reported. To be called under {@link #VERDICT}.
		 * @return whether it is news
		 */
		static boolean isFirstReportOf(Deadlock deadlock) {
			return REPORTED.addAll(deadlock.links.stream().map(Link::waiter).toList());
		}

		/** Unless it may be none, and has not lasted long enough to be taken for one. */
		private @Nullable Deadlock lasting(@Nullable Deadlock deadlock, WatchedPool pool, long now) {
			if (deadlock == null || deadlock.isProven()) {
				this.suspected = null;
			}
			else if (this.suspected == null || !this.suspected.persists()) {
				this.suspected = deadlock;
				this.suspectedSince = now;
			}
			boolean lasts = this.suspected == null
					|| now - this.suspectedSince >= pool.settings().deadlockGrace().toNanos();
			return lasts ? deadlock : null;
		}

		private static void end(Deadlock deadlock, Wait<?> victim) {
			VERDICT.lock();
			try {
				if (deadlock.persists() && victim.endBy(deadlock)) {
					victim.awaitLeave();
				}
			}
			finally {
				VERDICT.unlock();
			}
		}

		/**
		 * The wait of somebody who holds connections, which can be ended by others.
		 *
		 * @param <C> what is waited for
		 */
		static final class Wait<C> {

			private final LedgerEntry entry;

			private final CompletableFuture<C> answer = new CompletableFuture<>();

			/** Written before the answer. */
			private volatile @Nullable Deadlock deadlock;

			private Wait(LedgerEntry entry) {
				this.entry = entry;
			}

			CompletableFuture<C> answer() {
				return this.answer;
			}

			/**
			 * Return the deadlock that it was ended by, if it was.
			 */
			@Nullable Deadlock deadlock() {
				return this.deadlock;
			}

			private boolean endBy(Deadlock deadlock) {
				this.deadlock = deadlock;
				boolean ended = this.answer.completeExceptionally(new IllegalStateException("The wait has been ended"));
				if (!ended) {
					this.deadlock = null;
				}
				return ended;
			}

			/**
			 * Wait until nobody can take the thread for one that waits, and fail another
			 * one.
			 */
			private void awaitLeave() {
				long end = System.nanoTime() + LEAVE_NANOS;
				while (this.entry.isWaiting() && System.nanoTime() - end < 0) {
					LockSupport.parkNanos(RECHECK_NANOS);
				}
			}

		}

	}

}
