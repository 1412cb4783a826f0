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

package io.transactionscope.pool.report;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Why a pool has no free connection. There may be more reasons in later versions: a
 * {@code switch} over them needs a {@code default}.
 *
 * @since 0.1.0
 */
public sealed interface Diagnosis extends Serializable {

	/**
	 * Return what is the matter, in one sentence.
	 */
	String summary();

	/**
	 * Return the one change that is most likely to help.
	 */
	String advice();

	/**
	 * Nothing is the matter.
	 */
	record Healthy() implements Diagnosis {

		@Override
		public String summary() {
			return "Nobody waits.";
		}

		@Override
		public String advice() {
			return "Nothing needs to change.";
		}

	}

	/**
	 * The pool has been closed.
	 */
	record Closed() implements Diagnosis {

		@Override
		public String summary() {
			return "The pool has been closed and lends no connection any more.";
		}

		@Override
		public String advice() {
			return "Do not keep a DataSource longer than its application context; close a pool only when nobody needs it.";
		}

	}

	/**
	 * The pool is suspended.
	 */
	record Suspended() implements Diagnosis {

		@Override
		public String summary() {
			return "The pool is suspended and lends no connection.";
		}

		@Override
		public String advice() {
			return "Resume it: HikariPoolMXBean.resumePool().";
		}

	}

	/**
	 * The process stood still, so that the wait says nothing about the pool.
	 *
	 * @param stalled for how much of the wait it stood still
	 */
	record StalledProcess(Duration stalled) implements Diagnosis {

		public StalledProcess {
			Objects.requireNonNull(stalled, "stalled must not be null");
		}

		@Override
		public String summary() {
			return "The whole process stood still for %s of the wait.".formatted(Words.of(this.stalled));
		}

		@Override
		public String advice() {
			return "Look at garbage collection, CPU limits and the host; the pool is not the cause.";
		}

	}

	/**
	 * The pool has fewer connections than it may have, and gets no more.
	 *
	 * @param total how many connections it has
	 * @param maximum how many it may have
	 * @param failure what the latest attempt to connect failed with, or {@code null} if
	 * it has not failed but does not end
	 */
	record CannotConnect(int total, int maximum, @Nullable String failure) implements Diagnosis {

		@Override
		public String summary() {
			String why = (this.failure != null) ? "the latest attempt failed: " + this.failure
					: "attempts to connect do not end";
			return "The pool has %d of %d connections and gets no more: %s.".formatted(this.total, this.maximum, why);
		}

		@Override
		public String advice() {
			return "See that the database is up, reachable, and has room for %d connections of this pool."
				.formatted(this.maximum);
		}

	}

	/**
	 * Threads hold all connections and wait for more.
	 *
	 * @param links who waits for what, one for each connection involved
	 * @param proven whether none of the connections can be in other hands
	 * @param floor the smallest pool in which as many threads, holding as many
	 * connections each, cannot lock each other out
	 */
	record SelfDeadlock(List<Link> links, boolean proven, int floor) implements Diagnosis {

		public SelfDeadlock {
			Objects.requireNonNull(links, "links must not be null");
			links = List.copyOf(links);
		}

		@Override
		public String summary() {
			return "%s: all connections are held by threads that wait for another one."
				.formatted(this.proven ? "Deadlock" : "Deadlock, as far as the ledger can see");
		}

		@Override
		public String advice() {
			return "Do the inner work in the outer transaction, or after it; or make the pool larger than it can be "
					+ "locked up with, which is %d connections.".formatted(this.floor);
		}

		/**
		 * A connection whose holder waits.
		 *
		 * @param thread the name of the holder's thread
		 * @param scope the scope in which it has borrowed the connection, or {@code null}
		 * @param pool the pool of the connection
		 * @param askingScope the scope in which it asks for another one, or {@code null}
		 * @param askedPool the pool that it asks
		 */
		public record Link(String thread, @Nullable String scope, String pool, @Nullable String askingScope,
				String askedPool) implements Serializable {

			public Link {
				Objects.requireNonNull(thread, "thread must not be null");
				Objects.requireNonNull(pool, "pool must not be null");
				Objects.requireNonNull(askedPool, "askedPool must not be null");
			}

			@Override
			public String toString() {
				return "%s holds a connection of %s for %s and waits for one of %s for %s".formatted(this.thread,
						this.pool, Words.ofScope(this.scope), this.askedPool, Words.ofScope(this.askingScope));
			}

		}

	}

	/**
	 * Connections were borrowed and are not going to come back.
	 *
	 * @param leases the leases concerned
	 * @param scope the scope that most of them were borrowed in, or {@code null}
	 * @param reason how one knows
	 */
	record Leak(int leases, @Nullable String scope, Reason reason) implements Diagnosis {

		public Leak {
			Objects.requireNonNull(reason, "reason must not be null");
		}

		@Override
		public String summary() {
			return "%s leaked: borrowed in %s, and %s.".formatted(Words.count(this.leases, "connection"),
					Words.ofScope(this.scope), this.reason.text);
		}

		@Override
		public String advice() {
			return "Close each connection where it is borrowed, with try-with-resources, or use a scope or JdbcTemplate; "
					+ "borrow-site capture shows where that is.";
		}

		/**
		 * How one knows that a connection is not going to come back.
		 */
		public enum Reason {

			/**
			 * The thread that has borrowed it has ended.
			 */
			THREAD_ENDED("the thread has ended"),

			/**
			 * The thread that has borrowed it is back in its thread pool.
			 */
			TASK_ENDED("the thread has gone back to its thread pool"),

			/**
			 * The transaction has ended, and longer ago than
			 * {@code PoolSettings.leakThreshold()}.
			 */
			TRANSACTION_ENDED("the transaction ended long ago");

			private final String text;

			Reason(String text) {
				this.text = text;
			}

		}

	}

	/**
	 * Connections are held while the database has nothing to do for them.
	 *
	 * @param scope the scope that does so most, or {@code null} if it has no name
	 * @param part when it does so
	 * @param idleShare which share of the time that the scope holds connections is that,
	 * from 0 to 1
	 * @param gain how many times as many borrowers would get through if that time were
	 * gone, or {@code null} if the figures of the last minute do not tell
	 */
	record HeldButIdle(@Nullable String scope, Part part, double idleShare,
			@Nullable Double gain) implements Diagnosis {

		public HeldButIdle {
			Objects.requireNonNull(part, "part must not be null");
		}

		@Override
		public String summary() {
			return "Connections are held but idle: for %d %% of the time that %s holds one, it is idle %s."
				.formatted(Math.round(this.idleShare * 100), Words.ofScope(this.scope), this.part.text);
		}

		@Override
		public String advice() {
			String gain = (this.gain != null)
					? " That would let about %s times as many through.".formatted(Words.of(this.gain)) : "";
			return this.part.advice + gain;
		}

		/**
		 * When a connection is held idle.
		 */
		public enum Part {

			/**
			 * Before the first statement.
			 */
			BEFORE_FIRST_STATEMENT("before its first statement",
					"Set spring.datasource.connection-fetch=lazy, or do what comes before the first statement before the "
							+ "scope begins."),

			/**
			 * Between statements.
			 */
			BETWEEN_STATEMENTS("between its statements",
					"Move what is no SQL, such as a remote call, out of the transaction."),

			/**
			 * After the last statement.
			 */
			AFTER_LAST_STATEMENT("after its last statement",
					"Move what comes after the last statement into an afterCommit callback, which runs once the connection "
							+ "is back; and turn spring.jpa.open-in-view off.");

			private final String text;

			private final String advice;

			Part(String text, String advice) {
				this.text = text;
				this.advice = advice;
			}

		}

	}

	/**
	 * Statements take long and keep their connections.
	 *
	 * @param scope the scope that most of them belong to, or {@code null} if it has no
	 * name
	 * @param leases how many there are
	 * @param longest how long the oldest connection has been held
	 */
	record LongHolders(@Nullable String scope, int leases, Duration longest) implements Diagnosis {

		public LongHolders {
			Objects.requireNonNull(longest, "longest must not be null");
		}

		@Override
		public String summary() {
			return "%s held for long by statements, %s most of them, the oldest for %s."
				.formatted(Words.count(this.leases, "connection"), Words.ofScope(this.scope), Words.of(this.longest));
		}

		@Override
		public String advice() {
			return "Find out what the statements wait for, a lock or a missing index, and give the scope a timeout.";
		}

	}

	/**
	 * Connections are held by threads that wait for another one, which somebody else may
	 * bring back.
	 *
	 * @param scope the scope that most of them belong to, or {@code null} if it has no
	 * name
	 * @param leases how many there are
	 * @param awaitedPool the pool that most of them wait for, this one or another
	 */
	record HeldByWaiters(@Nullable String scope, int leases, String awaitedPool) implements Diagnosis {

		public HeldByWaiters {
			Objects.requireNonNull(awaitedPool, "awaitedPool must not be null");
		}

		@Override
		public String summary() {
			return "%s held by threads that wait for a connection of %s, %s most of them."
				.formatted(Words.count(this.leases, "connection"), this.awaitedPool, Words.ofScope(this.scope));
		}

		@Override
		public String advice() {
			return "Ask for the other connection before the outer scope begins or after it has ended, or do its work "
					+ "in the outer transaction; and see who holds the connections of %s.".formatted(this.awaitedPool);
		}

	}

	/**
	 * Connections are lent around the ledger.
	 *
	 * @param connections how many
	 */
	record HeldElsewhere(int connections) implements Diagnosis {

		@Override
		public String summary() {
			return "%s held by code that borrows from the pool directly, of which nothing is known."
				.formatted(Words.count(this.connections, "connection"));
		}

		@Override
		public String advice() {
			return "Borrow from the DataSource bean, and not from a HikariDataSource that was unwrapped or kept.";
		}

	}

	/**
	 * The connections come and go as they should, and are not enough.
	 *
	 * @param needed how many are needed for the present load, by Little's law
	 * @param neededWithoutIdle how many would do if none was held idle
	 * @param maximum how many the pool may have
	 */
	record Undersized(double needed, double neededWithoutIdle, int maximum) implements Diagnosis {

		@Override
		public String summary() {
			return "The load needs %s connections, the pool may have %d; without idle holds, %s would do."
				.formatted(Words.of(this.needed), this.maximum, Words.of(this.neededWithoutIdle));
		}

		@Override
		public String advice() {
			return (this.neededWithoutIdle <= this.maximum) ? "Hold connections for their statements only."
					: "Make statements faster or fewer, or set spring.datasource.hikari.maximum-pool-size to %d if the "
						.formatted((long) Math.ceil(this.needed)) + "database has room for it.";
		}

	}

}
