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

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * Statements wait for a lock in the database, as the database says, and keep their
 * connections. At the end of the chain there is one session that has the lock and does
 * not wait for any.
 *
 * @param blocker who has the lock
 * @param victims the connections of the pool that wait for it, at once or behind others
 * @since 0.1.0
 */
public record BlockedByLock(Blocker blocker, List<Victim> victims) implements Diagnosis {

	/**
	 * Create one from its facts, and copy {@code victims}.
	 * @param blocker who has the lock
	 * @param victims the connections of the pool that wait for it, at once or behind
	 * others
	 */
	public BlockedByLock {
		Objects.requireNonNull(blocker, "blocker must not be null");
		Objects.requireNonNull(victims, "victims must not be null");
		victims = List.copyOf(victims);
	}

	@Override
	public String summary() {
		return "%s kept by statements that wait for a lock in the database, which %s, has."
			.formatted(Words.count(this.victims.size(), "connection"), this.blocker);
	}

	@Override
	public String advice() {
		return this.blocker.advice();
	}

	@Override
	public String advice(PoolKind kind) {
		return this.blocker.advice(kind);
	}

	/**
	 * {@return the scope of who has the lock}
	 */
	@Override
	public @Nullable String scope() {
		return this.blocker.scope();
	}

	private static String end(DatabaseKind database, long process) {
		return switch (database) {
			case POSTGRESQL -> "select pg_terminate_backend(%d)".formatted(process);
			case MYSQL -> "kill %d".formatted(process);
		};
	}

	/**
	 * Who has the lock.
	 *
	 * @since 0.1.0
	 */
	public sealed interface Blocker extends Serializable
			permits LeaseBlocker, LeakBlocker, SessionBlocker, PreparedBlocker {

		/**
		 * {@return what would make it let go}
		 */
		String advice();

		/**
		 * {@return what would make it let go, where the pool is of that kind}
		 * @param kind the kind
		 */
		default String advice(PoolKind kind) {
			Objects.requireNonNull(kind, "kind must not be null");
			return advice();
		}

		/**
		 * Return the scope that it belongs to.
		 * @return the name, or {@code null} if it is outside of scopes, or not of this
		 * pool
		 */
		default @Nullable String scope() {
			return null;
		}

	}

	/**
	 * A lease of this pool.
	 *
	 * @param scope the scope, or {@code null} if it has no name
	 * @param thread the name of the thread that has borrowed the connection
	 * @param process the number of the server's process that serves it
	 * @param idle whether the database has nothing to do for it
	 * @param activity what it does, and for how long it has
	 * @since 0.1.0
	 */
	public record LeaseBlocker(@Nullable String scope, String thread, long process, boolean idle,
			String activity) implements Blocker {

		/**
		 * Create one from its facts.
		 * @param scope the scope, or {@code null} if it has no name
		 * @param thread the name of the thread that has borrowed the connection
		 * @param process the number of the server's process that serves it
		 * @param idle whether the database has nothing to do for it
		 * @param activity what it does, and for how long it has
		 */
		public LeaseBlocker {
			Objects.requireNonNull(thread, "thread must not be null");
			Objects.requireNonNull(activity, "activity must not be null");
		}

		@Override
		public String advice() {
			String name = Words.ofScope(this.scope);
			return this.idle
					? "See what %s on %s does meanwhile: a transaction keeps its locks to its end, so move what is no SQL out of it, or to after it."
						.formatted(name, this.thread)
					: "Make the transaction of %s on %s shorter, which keeps its locks to its end, or have it take them last."
						.formatted(name, this.thread);
		}

		@Override
		public String toString() {
			return "%s on %s, server process %d, %s".formatted(Words.ofScope(this.scope), this.thread, this.process,
					this.activity);
		}

	}

	/**
	 * A lease of this pool that nobody is going to give back: its transaction ends with
	 * its session. What its thread does now is somebody else's work.
	 *
	 * @param scope the scope, or {@code null} if it has no name
	 * @param thread the name of the thread that has borrowed the connection
	 * @param process the process of the server that serves it
	 * @param reason how one knows
	 * @since 0.1.0
	 */
	public record LeakBlocker(@Nullable String scope, String thread, ServerProcess process,
			Abandonment reason) implements Blocker {

		/**
		 * Create one from its facts.
		 * @param scope the scope, or {@code null} if it has no name
		 * @param thread the name of the thread that has borrowed the connection
		 * @param process the process of the server that serves it
		 * @param reason how one knows
		 */
		public LeakBlocker {
			Objects.requireNonNull(thread, "thread must not be null");
			Objects.requireNonNull(process, "process must not be null");
			Objects.requireNonNull(reason, "reason must not be null");
		}

		@Override
		public String advice() {
			return advice("try-with-resources", "JdbcTemplate");
		}

		@Override
		public String advice(PoolKind kind) {
			Objects.requireNonNull(kind, "kind must not be null");
			return (kind == PoolKind.JDBC) ? advice() : advice("Flux.usingWhen", "DatabaseClient");
		}

		private String advice(String construct, String template) {
			return "Close the connection where it is borrowed, with %s, or use a scope or %s. Until then, \"%s\" ends its session and rolls its transaction back."
				.formatted(construct, template, end(this.process.database(), this.process.number()));
		}

		@Override
		public String toString() {
			return "a connection that %s has leaked, borrowed on %s, server process %d (%s)"
				.formatted(Words.ofScope(this.scope), this.thread, this.process.number(), this.reason.description());
		}

	}

	/**
	 * A session that is not of this pool.
	 *
	 * @param database the kind of server that it is a session of
	 * @param session what the server tells of it
	 * @since 0.1.0
	 */
	public record SessionBlocker(DatabaseKind database, ServerSession session) implements Blocker {

		/**
		 * Create one from its facts.
		 * @param database the kind of server that it is a session of
		 * @param session what the server tells of it
		 */
		public SessionBlocker {
			Objects.requireNonNull(database, "database must not be null");
			Objects.requireNonNull(session, "session must not be null");
		}

		@Override
		public String advice() {
			return "Find whoever has that session, and have its transaction ended. If nobody needs it any more, \"%s\" ends it and rolls its transaction back."
				.formatted(end(this.database, this.session.process()));
		}

		@Override
		public String toString() {
			StringBuilder text = new StringBuilder(
					"server process %d, a session outside of this pool".formatted(this.session.process()));
			if (this.session.client() != null) {
				text.append(", ").append(this.session.client());
			}
			if (this.session.activity() != null) {
				text.append(", ").append(this.session.activity());
			}
			Duration since = this.session.since();
			if (since != null) {
				text.append(" for ").append(Words.of(since));
			}
			return text.toString();
		}

	}

	/**
	 * A transaction that somebody has prepared for a commit in two phases, which no
	 * session has any more.
	 *
	 * @since 0.1.0
	 */
	public record PreparedBlocker() implements Blocker {

		@Override
		public String advice() {
			return "Find it in \"select * from pg_prepared_xacts\", and have the transaction manager that has prepared it end it.";
		}

		@Override
		public String toString() {
			return "a prepared transaction, which no session has any more";
		}

	}

	/**
	 * A connection of the pool that waits.
	 *
	 * @param scope the scope, or {@code null} if it has no name
	 * @param thread the name of the thread that has borrowed it
	 * @param process the number of the server's process that serves it
	 * @param blockedBy the processes that it waits for
	 * @since 0.1.0
	 */
	public record Victim(@Nullable String scope, String thread, long process,
			List<Long> blockedBy) implements Serializable {

		/**
		 * Create one from its facts, and copy {@code blockedBy}.
		 * @param scope the scope, or {@code null} if it has no name
		 * @param thread the name of the thread that has borrowed it
		 * @param process the number of the server's process that serves it
		 * @param blockedBy the processes that it waits for
		 */
		public Victim {
			Objects.requireNonNull(thread, "thread must not be null");
			Objects.requireNonNull(blockedBy, "blockedBy must not be null");
			blockedBy = List.copyOf(blockedBy);
		}

		@Override
		public String toString() {
			return "%s on %s, server process %d, waits for %s".formatted(Words.ofHolder(this.scope), this.thread,
					this.process, String.join(", ", this.blockedBy.stream().map(String::valueOf).toList()));
		}

	}

}
