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

package io.transactionscope.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.TimeSpent;
import io.transactionscope.pool.snapshot.Usage;
import io.transactionscope.pool.snapshot.Waiter;
import org.jspecify.annotations.Nullable;

/**
 * A pool at one moment, as the endpoint tells of it: what is here is read by others.
 *
 * @param pool the name of the pool, with a number where several have the same name
 * @param kind what the pool lends, and to whom
 * @param at when it was taken
 * @param state what the pool does
 * @param maximum how many connections the pool may have
 * @param total how many it has
 * @param active how many of them are lent
 * @param idle how many are free
 * @param waiting how many wait for one, as the pool counts them
 * @param leases the connections lent through the ledger, the oldest lease first
 * @param waiters those who wait, the longest wait first
 * @param scopes the figures of each scope, the one with the most connections first
 * @param events what has happened since the ledger was opened
 * @param sinceDatabaseAnswered the time, or {@code null} if it never has
 * @since 0.1.0
 */
public record PoolSnapshotDescriptor(String pool, PoolKind kind, Instant at, State state, int maximum, int total,
		int active, int idle, int waiting, List<LeaseDescriptor> leases, List<WaiterDescriptor> waiters,
		List<ScopeDescriptor> scopes, EventsDescriptor events, @Nullable Duration sinceDatabaseAnswered) {

	/**
	 * Create one from its facts.
	 * @param pool the name of the pool, with a number where several have the same name
	 * @param kind what the pool lends, and to whom
	 * @param at when it was taken
	 * @param state what the pool does
	 * @param maximum how many connections the pool may have
	 * @param total how many it has
	 * @param active how many of them are lent
	 * @param idle how many are free
	 * @param waiting how many wait for one, as the pool counts them
	 * @param leases the connections lent through the ledger, the oldest lease first
	 * @param waiters those who wait, the longest wait first
	 * @param scopes the figures of each scope, the one with the most connections first
	 * @param events what has happened since the ledger was opened
	 * @param sinceDatabaseAnswered the time, or {@code null} if it never has
	 */
	public PoolSnapshotDescriptor {
		Objects.requireNonNull(pool, "pool must not be null");
		Objects.requireNonNull(kind, "kind must not be null");
		Objects.requireNonNull(at, "at must not be null");
		Objects.requireNonNull(state, "state must not be null");
		Objects.requireNonNull(leases, "leases must not be null");
		Objects.requireNonNull(waiters, "waiters must not be null");
		Objects.requireNonNull(scopes, "scopes must not be null");
		Objects.requireNonNull(events, "events must not be null");
	}

	static PoolSnapshotDescriptor of(String name, PoolSnapshot snapshot) {
		return new PoolSnapshotDescriptor(name, snapshot.kind(), snapshot.at(), snapshot.state(), snapshot.maximum(),
				snapshot.total(), snapshot.active(), snapshot.idle(), snapshot.waiting(),
				snapshot.leases().stream().map(LeaseDescriptor::of).toList(),
				snapshot.waiters().stream().map(WaiterDescriptor::of).toList(),
				snapshot.scopes()
					.stream()
					.map((scope) -> ScopeDescriptor.of(scope, snapshot.calls().getOrDefault(scope.scope(), List.of())))
					.toList(),
				EventsDescriptor.of(snapshot.events()), snapshot.sinceDatabaseAnswered());
	}

	/**
	 * A connection in somebody's hands.
	 *
	 * @param id what names this lease among all leases of the pool, for {@code
	 * PoolLedger.holder(String)}
	 * @param scope the name of the scope, or {@code null} if it has none
	 * @param thread the name of the thread that has borrowed it, or of the subscription
	 * @param threadAlive whether that thread still lives; {@code true} of a subscription
	 * @param age how long the connection has been leased
	 * @param phase what it is used for at this moment
	 * @param inPhase the time, for a lease that was first timed after a while at least so
	 * long; {@code null} if nobody knows, which happens in the first half second of a
	 * lease
	 * @param spent what the time of the lease has gone to, as far as it is known
	 * @param lastSql the statement without values, or {@code null} if there was none
	 * @param connection what tells the pool's connections apart
	 * @param serverProcess the number, or {@code null} if the driver does not know it
	 * @param handedOver whether another thread has used the connection
	 * @param user the name of the thread that has used it last, or {@code null} if it is
	 * the one that has borrowed it
	 * @param awaitedPool the name, or {@code null} if it waits for none
	 * @param calls the calls elsewhere that the holder has made with the connection in
	 * its hands, the ones that took the most time first
	 * @param borrowSite the stack, empty unless {@code PoolSettings.borrowSite()} asks
	 * for it
	 * @param borrowFrames the innermost frames of the application itself in that stack
	 * @since 0.1.0
	 */
	public record LeaseDescriptor(String id, @Nullable String scope, String thread, boolean threadAlive, Duration age,
			Phase phase, @Nullable Duration inPhase, TimeSpentDescriptor spent, @Nullable String lastSql,
			int connection, @Nullable Long serverProcess, boolean handedOver, @Nullable String user,
			@Nullable String awaitedPool, List<CallDescriptor> calls, List<StackTraceElement> borrowSite,
			List<StackTraceElement> borrowFrames) {

		/**
		 * Create one from its facts.
		 * @param id what names this lease among all leases of the pool, for
		 * {@code PoolLedger.holder(String)}
		 * @param scope the name of the scope, or {@code null} if it has none
		 * @param thread the name of the thread that has borrowed it, or of the
		 * subscription
		 * @param threadAlive whether that thread still lives; {@code true} of a
		 * subscription
		 * @param age how long the connection has been leased
		 * @param phase what it is used for at this moment
		 * @param inPhase the time, for a lease that was first timed after a while at
		 * least so long; {@code null} if nobody knows, which happens in the first half
		 * second of a lease
		 * @param spent what the time of the lease has gone to, as far as it is known
		 * @param lastSql the statement without values, or {@code null} if there was none
		 * @param connection what tells the pool's connections apart
		 * @param serverProcess the number, or {@code null} if the driver does not know it
		 * @param handedOver whether another thread has used the connection
		 * @param user the name of the thread that has used it last, or {@code null} if it
		 * is the one that has borrowed it
		 * @param awaitedPool the name, or {@code null} if it waits for none
		 * @param calls the calls elsewhere that the holder has made with the connection
		 * in its hands, the ones that took the most time first
		 * @param borrowSite the stack, empty unless {@code PoolSettings.borrowSite()}
		 * asks for it
		 * @param borrowFrames the innermost frames of the application itself in that
		 * stack
		 */
		public LeaseDescriptor {
			Objects.requireNonNull(id, "id must not be null");
			Objects.requireNonNull(thread, "thread must not be null");
			Objects.requireNonNull(age, "age must not be null");
			Objects.requireNonNull(phase, "phase must not be null");
			Objects.requireNonNull(spent, "spent must not be null");
			Objects.requireNonNull(calls, "calls must not be null");
			Objects.requireNonNull(borrowSite, "borrowSite must not be null");
			Objects.requireNonNull(borrowFrames, "borrowFrames must not be null");
		}

		static LeaseDescriptor of(Lease lease) {
			return new LeaseDescriptor(lease.id(), lease.scope(), lease.thread(), lease.threadAlive(), lease.age(),
					lease.phase(), lease.inPhase(), TimeSpentDescriptor.of(lease.spent()), lease.lastSql(),
					lease.connection(), number(lease.serverProcess()), lease.handedOver(), lease.user(),
					lease.awaitedPool(), lease.calls().stream().map(CallDescriptor::of).toList(), lease.borrowSite(),
					Frames.ofApplication(lease.borrowSite()));
		}

		private static @Nullable Long number(@Nullable ServerProcess process) {
			return (process != null) ? process.number() : null;
		}

	}

	/**
	 * What the time of a lease has gone to until now. Of a lease that was first timed
	 * after a while, it is not known for what came before.
	 *
	 * @param busy to the execution of statements, COMMIT and ROLLBACK
	 * @param beforeFirst to what came before the first statement
	 * @param between to what came between statements, or after one of a transaction that
	 * has not ended
	 * @param afterLast to what came after the end of the transaction
	 * @since 0.1.0
	 */
	public record TimeSpentDescriptor(Duration busy, Duration beforeFirst, Duration between, Duration afterLast) {

		/**
		 * Create one from its facts.
		 * @param busy to the execution of statements, COMMIT and ROLLBACK
		 * @param beforeFirst to what came before the first statement
		 * @param between to what came between statements, or after one of a transaction
		 * that has not ended
		 * @param afterLast to what came after the end of the transaction
		 */
		public TimeSpentDescriptor {
			Objects.requireNonNull(busy, "busy must not be null");
			Objects.requireNonNull(beforeFirst, "beforeFirst must not be null");
			Objects.requireNonNull(between, "between must not be null");
			Objects.requireNonNull(afterLast, "afterLast must not be null");
		}

		static TimeSpentDescriptor of(TimeSpent spent) {
			return new TimeSpentDescriptor(spent.busy(), spent.beforeFirst(), spent.between(), spent.afterLast());
		}

	}

	/**
	 * The calls of one name that were made elsewhere with a connection in hand.
	 *
	 * @param name what was called, such as {@code POST warehouse}
	 * @param count how many calls there were
	 * @param total the sum of their times
	 * @param longest the time of the longest
	 * @param awaited whether each of them kept its caller from doing anything else
	 * @param underWay whether one of them has not ended
	 * @since 0.1.0
	 */
	public record CallDescriptor(String name, long count, Duration total, Duration longest, boolean awaited,
			boolean underWay) {

		/**
		 * Create one from its facts.
		 * @param name what was called, such as {@code POST warehouse}
		 * @param count how many calls there were
		 * @param total the sum of their times
		 * @param longest the time of the longest
		 * @param awaited whether each of them kept its caller from doing anything else
		 * @param underWay whether one of them has not ended
		 */
		public CallDescriptor {
			Objects.requireNonNull(name, "name must not be null");
			Objects.requireNonNull(total, "total must not be null");
			Objects.requireNonNull(longest, "longest must not be null");
		}

		static CallDescriptor of(RemoteCall call) {
			return new CallDescriptor(call.name(), call.count(), call.total(), call.longest(), call.awaited(),
					call.underWay());
		}

	}

	/**
	 * A thread that waits for a connection, or a subscription.
	 *
	 * @param scope the name of the scope, or {@code null} if it has none
	 * @param thread the name of the thread or of the subscription
	 * @param waited how long it has been waiting
	 * @param holds how many connections it holds already, of this pool and of others
	 * @since 0.1.0
	 */
	public record WaiterDescriptor(@Nullable String scope, String thread, Duration waited, int holds) {

		/**
		 * Create one from its facts.
		 * @param scope the name of the scope, or {@code null} if it has none
		 * @param thread the name of the thread or of the subscription
		 * @param waited how long it has been waiting
		 * @param holds how many connections it holds already, of this pool and of others
		 */
		public WaiterDescriptor {
			Objects.requireNonNull(thread, "thread must not be null");
			Objects.requireNonNull(waited, "waited must not be null");
		}

		static WaiterDescriptor of(Waiter waiter) {
			return new WaiterDescriptor(waiter.scope(), waiter.thread(), waiter.waited(), waiter.holds());
		}

	}

	/**
	 * What one scope uses a pool for.
	 *
	 * @param scope the name of the scope
	 * @param lastMinute the use in the last minute, or since the start if that is less
	 * @param sinceStart the use since the ledger was opened
	 * @param calls the calls elsewhere of the last minute that were made with a
	 * connection in hand, the ones that took the most time first
	 * @since 0.1.0
	 */
	public record ScopeDescriptor(String scope, UsageDescriptor lastMinute, UsageDescriptor sinceStart,
			List<CallDescriptor> calls) {

		/**
		 * Create one from its facts.
		 * @param scope the name of the scope
		 * @param lastMinute the use in the last minute, or since the start if that is
		 * less
		 * @param sinceStart the use since the ledger was opened
		 * @param calls the calls elsewhere of the last minute that were made with a
		 * connection in hand, the ones that took the most time first
		 */
		public ScopeDescriptor {
			Objects.requireNonNull(scope, "scope must not be null");
			Objects.requireNonNull(lastMinute, "lastMinute must not be null");
			Objects.requireNonNull(sinceStart, "sinceStart must not be null");
			Objects.requireNonNull(calls, "calls must not be null");
		}

		static ScopeDescriptor of(ScopeStatistics scope, List<RemoteCall> calls) {
			return new ScopeDescriptor(scope.scope(), UsageDescriptor.of(scope.lastMinute()),
					UsageDescriptor.of(scope.sinceStart()), calls.stream().map(CallDescriptor::of).toList());
		}

	}

	/**
	 * How connections were used over some time.
	 *
	 * @param elapsed the time that the figures cover
	 * @param asked how often a connection was asked for
	 * @param returned how often one came back
	 * @param turnedAway how often there was none
	 * @param lent how many were lent at the end
	 * @param waiting how many waited for one at the end
	 * @param waited the sum of the waits, of those that are not over and of those turned
	 * away, too
	 * @param meanWait how long one had to wait on average
	 * @param longestWait the longest wait, of those turned away too
	 * @param held the sum of the times they were held
	 * @param meanHold how long one was held on average
	 * @param longestHold the longest time that one was held
	 * @param busy how much of {@code held} went to the execution of statements, COMMIT
	 * and ROLLBACK. To read what a query returns does not count
	 * @param beforeFirst how much of it was before the first statement
	 * @param between how much of it was between statements, or after one of a transaction
	 * that has not ended
	 * @param afterLast how much of it was after the last statement
	 * @since 0.1.0
	 */
	public record UsageDescriptor(Duration elapsed, long asked, long returned, long turnedAway, long lent, long waiting,
			Duration waited, Duration meanWait, Duration longestWait, Duration held, Duration meanHold,
			Duration longestHold, Duration busy, Duration beforeFirst, Duration between, Duration afterLast) {

		/**
		 * Create one from its facts.
		 * @param elapsed the time that the figures cover
		 * @param asked how often a connection was asked for
		 * @param returned how often one came back
		 * @param turnedAway how often there was none
		 * @param lent how many were lent at the end
		 * @param waiting how many waited for one at the end
		 * @param waited the sum of the waits, of those that are not over and of those
		 * turned away, too
		 * @param meanWait how long one had to wait on average
		 * @param longestWait the longest wait, of those turned away too
		 * @param held the sum of the times they were held
		 * @param meanHold how long one was held on average
		 * @param longestHold the longest time that one was held
		 * @param busy how much of {@code held} went to the execution of statements,
		 * COMMIT and ROLLBACK. To read what a query returns does not count
		 * @param beforeFirst how much of it was before the first statement
		 * @param between how much of it was between statements, or after one of a
		 * transaction that has not ended
		 * @param afterLast how much of it was after the last statement
		 */
		public UsageDescriptor {
			Objects.requireNonNull(elapsed, "elapsed must not be null");
			Objects.requireNonNull(waited, "waited must not be null");
			Objects.requireNonNull(meanWait, "meanWait must not be null");
			Objects.requireNonNull(longestWait, "longestWait must not be null");
			Objects.requireNonNull(held, "held must not be null");
			Objects.requireNonNull(meanHold, "meanHold must not be null");
			Objects.requireNonNull(longestHold, "longestHold must not be null");
			Objects.requireNonNull(busy, "busy must not be null");
			Objects.requireNonNull(beforeFirst, "beforeFirst must not be null");
			Objects.requireNonNull(between, "between must not be null");
			Objects.requireNonNull(afterLast, "afterLast must not be null");
		}

		static UsageDescriptor of(Usage usage) {
			return new UsageDescriptor(usage.elapsed(), usage.asked(), usage.returned(), usage.turnedAway(),
					usage.lent(), usage.waiting(), usage.waited(), usage.meanWait(), usage.longestWait(), usage.held(),
					usage.meanHold(), usage.longestHold(), usage.busy(), usage.beforeFirst(), usage.between(),
					usage.afterLast());
		}

	}

	/**
	 * How often something happened since the ledger was opened.
	 *
	 * @param exhaustions a timeout or a deadline ended a wait for a connection
	 * @param deadlocks threads or subscriptions were found that waited for each other
	 * @param leaks a lease was reported as a leak
	 * @param longLeases a lease was reported as one that lasts
	 * @param sheds a borrower was turned away to keep waits short
	 * @since 0.1.0
	 */
	public record EventsDescriptor(long exhaustions, long deadlocks, long leaks, long longLeases, long sheds) {

		static EventsDescriptor of(PoolSnapshot.Events events) {
			return new EventsDescriptor(events.exhaustions(), events.deadlocks(), events.leaks(), events.longLeases(),
					events.sheds());
		}

	}

}
