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
	 * {@return a builder that is told the facts} What is not told is zero, empty or
	 * unknown.
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
	 * {@return the name of the scope or transaction that has borrowed it, or of what its
	 * thread was at, such as a web request; {@code null} if none is known}
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
	 * {@return how long it has been in that phase, or at least, if it was first timed
	 * after a while; {@code null} if nobody knows, as in its first half second}
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
	 * {@return the latest statement, without values, or {@code null} if there was none}
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
	 * {@return the database's process for it, {@code null} if the driver knows none}
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
	 * {@return the thread that has used it last, {@code null} if it has borrowed it}
	 */
	public @Nullable String user() {
		return this.facts.user;
	}

	/**
	 * {@return the name of the pool that the thread which has borrowed the connection
	 * waits for another one of, this pool or another; {@code null} if it waits for none}
	 */
	public @Nullable String awaitedPool() {
		return this.facts.awaitedPool;
	}

	/**
	 * {@return how one knows that nobody will give it back, {@code null} if nobody does}
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
	 * {@return where it was borrowed, empty unless {@code PoolSettings.borrowSite()}
	 * asks}
	 */
	public List<StackTraceElement> borrowSite() {
		return this.facts.borrowSite;
	}

	/**
	 * {@return how long it has been held without work for the database, zero if it works}
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

		/**
		 * {@return this builder with {@link Lease#id()} set}
		 * @param id what names this lease among all leases of the pool
		 */
		public Builder id(String id) {
			this.id = Objects.requireNonNull(id, "id must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#scope()} set}
		 * @param scope the name of the scope, transaction or request, or {@code null}
		 */
		public Builder scope(@Nullable String scope) {
			this.scope = scope;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#inScope()} set}
		 * @param outsideOfScopes whether the name is not that of a scope or transaction
		 */
		public Builder outsideOfScopes(boolean outsideOfScopes) {
			this.outsideOfScopes = outsideOfScopes;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#thread()} set}
		 * @param thread the name of the thread that has borrowed it
		 */
		public Builder thread(String thread) {
			this.thread = Objects.requireNonNull(thread, "thread must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#threadAlive()} set}
		 * @param threadAlive whether that thread still lives
		 */
		public Builder threadAlive(boolean threadAlive) {
			this.threadAlive = threadAlive;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#age()} set}
		 * @param age how long the connection has been leased
		 */
		public Builder age(Duration age) {
			this.age = Objects.requireNonNull(age, "age must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#phase()} set}
		 * @param phase what it is used for at this moment
		 */
		public Builder phase(Phase phase) {
			this.phase = Objects.requireNonNull(phase, "phase must not be null");
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#inPhase()} set}
		 * @param inPhase how long it has been in its phase, or {@code null}
		 */
		public Builder inPhase(@Nullable Duration inPhase) {
			this.inPhase = inPhase;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#spent()} set}
		 * @param spent what its time has gone to, {@code null} to go by the phase alone
		 */
		public Builder spent(@Nullable TimeSpent spent) {
			this.spent = spent;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#lastSql()} set}
		 * @param lastSql the latest statement, without values, or {@code null}
		 */
		public Builder lastSql(@Nullable String lastSql) {
			this.lastSql = lastSql;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#connection()} set}
		 * @param connection what tells the pool's connections apart
		 */
		public Builder connection(int connection) {
			this.connection = connection;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#serverProcess()} set}
		 * @param serverProcess the process that serves it, or {@code null}
		 */
		public Builder serverProcess(@Nullable ServerProcess serverProcess) {
			this.serverProcess = serverProcess;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#handedOver()} set}
		 * @param handedOver whether another thread has used the connection
		 */
		public Builder handedOver(boolean handedOver) {
			this.handedOver = handedOver;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#user()} set}
		 * @param user the thread that has used it last, or {@code null}
		 */
		public Builder user(@Nullable String user) {
			this.user = user;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#awaitedPool()} set}
		 * @param awaitedPool the name of that pool, or {@code null}
		 */
		public Builder awaitedPool(@Nullable String awaitedPool) {
			this.awaitedPool = awaitedPool;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#abandonment()} set}
		 * @param abandonment the sign that it will not come back, or {@code null}
		 */
		public Builder abandonment(@Nullable Abandonment abandonment) {
			this.abandonment = abandonment;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#longLived()} set}
		 * @param longLived whether it was declared that the connection is kept
		 */
		public Builder longLived(boolean longLived) {
			this.longLived = longLived;
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#calls()} set}
		 * @param calls the calls, those that took the most time first
		 */
		public Builder calls(List<RemoteCall> calls) {
			this.calls = List.copyOf(Objects.requireNonNull(calls, "calls must not be null"));
			return this;
		}

		/**
		 * {@return this builder with {@link Lease#borrowSite()} set}
		 * @param borrowSite the stack of the borrow, the innermost frame first
		 */
		public Builder borrowSite(List<StackTraceElement> borrowSite) {
			this.borrowSite = List.copyOf(Objects.requireNonNull(borrowSite, "borrowSite must not be null"));
			return this;
		}

		/**
		 * {@return the facts that have been set}
		 */
		public Lease build() {
			return new Lease(new Facts(this.id, this.scope, this.scope != null && !this.outsideOfScopes, this.thread,
					this.threadAlive, this.age, this.phase, this.inPhase, this.spent, this.lastSql, this.connection,
					this.serverProcess, this.handedOver, this.user, this.awaitedPool, this.abandonment, this.longLived,
					this.calls, this.borrowSite));
		}

	}

}
