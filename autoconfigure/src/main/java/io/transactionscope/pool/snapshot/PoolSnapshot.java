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

package io.transactionscope.pool.snapshot;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * A pool at one moment. To take it borrows no connection and asks the database nothing.
 * The parts are read one after the other while the pool goes on, so they may differ by
 * the borrows and returns of those microseconds.
 *
 * @since 0.1.0
 */
public final class PoolSnapshot implements Serializable {

	private static final Comparator<Lease> OLDEST_LEASE_FIRST = Comparator.comparing(Lease::age).reversed();

	private static final Comparator<Waiter> LONGEST_WAIT_FIRST = Comparator.comparing(Waiter::waited).reversed();

	private final Facts facts;

	private PoolSnapshot(Facts facts) {
		this.facts = facts;
	}

	/**
	 * {@return a builder that is told the facts} What is not told is zero, empty or
	 * unknown.
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * {@return the name of the pool}
	 */
	public String pool() {
		return this.facts.pool;
	}

	/**
	 * {@return what the pool lends, and to whom}
	 */
	public PoolKind kind() {
		return this.facts.kind;
	}

	/**
	 * {@return when it was taken}
	 */
	public Instant at() {
		return this.facts.at;
	}

	/**
	 * {@return what the pool does}
	 */
	public State state() {
		return this.facts.state;
	}

	/**
	 * {@return how many connections the pool may have}
	 */
	public int maximum() {
		return this.facts.maximum;
	}

	/**
	 * {@return how many it has}
	 */
	public int total() {
		return this.facts.total;
	}

	/**
	 * {@return how many of them are lent}
	 */
	public int active() {
		return this.facts.active;
	}

	/**
	 * {@return how many are free}
	 */
	public int idle() {
		return this.facts.idle;
	}

	/**
	 * {@return how many wait for one, as the pool counts them}
	 */
	public int waiting() {
		return this.facts.waiting;
	}

	/**
	 * {@return the connections lent through the ledger, the oldest lease first}
	 */
	public List<Lease> leases() {
		return this.facts.leases;
	}

	/**
	 * {@return those who wait, the longest wait first}
	 */
	public List<Waiter> waiters() {
		return this.facts.waiters;
	}

	/**
	 * {@return the figures of each scope, the one with the most connections first}
	 */
	public List<ScopeStatistics> scopes() {
		return this.facts.scopes;
	}

	/**
	 * {@return the calls elsewhere of the last minute that were made with a connection in
	 * hand, by the name of the scope as in {@link #scopes()}; of each scope, the ones
	 * that took the most time first}
	 */
	public Map<String, List<RemoteCall>> calls() {
		return this.facts.calls;
	}

	/**
	 * {@return what has happened since the ledger was opened}
	 */
	public Events events() {
		return this.facts.events;
	}

	/**
	 * Return the time since the database is known to have answered last. It may have
	 * answered since.
	 * @return the time, or {@code null} if it never has
	 */
	public @Nullable Duration sinceDatabaseAnswered() {
		return this.facts.sinceDatabaseAnswered;
	}

	/**
	 * Return how long the one has been waiting that waits longest.
	 * @return the wait, empty if nobody waits
	 */
	public Optional<Duration> longestWait() {
		return waiters().stream().findFirst().map(Waiter::waited);
	}

	/**
	 * {@return how many connections are lent of which the ledger knows nothing, because
	 * they were borrowed from the pool directly}
	 */
	public int unknown() {
		return Math.max(0, active() - leases().size());
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof PoolSnapshot that && this.facts.equals(that.facts);
	}

	@Override
	public int hashCode() {
		return this.facts.hashCode();
	}

	@Override
	public String toString() {
		return this.facts.toString().replaceFirst("Facts", "PoolSnapshot");
	}

	/**
	 * What a pool does.
	 *
	 * @since 0.1.0
	 */
	public enum State {

		/**
		 * It starts when the first connection is asked for.
		 */
		NOT_STARTED,

		/**
		 * It lends connections.
		 */
		RUNNING,

		/**
		 * It lends none until it is resumed.
		 */
		SUSPENDED,

		/**
		 * It lends none any more.
		 */
		CLOSED

	}

	/**
	 * How often something happened since the ledger was opened.
	 *
	 * @param exhaustions a timeout or a deadline ended a wait for a connection
	 * @param deadlocks some were found that waited for each other
	 * @param leaks a lease was reported as a leak
	 * @param longLeases a lease was reported as one that lasts
	 * @param sheds a borrower was turned away to keep waits short
	 * @since 0.1.0
	 */
	public record Events(long exhaustions, long deadlocks, long leaks, long longLeases,
			long sheds) implements Serializable {
	}

	private record Facts(String pool, PoolKind kind, Instant at, State state, int maximum, int total, int active,
			int idle, int waiting, List<Lease> leases, List<Waiter> waiters, List<ScopeStatistics> scopes,
			Map<String, List<RemoteCall>> calls, Events events,
			@Nullable Duration sinceDatabaseAnswered) implements Serializable {
	}

	/**
	 * Tells the facts, each by the method that has its name.
	 *
	 * @since 0.1.0
	 */
	public static final class Builder {

		private String pool = "";

		private PoolKind kind = PoolKind.JDBC;

		private Instant at = Instant.EPOCH;

		private State state = State.RUNNING;

		private int maximum;

		private int total;

		private int active;

		private int idle;

		private int waiting;

		private List<Lease> leases = List.of();

		private List<Waiter> waiters = List.of();

		private List<ScopeStatistics> scopes = List.of();

		private Map<String, List<RemoteCall>> calls = Map.of();

		private Events events = new Events(0, 0, 0, 0, 0);

		private @Nullable Duration sinceDatabaseAnswered;

		private Builder() {
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#pool()} set}
		 * @param pool the name of the pool
		 */
		public Builder pool(String pool) {
			this.pool = Objects.requireNonNull(pool, "pool must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#kind()} set} It is a pool of
		 * JDBC otherwise.
		 * @param kind what the pool lends, and to whom
		 */
		public Builder kind(PoolKind kind) {
			this.kind = Objects.requireNonNull(kind, "kind must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#at()} set}
		 * @param at when it was taken
		 */
		public Builder at(Instant at) {
			this.at = Objects.requireNonNull(at, "at must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#state()} set}
		 * @param state what the pool does
		 */
		public Builder state(State state) {
			this.state = Objects.requireNonNull(state, "state must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#maximum()} set}
		 * @param maximum how many connections the pool may have
		 */
		public Builder maximum(int maximum) {
			this.maximum = maximum;
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#total()} set}
		 * @param total how many it has
		 */
		public Builder total(int total) {
			this.total = total;
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#active()} set}
		 * @param active how many of them are lent
		 */
		public Builder active(int active) {
			this.active = active;
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#idle()} set}
		 * @param idle how many are free
		 */
		public Builder idle(int idle) {
			this.idle = idle;
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#waiting()} set}
		 * @param waiting how many wait for one, as the pool counts them
		 */
		public Builder waiting(int waiting) {
			this.waiting = waiting;
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#leases()} set}
		 * @param leases the connections lent through the ledger, the oldest lease first
		 */
		public Builder leases(List<Lease> leases) {
			this.leases = Objects.requireNonNull(leases, "leases must not be null")
				.stream()
				.sorted(OLDEST_LEASE_FIRST)
				.toList();
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#waiters()} set}
		 * @param waiters those who wait, the longest wait first
		 */
		public Builder waiters(List<Waiter> waiters) {
			this.waiters = Objects.requireNonNull(waiters, "waiters must not be null")
				.stream()
				.sorted(LONGEST_WAIT_FIRST)
				.toList();
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#scopes()} set}
		 * @param scopes the figures of each scope, the one with the most connections
		 * first
		 */
		public Builder scopes(List<ScopeStatistics> scopes) {
			this.scopes = List.copyOf(Objects.requireNonNull(scopes, "scopes must not be null"));
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#calls()} set}
		 * @param calls the calls elsewhere of the last minute that were made with a
		 * connection in hand, by the name of the scope as in {@link #scopes()}; of each
		 * scope, the ones that took the most time first
		 */
		public Builder calls(Map<String, List<RemoteCall>> calls) {
			this.calls = Collections
				.unmodifiableMap(new TreeMap<>(Objects.requireNonNull(calls, "calls must not be null")));
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#events()} set}
		 * @param events what has happened since the ledger was opened
		 */
		public Builder events(Events events) {
			this.events = Objects.requireNonNull(events, "events must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link PoolSnapshot#sinceDatabaseAnswered()} set}
		 * @param sinceDatabaseAnswered the time since the database is known to have
		 * answered last, or {@code null}
		 */
		public Builder sinceDatabaseAnswered(@Nullable Duration sinceDatabaseAnswered) {
			this.sinceDatabaseAnswered = sinceDatabaseAnswered;
			return this;
		}

		/**
		 * {@return the facts that have been set}
		 */
		public PoolSnapshot build() {
			return new PoolSnapshot(new Facts(this.pool, this.kind, this.at, this.state, this.maximum, this.total,
					this.active, this.idle, this.waiting, this.leases, this.waiters, this.scopes, this.calls,
					this.events, this.sinceDatabaseAnswered));
		}

	}

}
