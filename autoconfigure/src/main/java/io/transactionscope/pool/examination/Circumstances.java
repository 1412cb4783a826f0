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

package io.transactionscope.pool.examination;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.diagnosis.TurnedAway;
import io.transactionscope.pool.snapshot.BlockedThread;
import io.transactionscope.pool.snapshot.ConnectFailure;
import io.transactionscope.pool.snapshot.CpuUse;
import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.Demand;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a pool that is to be examined, beside who holds its connections and
 * who waits for one.
 *
 * @since 0.1.0
 */
public final class Circumstances {

	private final Builder known;

	private Circumstances(Builder known) {
		this.known = known;
	}

	/**
	 * Return a builder of circumstances in which nobody waits and nothing is the matter.
	 */
	public static Builder builder() {
		return new Builder();
	}

	Duration waited() {
		return this.known.waited;
	}

	boolean endedInVain() {
		return this.known.endedInVain;
	}

	Duration patience() {
		return this.known.patience;
	}

	Demand demand() {
		return this.known.demand;
	}

	CpuUse cpuUse() {
		return this.known.cpuUse;
	}

	int waitingTasks() {
		return this.known.waitingTasks;
	}

	@Nullable Integer room() {
		return this.known.room;
	}

	Duration stalled() {
		return this.known.stalled;
	}

	Duration shortFor() {
		return this.known.shortFor;
	}

	int elsewhere() {
		return this.known.elsewhere;
	}

	int tested() {
		return this.known.tested;
	}

	@Nullable ConnectFailure connectFailure() {
		return this.known.connectFailure;
	}

	@Nullable Duration sinceGrowth() {
		return this.known.sinceGrowth;
	}

	@Nullable TurnedAway turnedAway() {
		return this.known.turnedAway;
	}

	Duration sinceFinding() {
		return this.known.sinceFinding;
	}

	boolean leaving() {
		return this.known.leaving;
	}

	@Nullable SelfDeadlock deadlock() {
		return this.known.deadlock;
	}

	List<BlockedThread> blockedLoops() {
		return this.known.blockedLoops;
	}

	DatabaseAnswer answer() {
		return this.known.answer;
	}

	/**
	 * Says one after the other. What is not said is not so.
	 *
	 * @since 0.1.0
	 */
	public static final class Builder {

		private Duration waited = Duration.ZERO;

		private boolean endedInVain;

		private Duration patience = Duration.ZERO;

		private Demand demand = Demand.NONE;

		private CpuUse cpuUse = CpuUse.UNKNOWN;

		private int waitingTasks;

		private @Nullable Integer room;

		private Duration stalled = Duration.ZERO;

		private Duration shortFor = Duration.ZERO;

		private int elsewhere;

		private int tested;

		private @Nullable ConnectFailure connectFailure;

		private @Nullable Duration sinceGrowth;

		private @Nullable TurnedAway turnedAway;

		private Duration sinceFinding = Duration.ZERO;

		private boolean leaving;

		private @Nullable SelfDeadlock deadlock;

		private List<BlockedThread> blockedLoops = List.of();

		private DatabaseAnswer answer = DatabaseAnswer.NOT_ASKED;

		private Builder() {
		}

		private Builder(Builder other) {
			this.waited = other.waited;
			this.endedInVain = other.endedInVain;
			this.patience = other.patience;
			this.demand = other.demand;
			this.cpuUse = other.cpuUse;
			this.waitingTasks = other.waitingTasks;
			this.room = other.room;
			this.stalled = other.stalled;
			this.shortFor = other.shortFor;
			this.elsewhere = other.elsewhere;
			this.tested = other.tested;
			this.connectFailure = other.connectFailure;
			this.sinceGrowth = other.sinceGrowth;
			this.turnedAway = other.turnedAway;
			this.sinceFinding = other.sinceFinding;
			this.leaving = other.leaving;
			this.deadlock = other.deadlock;
			this.blockedLoops = other.blockedLoops;
			this.answer = other.answer;
		}

		/**
		 * Say how long somebody has waited, zero if nobody has.
		 */
		public Builder waited(Duration waited) {
			this.waited = Objects.requireNonNull(waited, "waited must not be null");
			return this;
		}

		/**
		 * Say whether somebody has been turned away, which is reason enough to look for
		 * one, however short the wait was.
		 */
		public Builder endedInVain(boolean endedInVain) {
			this.endedInVain = endedInVain;
			return this;
		}

		/**
		 * Say how long the pool lets everybody wait.
		 */
		public Builder patience(Duration patience) {
			this.patience = Objects.requireNonNull(patience, "patience must not be null");
			return this;
		}

		/**
		 * Say how many connections have been asked for at a time.
		 */
		public Builder demand(Demand demand) {
			this.demand = Objects.requireNonNull(demand, "demand must not be null");
			return this;
		}

		/**
		 * Say how busy the machine is.
		 */
		public Builder cpuUse(CpuUse cpuUse) {
			this.cpuUse = Objects.requireNonNull(cpuUse, "cpuUse must not be null");
			return this;
		}

		/**
		 * Say how many tasks of thread pools wait for a connection that have asked for it
		 * after one was lent to somebody who waits for other threads.
		 */
		public Builder waitingTasks(int waitingTasks) {
			this.waitingTasks = waitingTasks;
			return this;
		}

		/**
		 * Say how many connections the database has room for in this pool, {@code null}
		 * if nobody knows.
		 */
		public Builder room(@Nullable Integer room) {
			this.room = room;
			return this;
		}

		/**
		 * Say for how much of the wait the process stood still.
		 */
		public Builder stalled(Duration stalled) {
			this.stalled = Objects.requireNonNull(stalled, "stalled must not be null");
			return this;
		}

		/**
		 * Say for how long the pool has had fewer connections than it may have, although
		 * threads wait.
		 */
		public Builder shortFor(Duration shortFor) {
			this.shortFor = Objects.requireNonNull(shortFor, "shortFor must not be null");
			return this;
		}

		/**
		 * Say how many connections have been lent around the ledger for a while.
		 */
		public Builder elsewhere(int elsewhere) {
			this.elsewhere = elsewhere;
			return this;
		}

		/**
		 * Say how many connections the pool tests before it lends them.
		 */
		public Builder tested(int tested) {
			this.tested = tested;
			return this;
		}

		/**
		 * Say what the latest attempt to connect failed with, if it did.
		 */
		public Builder connectFailure(@Nullable ConnectFailure connectFailure) {
			this.connectFailure = connectFailure;
			return this;
		}

		/**
		 * Say how long ago the pool got its latest connection since it has had too few,
		 * if it got one.
		 */
		public Builder sinceGrowth(@Nullable Duration sinceGrowth) {
			this.sinceGrowth = sinceGrowth;
			return this;
		}

		/**
		 * Say who was turned away lately, if somebody was.
		 */
		public Builder turnedAway(@Nullable TurnedAway turnedAway) {
			this.turnedAway = turnedAway;
			return this;
		}

		/**
		 * Say how long ago somebody was last turned away for a reason that showed then.
		 */
		public Builder sinceFinding(Duration sinceFinding) {
			this.sinceFinding = Objects.requireNonNull(sinceFinding, "sinceFinding must not be null");
			return this;
		}

		/**
		 * Say whether holders that look idle may be on their way out because of who was
		 * turned away.
		 */
		public Builder leaving(boolean leaving) {
			this.leaving = leaving;
			return this;
		}

		/**
		 * Say the deadlock that was found, if one was.
		 */
		public Builder deadlock(@Nullable SelfDeadlock deadlock) {
			this.deadlock = deadlock;
			return this;
		}

		/**
		 * Say which of the event loops that serve those who hold and wait are kept by
		 * some code.
		 */
		public Builder blockedLoops(List<BlockedThread> blockedLoops) {
			this.blockedLoops = List.copyOf(Objects.requireNonNull(blockedLoops, "blockedLoops must not be null"));
			return this;
		}

		/**
		 * Say what came of asking the database, if it was asked.
		 */
		public Builder answer(DatabaseAnswer answer) {
			this.answer = Objects.requireNonNull(answer, "answer must not be null");
			return this;
		}

		/**
		 * Return the circumstances said so far.
		 */
		public Circumstances build() {
			return new Circumstances(new Builder(this));
		}

	}

}
