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
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A connection in somebody's hands.
 *
 * @since 0.1.0
 */
public final class Lease implements Serializable {

	private final Facts facts;

	private Lease(Facts facts) {
		this.facts = facts;
	}

	/**
	 * Begin to tell the facts. What is not told is zero, empty or unknown.
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * {@return what names this lease among all leases of the pool, for {@code
	 * PoolLedger.holder(String)}}
	 */
	public String id() {
		return this.facts.id;
	}

	/**
	 * Return the name of the scope or transaction that has borrowed the connection, or
	 * else that of what its thread was at, such as a web request.
	 * @return the name, that of a method without its package; {@code null} if none is
	 * known
	 */
	public @Nullable String scope() {
		return this.facts.scope;
	}

	/**
	 * {@return whether a scope or a transaction has borrowed it}
	 */
	public boolean inScope() {
		return this.facts.inScope;
	}

	/**
	 * {@return the name of the thread that has borrowed it}
	 */
	public String thread() {
		return this.facts.thread;
	}

	/**
	 * {@return whether that thread still lives}
	 */
	public boolean threadAlive() {
		return this.facts.threadAlive;
	}

	/**
	 * {@return how long the connection has been leased}
	 */
	public Duration age() {
		return this.facts.age;
	}

	/**
	 * {@return what it is used for at this moment}
	 */
	public Phase phase() {
		return this.facts.phase;
	}

	/**
	 * Return how long it has been in that phase.
	 * @return the time, for a lease that was first timed after a while at least so long;
	 * {@code null} if nobody knows, which happens in the first half second of a lease
	 */
	public @Nullable Duration inPhase() {
		return this.facts.inPhase;
	}

	/**
	 * {@return what the time of the lease has gone to}
	 */
	public TimeSpent spent() {
		TimeSpent spent = this.facts.spent;
		return (spent != null) ? spent : TimeSpent.in(phase(), inPhase());
	}

	/**
	 * Return the statement that is being executed or was executed last.
	 * @return the statement without values, or {@code null} if there was none
	 */
	public @Nullable String lastSql() {
		return this.facts.lastSql;
	}

	/**
	 * {@return what tells the pool's connections apart}
	 */
	public int connection() {
		return this.facts.connection;
	}

	/**
	 * Return the database's process that serves the connection.
	 * @return the process, or {@code null} if the driver does not know it
	 */
	public @Nullable ServerProcess serverProcess() {
		return this.facts.serverProcess;
	}

	/**
	 * {@return whether another thread has used the connection}
	 */
	public boolean handedOver() {
		return this.facts.handedOver;
	}

	/**
	 * Return the name of the thread that has used the connection last.
	 * @return the name, or {@code null} if it is the one that has borrowed it
	 */
	public @Nullable String user() {
		return this.facts.user;
	}

	/**
	 * Return the name of the pool that the thread which has borrowed the connection waits
	 * for yet another one of, this pool or another.
	 * @return the name, or {@code null} if it waits for none
	 */
	public @Nullable String awaitedPool() {
		return this.facts.awaitedPool;
	}

	/**
	 * Return how one knows that nobody is going to give it back.
	 * @return the sign, or {@code null} if there has been none
	 */
	public @Nullable Abandonment abandonment() {
		return this.facts.abandonment;
	}

	/**
	 * {@return whether it was declared that the connection is kept, so that this is no
	 * leak}
	 */
	public boolean longLived() {
		return this.facts.longLived;
	}

	/**
	 * {@return the calls elsewhere that the holder has made with the connection in its
	 * hands, the ones that took the most time first}
	 */
	public List<RemoteCall> calls() {
		return this.facts.calls;
	}

	/**
	 * Return where the connection was borrowed.
	 * @return the stack, empty unless {@code PoolSettings.borrowSite()} asks for it
	 */
	public List<StackTraceElement> borrowSite() {
		return this.facts.borrowSite;
	}

	/**
	 * Return how long the connection has been held without work for the database, up to
	 * this moment.
	 * @return the time, zero if it is not idle
	 */
	public Duration idle() {
		Duration inPhase = inPhase();
		return (phase().isIdle() && inPhase != null) ? inPhase : Duration.ZERO;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Lease that && this.facts.equals(that.facts);
	}

	@Override
	public int hashCode() {
		return this.facts.hashCode();
	}

	@Override
	public String toString() {
		return this.facts.toString().replaceFirst("Facts", "Lease");
	}

	private record Facts(String id, @Nullable String scope, boolean inScope, String thread, boolean threadAlive,
			Duration age, Phase phase, @Nullable Duration inPhase, @Nullable TimeSpent spent, @Nullable String lastSql,
			int connection, @Nullable ServerProcess serverProcess, boolean handedOver, @Nullable String user,
			@Nullable String awaitedPool, @Nullable Abandonment abandonment, boolean longLived, List<RemoteCall> calls,
			List<StackTraceElement> borrowSite) implements Serializable {
	}

	/**
	 * Tells the facts, each by the method that has its name.
	 *
	 * @since 0.1.0
	 */
	public static final class Builder {

		private String id = "";

		private @Nullable String scope;

		private boolean outsideOfScopes;

		private String thread = "";

		private boolean threadAlive;

		private Duration age = Duration.ZERO;

		private Phase phase = Phase.BEFORE_FIRST_STATEMENT;

		private @Nullable Duration inPhase;

		private @Nullable TimeSpent spent;

		private @Nullable String lastSql;

		private int connection;

		private @Nullable ServerProcess serverProcess;

		private boolean handedOver;

		private @Nullable String user;

		private @Nullable String awaitedPool;

		private @Nullable Abandonment abandonment;

		private boolean longLived;

		private List<RemoteCall> calls = List.of();

		private List<StackTraceElement> borrowSite = List.of();

		private Builder() {
		}

		public Builder id(String id) {
			this.id = Objects.requireNonNull(id, "id must not be null");
			return this;
		}

		public Builder scope(@Nullable String scope) {
			this.scope = scope;
			return this;
		}

		/**
		 * Say whether the name is that of something else than a scope or a transaction.
		 */
		public Builder outsideOfScopes(boolean outsideOfScopes) {
			this.outsideOfScopes = outsideOfScopes;
			return this;
		}

		public Builder thread(String thread) {
			this.thread = Objects.requireNonNull(thread, "thread must not be null");
			return this;
		}

		public Builder threadAlive(boolean threadAlive) {
			this.threadAlive = threadAlive;
			return this;
		}

		public Builder age(Duration age) {
			this.age = Objects.requireNonNull(age, "age must not be null");
			return this;
		}

		public Builder phase(Phase phase) {
			this.phase = Objects.requireNonNull(phase, "phase must not be null");
			return this;
		}

		public Builder inPhase(@Nullable Duration inPhase) {
			this.inPhase = inPhase;
			return this;
		}

		/**
		 * Say what the time has gone to, {@code null} if no more is known of it than the
		 * present phase.
		 */
		public Builder spent(@Nullable TimeSpent spent) {
			this.spent = spent;
			return this;
		}

		public Builder lastSql(@Nullable String lastSql) {
			this.lastSql = lastSql;
			return this;
		}

		public Builder connection(int connection) {
			this.connection = connection;
			return this;
		}

		public Builder serverProcess(@Nullable ServerProcess serverProcess) {
			this.serverProcess = serverProcess;
			return this;
		}

		public Builder handedOver(boolean handedOver) {
			this.handedOver = handedOver;
			return this;
		}

		public Builder user(@Nullable String user) {
			this.user = user;
			return this;
		}

		public Builder awaitedPool(@Nullable String awaitedPool) {
			this.awaitedPool = awaitedPool;
			return this;
		}

		public Builder abandonment(@Nullable Abandonment abandonment) {
			this.abandonment = abandonment;
			return this;
		}

		public Builder longLived(boolean longLived) {
			this.longLived = longLived;
			return this;
		}

		public Builder calls(List<RemoteCall> calls) {
			this.calls = List.copyOf(Objects.requireNonNull(calls, "calls must not be null"));
			return this;
		}

		public Builder borrowSite(List<StackTraceElement> borrowSite) {
			this.borrowSite = List.copyOf(Objects.requireNonNull(borrowSite, "borrowSite must not be null"));
			return this;
		}

		public Lease build() {
			return new Lease(new Facts(this.id, this.scope, this.scope != null && !this.outsideOfScopes, this.thread,
					this.threadAlive, this.age, this.phase, this.inPhase, this.spent, this.lastSql, this.connection,
					this.serverProcess, this.handedOver, this.user, this.awaitedPool, this.abandonment, this.longLived,
					this.calls, this.borrowSite));
		}

	}

}
