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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.HeldByWaiters;
import io.transactionscope.pool.diagnosis.HeldElsewhere;
import io.transactionscope.pool.diagnosis.LongHolders;
import io.transactionscope.pool.diagnosis.SuspectedDeadlock;
import io.transactionscope.pool.diagnosis.Unknown;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.TimeSpent;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * The connections that have been in the same hands for most of the wait: what do most of
 * them do?
 */
final class Staying {

	/** Whoever holds a connection for less does not stay, however short the wait is. */
	private static final Duration SHORTEST = Duration.ofMillis(100);

	private final Symptoms symptoms;

	private final List<Holder> holders;

	private final Leaks leaks;

	private final List<Holder> joining = new ArrayList<>();

	private final List<Holder> idle = new ArrayList<>();

	private final List<Holder> working = new ArrayList<>();

	private final List<Holder> waiting = new ArrayList<>();

	private final int elsewhere;

	private final int tested;

	private Staying(Symptoms symptoms) {
		this.symptoms = symptoms;
		this.holders = symptoms.holders()
			.stream()
			.filter((holder) -> holder.lease().age().compareTo(SHORTEST) >= 0)
			.filter((holder) -> symptoms.isMostOfTheWait(holder.lease().age()))
			.toList();
		this.leaks = new Leaks(this.holders);
		this.elsewhere = symptoms.circumstances().elsewhere();
		this.tested = symptoms.circumstances().tested();
		for (Holder holder : this.holders) {
			if (!this.leaks.include(holder)) {
				those(holder).add(holder);
			}
		}
	}

	private List<Holder> those(Holder holder) {
		if (holder.lease().awaitedPool() != null) {
			return this.waiting;
		}
		if (this.symptoms.circumstances().waitingTasks() > 0 && Joins.isSeenIn(holder)) {
			return this.joining;
		}
		return isIdle(holder) ? this.idle : this.working;
	}

	/**
	 * Return what most of them do.
	 * @return {@code null} if they are not half of the connections
	 */
	static @Nullable Diagnosis diagnosis(Symptoms symptoms) {
		Staying staying = new Staying(symptoms);
		int connections = staying.holders.size() + staying.elsewhere + staying.tested;
		return (connections * 2 >= symptoms.snapshot().total()) ? staying.ofMost() : null;
	}

	private Diagnosis ofMost() {
		List<Kind> kinds = kinds();
		int all = kinds.stream().mapToInt(Kind::connections).sum();
		if (all == 0) {
			return heldByWaiters(this.waiting);
		}
		Kind most = kinds.stream()
			.reduce((one, other) -> (other.connections() > one.connections()) ? other : one)
			.get();
		return (most.connections() * 2 >= all) ? most.diagnosis().get() : unknown();
	}

	private List<Kind> kinds() {
		// Those who wait for this pool are not what it waits for, unless all do.
		List<Holder> waiting = this.waiting.stream().filter(this::waitsElsewhere).toList();
		return List.of(new Kind(this.leaks.count(), "leaked", this.leaks::diagnosis),
				new Kind(this.joining.size(), "of threads that wait for other threads", this::joins),
				new Kind(this.idle.size(), "idle most of the time", this::heldButIdle),
				new Kind(this.working.size(), "in statements most of the time", this::longHolders),
				new Kind(this.elsewhere, "borrowed around the ledger", () -> new HeldElsewhere(this.elsewhere)),
				new Kind(this.tested, "tested by the pool before anybody gets them", this::unknown),
				new Kind(waiting.size(), "of threads that wait for another pool", () -> heldByWaiters(waiting)));
	}

	private boolean waitsElsewhere(Holder holder) {
		return !this.symptoms.snapshot().pool().equals(holder.lease().awaitedPool());
	}

	/**
	 * Return whether most of the time was idle, whatever the connection is used for at
	 * this moment. Time that was spent on rows counts as idle, so whoever waits for more
	 * of them is not said to be.
	 */
	private static boolean isIdle(Holder holder) {
		TimeSpent spent = holder.lease().spent();
		boolean waitsForRows = holder.lease().phase().isIdle() && !holder.isIdle();
		boolean mostly = spent.known().isZero() ? holder.isIdle() : spent.idle().compareTo(spent.busy()) >= 0;
		return mostly && !waitsForRows;
	}

	private SuspectedDeadlock joins() {
		return Joins.diagnosis(this.joining, this.symptoms.circumstances().waitingTasks());
	}

	private HeldButIdle heldButIdle() {
		return new IdleHolders(this.idle).diagnosis(new PoolLoad(this.symptoms.snapshot()));
	}

	private static HeldByWaiters heldByWaiters(List<Holder> holders) {
		return new HeldByWaiters(MostFrequent.scopeOfMost(holders), holders.size(),
				Objects.requireNonNull(MostFrequent.of(holders, (holder) -> holder.lease().awaitedPool())));
	}

	private LongHolders longHolders() {
		Duration longest = this.working.stream()
			.map((holder) -> holder.lease().age())
			.max(Duration::compareTo)
			.orElse(Duration.ZERO);
		return new LongHolders(MostFrequent.scopeOfMost(this.working), this.working.size(), longest,
				Silence.unanswered(this.symptoms), Locks.areRuledOut(this.working, this.symptoms), mostAreEnding());
	}

	private boolean mostAreEnding() {
		long ending = this.working.stream()
			.map(Holder::lease)
			.filter((lease) -> lease.phase() == Phase.ENDING_TRANSACTION)
			.filter((lease) -> lease.inPhase() == null || lease.inPhase().multipliedBy(2).compareTo(lease.age()) >= 0)
			.count();
		return ending * 2 > this.working.size();
	}

	private Unknown unknown() {
		Stream<String> seen = kinds().stream()
			.filter((kind) -> kind.connections() > 0)
			.map((kind) -> "%s %s".formatted(Words.count(kind.connections(), "connection"), kind.what()));
		Stream<String> silence = Stream.ofNullable(Silence.unanswered(this.symptoms))
			.map((since) -> "the database is not known to have answered for " + Words.of(since));
		return new Unknown(Stream.concat(seen, silence).toList());
	}

	/**
	 * Connections of which the same is to be said.
	 */
	private record Kind(int connections, String what, Supplier<Diagnosis> diagnosis) {
	}

}
