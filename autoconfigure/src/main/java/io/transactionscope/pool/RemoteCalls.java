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

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
	 * Take notice of a call that the current thread begins.
	 */
	void begins(OngoingCall call) {
		this.leases.keySet().removeIf((entry) -> !entry.isLeased());
		heldBy(Borrower.current()).forEach((entry) -> of(entry).begins(call));
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
	 * {@return whether a call that the current thread is about to make matters: whether
	 * it holds a connection of the pool, and is not in a call already of which that one
	 * is a part}
	 */
	boolean areMadeBy(Borrower borrower) {
		List<LedgerEntry> held = (policy() != RemoteCallPolicy.IGNORE) ? heldBy(borrower) : List.of();
		return !held.isEmpty() && held.stream().noneMatch(this::isInCall);
	}

	private boolean isInCall(LedgerEntry entry) {
		CallsOfLease calls = this.leases.get(entry);
		return calls != null && calls.isInCall();
	}

	/**
	 * {@return the connections that somebody has kept to itself}
	 */
	private List<LedgerEntry> heldBy(Borrower borrower) {
		return LedgerEntry.lentBy(this.pool)
			.stream()
			.filter((entry) -> entry.borrower() == borrower && !entry.isHandedOver())
			.toList();
	}

	private CallsOfLease of(LedgerEntry entry) {
		return this.leases.computeIfAbsent(entry, (key) -> new CallsOfLease(scope(key)));
	}

	private static String scope(LedgerEntry entry) {
		String scope = entry.scope();
		return (scope != null) ? scope : ScopeStatistics.UNNAMED;
	}

	/**
	 * {@return a call that the current thread makes, and why it should not, in words}
	 * @param call the name of the call
	 */
	public String objection(String call) {
		Objects.requireNonNull(call, "call must not be null");
		return "%s - %s calls %s while it holds a connection, which nobody else can use meanwhile. %s"
			.formatted(this.pool.name(), holder(), call, "Make the call before the transaction begins, or after it "
					+ "has ended, such as in ActiveScope.afterCommit.");
	}

	private String holder() {
		return heldBy(Borrower.current()).stream()
			.map(LedgerEntry::scope)
			.filter(Objects::nonNull)
			.findFirst()
			.map(Words::ofScope)
			.orElse("code outside of scopes");
	}

	/**
	 * Log a call that the current thread makes, unless its scope has made it before.
	 * @param call the name of the call
	 */
	public void warn(String call) {
		Objects.requireNonNull(call, "call must not be null");
		String objection = objection(call);
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
			NoticedCall noticed = new NoticedCall(new OngoingCall(name), List.copyOf(pools));
			noticed.pools.forEach((pool) -> pool.begins(noticed.call));
			return noticed;
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
