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

package io.transactionscope.reference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.BlockedEventLoop;
import io.transactionscope.pool.diagnosis.Burst;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.Closed;
import io.transactionscope.pool.diagnosis.DatabaseSilent;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Growing;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.HeldByWaiters;
import io.transactionscope.pool.diagnosis.HeldElsewhere;
import io.transactionscope.pool.diagnosis.Leak;
import io.transactionscope.pool.diagnosis.LongHolders;
import io.transactionscope.pool.diagnosis.LostLink;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.diagnosis.StalledProcess;
import io.transactionscope.pool.diagnosis.StarvedOfCpu;
import io.transactionscope.pool.diagnosis.SuspectedDeadlock;
import io.transactionscope.pool.diagnosis.Suspended;
import io.transactionscope.pool.diagnosis.TurnedAway;
import io.transactionscope.pool.diagnosis.Undersized;
import io.transactionscope.pool.diagnosis.Unknown;
import io.transactionscope.pool.examination.Circumstances;
import io.transactionscope.pool.examination.Examination;
import io.transactionscope.pool.snapshot.BlockedThread;
import io.transactionscope.pool.snapshot.ConnectFailure;
import io.transactionscope.pool.snapshot.CpuUse;
import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.DatabaseAnswer.Outcome;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.Demand;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.pool.snapshot.Waiter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The reference has the kinds of {@link Diagnosis} in the order in which they are looked
 * for: where the symptoms of two are there, the one that it has first is found.
 */
@Tag("once")
class DiagnosisOrderTests {

	private static final Duration WAITED = Duration.ofSeconds(4);

	private static final Duration LONG = Duration.ofMinutes(2);

	private static final SelfDeadlock DEADLOCK = new SelfDeadlock(List.of(), true, 3);

	private static final TurnedAway VICTIMS = new TurnedAway(3, WAITED, WAITED, new Unknown(List.of()));

	private static final ConnectFailure REFUSED = new ConnectFailure(ConnectFailure.Kind.REFUSED, "refused", null,
			WAITED);

	private static final String SOCKET = "sun.nio.ch.SocketDispatcher.read0";

	static Stream<Case> cases() {
		return Stream.of(new Case(Closed.class, "deadlock").state(State.CLOSED).deadlock(),
				new Case(Suspended.class, "deadlock").state(State.SUSPENDED).deadlock(),
				new Case(CannotConnect.class, "deadlock").state(State.NOT_STARTED).failure().deadlock(),
				new Case(SelfDeadlock.class, "leak").deadlock().holder(leaked()),
				new Case(Leak.class, "turned away").holder(leaked()).turnedAway(),
				new Case(TurnedAway.class, "nobody waits").turnedAway(), new Case(Healthy.class, "nobody waits"),
				new Case(StalledProcess.class, "silence").waited().stalled().silent().holder(working(1), SOCKET),
				new Case(BlockedEventLoop.class, "silence").waited().loop().silent().holder(working(1).id("1"), SOCKET),
				new Case(DatabaseSilent.class, "growth").waited().silent().growing().holder(working(1), SOCKET),
				new Case(Growing.class, "lost link").waited()
					.growing()
					.holder(working(1), SOCKET, "org.postgresql.core.VisibleBufferedInputStream.readMore")
					.answered(idle(1)),
				new Case(LostLink.class, "lock").waited()
					.holder(working(1), SOCKET, "org.postgresql.core.VisibleBufferedInputStream.readMore")
					.holder(working(2), SOCKET)
					.answered(idle(1), blocked(2, 9L), blocked(9)),
				new Case(BlockedByLock.class, "join").waited()
					.holder(working(2), SOCKET)
					.joining()
					.answered(blocked(2, 9L), blocked(9)),
				new Case(SuspectedDeadlock.class, "idle").waited().joining().holder(idling()),
				new Case(HeldButIdle.class, "statement").waited().holder(working(1), SOCKET).holder(idling()),
				new Case(LongHolders.class, "around the ledger").waited().holder(working(1), SOCKET).elsewhere(),
				new Case(HeldElsewhere.class, "another pool").waited()
					.elsewhere()
					.holder(idling().awaitedPool("stock")),
				new Case(HeldByWaiters.class, "no CPU").waited().holder(idling().awaitedPool("stock")).busy(),
				new Case(StarvedOfCpu.class, "load").waited().busy().load(),
				new Case(Undersized.class, "burst").waited().load(),
				new Case(Burst.class, "nothing else is known").waited(),
				new Case(Unknown.class, "nothing is known").waited().free());
	}

	@ParameterizedTest
	@MethodSource("cases")
	void kindThatStandsFirstIsFound(Case each) {
		assertThat(each.diagnosis()).isInstanceOf(each.kind);
	}

	@Test
	void referenceHasThisOrder() throws IOException {
		String chapter = Files.readString(Path.of("src", "docs", "asciidoc", "diagnoses.adoc"));
		assertThat(cases().map((each) -> chapter.indexOf("\n[#diagnoses-%s]".formatted(each.anchor())))).isSorted()
			.hasSameSizeAs(Diagnosis.class.getPermittedSubclasses())
			.doesNotContain(-1);
	}

	private static Lease.Builder lease(Phase phase) {
		return Lease.builder().scope("charge").thread("worker").threadAlive(true).age(LONG).phase(phase).inPhase(LONG);
	}

	private static Lease.Builder working(long process) {
		return lease(Phase.IN_STATEMENT).serverProcess(new ServerProcess(DatabaseKind.POSTGRESQL, process));
	}

	private static Lease.Builder idling() {
		return lease(Phase.BETWEEN_STATEMENTS);
	}

	private static Lease.Builder leaked() {
		return idling().threadAlive(false);
	}

	private static ServerSession idle(long process) {
		return new ServerSession(process, null, "idle", LONG, null, false, List.of());
	}

	private static ServerSession blocked(long process, Long... blockers) {
		return new ServerSession(process, null, "active", LONG, null, blockers.length > 0, List.of(blockers));
	}

	/**
	 * Symptoms of one kind, and of one that comes later.
	 */
	private static final class Case {

		private final Class<? extends Diagnosis> kind;

		private final String beside;

		private final PoolSnapshot.Builder pool = PoolSnapshot.builder().pool("orders").maximum(2).total(2).active(2);

		private final Circumstances.Builder circumstances = Circumstances.builder();

		private final List<Holder> holders = new ArrayList<>();

		Case(Class<? extends Diagnosis> kind, String beside) {
			this.kind = kind;
			this.beside = beside;
		}

		String anchor() {
			return this.kind.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
		}

		Case state(State state) {
			this.pool.state(state);
			return this;
		}

		Case deadlock() {
			this.circumstances.deadlock(DEADLOCK);
			return this;
		}

		Case failure() {
			this.circumstances.connectFailure(REFUSED);
			return this;
		}

		Case turnedAway() {
			this.circumstances.turnedAway(VICTIMS);
			return this;
		}

		Case waited() {
			this.circumstances.waited(WAITED);
			this.pool.waiting(1).waiters(List.of(Waiter.builder().thread("waiting").waited(WAITED).build()));
			return this;
		}

		Case stalled() {
			this.circumstances.stalled(WAITED);
			return this;
		}

		Case loop() {
			this.circumstances.blockedLoops(
					List.of(new BlockedThread("loop-1", "com.example.Rates.fetch", LONG, Set.of("1"), 0, 0, false)));
			return this;
		}

		Case silent() {
			this.circumstances.answer(new DatabaseAnswer(Outcome.SILENT, WAITED, List.of()));
			return this;
		}

		Case growing() {
			this.pool.total(1);
			this.circumstances.shortFor(WAITED).sinceGrowth(Duration.ofMillis(300));
			return this;
		}

		Case answered(ServerSession... sessions) {
			this.circumstances.answer(new DatabaseAnswer(Outcome.ANSWERED, Duration.ZERO, List.of(sessions)));
			return this;
		}

		Case joining() {
			this.circumstances.waitingTasks(1);
			return holder(idling(), "jdk.internal.misc.Unsafe.park", "java.util.concurrent.FutureTask.get",
					"com.example.Order.place");
		}

		Case elsewhere() {
			this.circumstances.elsewhere(1);
			return this;
		}

		Case busy() {
			this.circumstances.cpuUse(new CpuUse(0.97, Duration.ZERO, Duration.ofSeconds(10)));
			return this;
		}

		Case load() {
			this.circumstances.demand(new Demand(Duration.ofSeconds(30), Duration.ofSeconds(30), 3));
			return this;
		}

		Case free() {
			this.pool.active(0).idle(2);
			return this;
		}

		Case holder(Lease.Builder lease, String... frames) {
			this.holders.add(new Holder(lease.build(), Arrays.stream(frames).map(Case::frame).toList()));
			return this;
		}

		private static StackTraceElement frame(String frame) {
			int method = frame.lastIndexOf('.');
			return new StackTraceElement(frame.substring(0, method), frame.substring(method + 1), "Some.java", 1);
		}

		Diagnosis diagnosis() {
			this.pool.leases(this.holders.stream().map(Holder::lease).toList());
			return new Examination(this.pool.build(), this.holders, this.circumstances.build()).diagnosis();
		}

		@Override
		public String toString() {
			return "%s, beside: %s".formatted(this.kind.getSimpleName(), this.beside);
		}

	}

}
