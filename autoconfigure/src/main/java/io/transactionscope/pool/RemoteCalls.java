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

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

import io.transactionscope.pool.figures.CallTotals;
import io.transactionscope.pool.figures.CallsOfLease;
import io.transactionscope.pool.figures.OngoingCall;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Words;
import org.slf4j.event.Level;

/**
 * The calls elsewhere of those who hold a pool's connections.
 *
 * <p>
 * Nothing of this is on the way of a connection: who makes no calls pays nothing, and who
 * does looks for its leases then.
 *
 * @since 0.1.0
 */
public final class RemoteCalls {

	private static final int MOST_WARNINGS = 200;

	private final WatchedPool pool;

	/** Those during which a call was made. Who makes one forgets those that ended. */
	private final Map<LedgerEntry, CallsOfLease> leases = new ConcurrentHashMap<>();

	private final CallTotals totals = new CallTotals();

	private final Set<String> warnings = ConcurrentHashMap.newKeySet();

	RemoteCalls(WatchedPool pool) {
		this.pool = pool;
	}

	/**
	 * {@return what to do about them}
	 */
	public RemoteCallPolicy policy() {
		return this.pool.settings().remoteCalls();
	}

	/**
	 * Take notice of a call that begins.
	 */
	void begins(OngoingCall call, Collection<? extends Party> callers) {
		this.leases.keySet().removeIf((entry) -> !entry.isLeased());
		heldBy(callers).forEach((entry) -> of(entry).begins(call));
	}

	/**
	 * Take notice that a call takes no more of its caller's time. Does nothing with a
	 * connection that is back: for how long it was held meanwhile is not known.
	 */
	void ends(OngoingCall call) {
		this.leases.forEach((entry, calls) -> {
			if (calls.ends(call) && entry.isLeased()) {
				this.totals.add(calls.scope(), call);
			}
		});
	}

	/**
	 * {@return whether a call that somebody is about to make matters: whether a
	 * connection of the pool is held meanwhile, by who is not in a call already of which
	 * that one is a part}
	 */
	boolean areMadeBy(Collection<? extends Party> callers) {
		List<LedgerEntry> held = (policy() != RemoteCallPolicy.IGNORE) ? heldBy(callers) : List.of();
		return !held.isEmpty() && held.stream().noneMatch(this::isInCall);
	}

	private boolean isInCall(LedgerEntry entry) {
		CallsOfLease calls = this.leases.get(entry);
		return calls != null && calls.isInCall();
	}

	/**
	 * {@return the connections that somebody has kept to itself}
	 */
	private List<LedgerEntry> heldBy(Collection<? extends Party> callers) {
		return LedgerEntry.lentBy(this.pool)
			.stream()
			.filter((entry) -> callers.contains(entry.borrower()) && !entry.isHandedOver())
			.toList();
	}

	/**
	 * {@return whether nothing has been sent on those connections since this was asked
	 * for, to be asked later} What was sent before may still be answered: Reactor goes on
	 * within the first row, and cancels the rest.
	 */
	private BooleanSupplier nothingSentFromNowOn(Collection<? extends Party> callers) {
		List<LedgerEntry> held = heldBy(callers);
		int sent = sentOn(held);
		return () -> sentOn(held) == sent;
	}

	private static int sentOn(List<LedgerEntry> held) {
		return held.stream().mapToInt(LedgerEntry::sent).sum();
	}

	private CallsOfLease of(LedgerEntry entry) {
		return this.leases.computeIfAbsent(entry, (key) -> new CallsOfLease(scope(key)));
	}

	private static String scope(LedgerEntry entry) {
		String scope = entry.scope();
		return (scope != null) ? scope : ScopeStatistics.UNNAMED;
	}

	/**
	 * {@return a call that somebody makes, and why not to make it, in words}
	 * @param call the name of the call
	 * @param callers those whose connections are held meanwhile
	 */
	public String objection(String call, Collection<? extends Party> callers) {
		Objects.requireNonNull(call, "call must not be null");
		Objects.requireNonNull(callers, "callers must not be null");
		return "%s - %s calls %s while it holds a connection, which nobody else can use meanwhile. %s".formatted(
				this.pool.name(), holder(callers), call, "Make the call before the transaction begins, or after it "
						+ "has ended, such as in ActiveScope.afterCommit.");
	}

	private String holder(Collection<? extends Party> callers) {
		return heldBy(callers).stream()
			.map(LedgerEntry::scope)
			.filter(Objects::nonNull)
			.findFirst()
			.map(Words::ofScope)
			.orElse("code outside of scopes");
	}

	/**
	 * Log a call that somebody makes, unless its scope has made it before.
	 * @param call the name of the call
	 * @param callers those whose connections are held meanwhile
	 */
	public void warn(String call, Collection<? extends Party> callers) {
		String objection = objection(call, callers);
		if (this.warnings.size() < MOST_WARNINGS && this.warnings.add(objection)) {
			WatchedPool.log(Level.WARN, "{}", objection);
		}
	}

	/**
	 * {@return the calls during a lease, the ones that took the most time first}
	 */
	List<RemoteCall> during(LedgerEntry lease, long now) {
		CallsOfLease calls = this.leases.get(lease);
		return (calls != null) ? calls.upTo(now) : List.of();
	}

	/**
	 * {@return the calls of the last minute, by scope}
	 */
	Map<String, List<RemoteCall>> lastMinute(long now) {
		return this.totals.lastMinute(this.leases.entrySet()
			.stream()
			.filter((each) -> each.getKey().isLeased())
			.map(Map.Entry::getValue)
			.toList(), now);
	}

	/**
	 * {@return all calls since the start that have ended, by the scope that held a
	 * connection meanwhile, whose name they have}
	 */
	public Map<String, RemoteCall> sinceStart() {
		return this.totals.sinceStart();
	}

	/**
	 * Those who hold connections while something goes on: a block, or a transaction.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Callers {

		/**
		 * Return those who hold connections at this moment.
		 * @return them, none if no pool with a ledger has lent any
		 */
		Collection<Party> holders();

	}

	/**
	 * A call elsewhere that somebody makes who holds connections, for who notices it: the
	 * pools are told when it begins, and when it takes no more of its caller's time.
	 *
	 * @since 0.1.0
	 */
	public static final class NoticedCall {

		private final OngoingCall call;

		private final List<RemoteCalls> pools;

		private NoticedCall(OngoingCall call, List<RemoteCalls> pools) {
			this.call = call;
			this.pools = pools;
		}

		/**
		 * Take notice of a call that the current thread begins.
		 * @param name what is called, a name that few calls have
		 * @param pools the pools whose connections it holds
		 * @return the call, to be told of its end
		 */
		public static NoticedCall begin(String name, List<RemoteCalls> pools) {
			Objects.requireNonNull(name, "name must not be null");
			Objects.requireNonNull(pools, "pools must not be null");
			Borrower.Watch watch = Borrower.current().watch();
			if (watch != null && !pools.isEmpty()) {
				watch.calls(name);
			}
			return new NoticedCall(new OngoingCall(name), List.copyOf(pools)).begun(List.of(Borrower.current()));
		}

		/**
		 * Take notice of a call that begins, whatever thread serves it. Its callers are
		 * said to wait for it as long as nothing is sent on the connections that they
		 * hold, and no other such call of theirs is under way.
		 * @param name what is called, a name that few calls have
		 * @param pools the pools whose connections are held meanwhile
		 * @param callers those who hold them
		 * @return the call, to be told of its end
		 */
		public static NoticedCall begin(String name, List<RemoteCalls> pools, Collection<? extends Party> callers) {
			Objects.requireNonNull(name, "name must not be null");
			Objects.requireNonNull(pools, "pools must not be null");
			Objects.requireNonNull(callers, "callers must not be null");
			List<BooleanSupplier> nothingSent = pools.stream()
				.map((pool) -> pool.nothingSentFromNowOn(callers))
				.toList();
			OngoingCall call = OngoingCall.ofNoThread(name,
					() -> nothingSent.stream().allMatch(BooleanSupplier::getAsBoolean));
			return new NoticedCall(call, List.copyOf(pools)).begun(callers);
		}

		private NoticedCall begun(Collection<? extends Party> callers) {
			this.pools.forEach((pool) -> pool.begins(this.call, callers));
			return this;
		}

		/**
		 * Take notice that the current thread works in the call, if it has begun it.
		 */
		public void enter() {
			this.call.enter();
		}

		/**
		 * Take notice that the current thread has left the call, which may go on without
		 * it.
		 */
		public void leave() {
			if (this.call.leave()) {
				ends();
			}
		}

		/**
		 * Take notice of the end of the call.
		 */
		public void end() {
			if (this.call.end()) {
				ends();
			}
		}

		private void ends() {
			this.pools.forEach((pool) -> pool.ends(this.call));
		}

	}

}
