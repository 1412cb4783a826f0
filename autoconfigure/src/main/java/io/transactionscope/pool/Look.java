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

import java.time.Duration;
import java.util.List;

import io.transactionscope.pool.figures.Stay;
import io.transactionscope.pool.figures.Timing;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.Waiter;
import org.jspecify.annotations.Nullable;

/**
 * A look at entries of a ledger, which makes facts of what they are at that moment.
 *
 * @param now the moment
 */
record Look(long now) {

	/** As many tasks that wait are enough for a suspicion. */
	private static final int MOST_TASKS = 100;

	/**
	 * Return somebody who is turned away, with the code that asks where no scope tells
	 * who that is.
	 */
	Waiter turnedAway(LedgerEntry entry) {
		Waiter.Builder waiter = builder(entry);
		if (entry.scope() == null) {
			waiter.code(Frames.innermostOwn(entry.borrower().activity()));
		}
		return waiter.build();
	}

	Waiter waiter(LedgerEntry entry) {
		return builder(entry).build();
	}

	private Waiter.Builder builder(LedgerEntry entry) {
		return Waiter.builder()
			.scope(entry.scope())
			.thread(entry.borrower().description())
			.waited(LedgerEntry.since(entry.asked(), this.now))
			.holds(Math.max(0, entry.borrower().holds()));
	}

	Lease lease(LedgerEntry entry) {
		Timing timing = entry.timing();
		LedgerEntry wait = LedgerEntry.awaitedBy(entry.borrower());
		return Lease.builder()
			.id(entry.id())
			.scope(entry.scope())
			.outsideOfScopes(!entry.isInScope())
			.thread(entry.borrower().description())
			.threadAlive(entry.borrower().isAlive())
			.age(entry.age(this.now))
			.phase(entry.phase())
			.inPhase(inPhase(entry))
			.spent((timing != null) ? timing.spent(this.now) : null)
			.lastSql(entry.lastSql())
			.connection(entry.connectionId())
			.serverProcess(entry.serverProcess())
			.handedOver(entry.isHandedOver())
			.user(entry.user())
			.awaitedPool((wait != null) ? wait.pool().name() : null)
			.abandonment(entry.abandonment())
			.longLived(entry.isLongLived())
			.calls(entry.pool().calls().during(entry, this.now))
			.borrowSite(entry.borrowSite())
			.build();
	}

	private @Nullable Duration inPhase(LedgerEntry entry) {
		if (entry.phase() == Phase.BEFORE_FIRST_STATEMENT) {
			return entry.age(this.now);
		}
		Timing timing = entry.timing();
		return (timing != null) ? LedgerEntry.since(timing.phaseBegan(), this.now) : null;
	}

	/**
	 * Return a lease and what its holder is doing.
	 */
	Holder holder(LedgerEntry entry) {
		Lease lease = lease(entry);
		List<StackTraceElement> activity = entry.activity();
		// Or else the holder is doing something else by now.
		return new Holder(lease, entry.isLeased() ? activity : List.of());
	}

	/**
	 * Return what has come of an entry until now, for the figures.
	 * @return {@code null} if it is over
	 */
	@Nullable Stay stay(Object entered) {
		LedgerEntry entry = (LedgerEntry) entered;
		if (entry.isWaiting()) {
			return Stay.ofWaiter(entry.counters(), this.now - entry.asked());
		}
		Timing timing = entry.timing();
		if (!entry.isLeased()) {
			return null;
		}
		return (timing != null) ? Stay.ofHolder(entry.counters(), timing, this.now)
				: Stay.ofHolder(entry.counters(), entry.phase(), this.now - entry.asked());
	}

	/**
	 * Return how long ago the database is known to have answered to a holder,
	 * {@code Long.MAX_VALUE} if it is not.
	 */
	long sinceDatabaseAnswered(LedgerEntry entry) {
		Timing timing = entry.timing();
		return (timing != null) ? timing.sinceAnswered(entry.phase(), this.now) : Long.MAX_VALUE;
	}

	/**
	 * Return how many threads at work on a task of a thread pool wait for a connection
	 * which they have asked for after one was lent to somebody who waits for other
	 * threads: they may be what that one waits for.
	 */
	int waitingTasks(WatchedPool pool, List<Holder> holders) {
		return holders.stream()
			.filter((holder) -> Frames.join(holder.stack()) != null)
			.map((holder) -> holder.lease().age())
			.max(Duration::compareTo)
			.map((oldest) -> waitingTasks(pool, this.now - oldest.toNanos()))
			.orElse(0);
	}

	private static int waitingTasks(WatchedPool pool, long since) {
		return (int) LedgerEntry.of(pool)
			.stream()
			.filter(LedgerEntry::isWaiting)
			.filter((entry) -> entry.asked() - since > 0)
			.limit(MOST_TASKS)
			.map((entry) -> entry.borrower().activity())
			.filter(Frames::runsTask)
			.count();
	}

}
