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
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.BlockedEventLoop;
import io.transactionscope.pool.diagnosis.Burst;
import io.transactionscope.pool.diagnosis.CallElsewhere;
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
import io.transactionscope.pool.snapshot.Abandonment;
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
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.pool.snapshot.TimeSpent;
import io.transactionscope.pool.snapshot.Waiter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Examination}: which facts make which diagnosis.
 */
class ExaminationTests {

	private static final Duration WAITED = Duration.ofSeconds(4);

	private static final Duration BRIEF = Duration.ofMillis(300);

	private static final Duration LONG = Duration.ofMinutes(2);

	private static final Duration STEADY = Duration.ofSeconds(30);

	private static final SelfDeadlock DEADLOCK = new SelfDeadlock(List.of(), true, 3);

	private static final String CALLBACK = "org.springframework.transaction.support.TransactionSynchronizationUtils"
			+ ".invokeAfterCompletion";

	private static final String INTERCEPTOR = "org.springframework.transaction.interceptor.TransactionInterceptor"
			+ ".invoke";

	private static final String WEB_REQUEST = "org.springframework.web.servlet.DispatcherServlet.doDispatch";

	private static final ConnectFailure REFUSED = new ConnectFailure(ConnectFailure.Kind.REFUSED, "refused", "08001",
			Duration.ofSeconds(1));

	private static final ConnectFailure NO_ANSWER = new ConnectFailure(ConnectFailure.Kind.NO_ANSWER, "timed out",
			"08006", Duration.ofSeconds(1));

	private static final ConnectFailure NO_ROOM = new ConnectFailure(ConnectFailure.Kind.TOO_MANY_CONNECTIONS,
			"too many", "53300", Duration.ofSeconds(1));

	private static final TurnedAway VICTIMS = new TurnedAway(98, Duration.ofSeconds(12), Duration.ofSeconds(1),
			DEADLOCK);

	private static final TurnedAway JOINERS = new TurnedAway(3, Duration.ofSeconds(1), Duration.ofMillis(200),
			new SuspectedDeadlock("charge", 5, 5, "FutureTask.get"));

	private static final TurnedAway WAITERS = new TurnedAway(3, Duration.ofSeconds(1), Duration.ofMillis(200),
			new HeldByWaiters("charge", 5, "stock"));

	static Stream<Facts> facts() {
		return Stream.of(
				new Facts("a closed pool is closed, whatever else it is", new Closed()).state(State.CLOSED).awaited(),
				new Facts("a suspended pool is suspended", new Suspended()).state(State.SUSPENDED).awaited(),
				new Facts("a pool that nobody waits for is well", new Healthy()).holders(working("charge")),
				new Facts("a lease of a thread that has ended is a leak, though nobody waits",
						new Leak(1, "charge", Abandonment.THREAD_ENDED))
					.holders(left(working("charge"))),
				new Facts("a process that stood still for most of the wait says nothing of the pool",
						new StalledProcess(Duration.ofSeconds(2)))
					.awaited()
					.stalled(Duration.ofSeconds(2)),
				new Facts("it is not why the database refuses a connection", new CannotConnect(1, 2, REFUSED)).awaited()
					.total(1)
					.stalled(Duration.ofSeconds(2))
					.connectFailure(REFUSED),
				new Facts("it may be why nobody has answered in time", new StalledProcess(Duration.ofSeconds(2)))
					.awaited()
					.total(1)
					.stalled(Duration.ofSeconds(2))
					.connectFailure(NO_ANSWER),
				new Facts("a full pool needs no other connection, and waits for those it has",
						new StalledProcess(Duration.ofSeconds(2)))
					.awaited()
					.stalled(Duration.ofSeconds(2))
					.connectFailure(REFUSED),
				new Facts("connections of an event loop that is kept stand still, whatever they seem to wait for",
						blocked(1, 2, 0))
					.awaited()
					.holders(working("charge").id("1"), idle("refund", Phase.BETWEEN_STATEMENTS).id("2"))
					.answer(Outcome.SILENT, WAITED)
					.blockedLoops(loop("loop-1", LONG, 0, "1", "2")),
				new Facts("the event loop that most depend on is named", blocked(2, 2, 0)).awaited()
					.holders(working("charge").id("1"), working("charge").id("2"))
					.blockedLoops(loop("loop-3", LONG.multipliedBy(2), 0), loop("loop-2", LONG.multipliedBy(2), 1),
							loop("loop-1", LONG, 0, "1", "2")),
				new Facts("half of the connections are enough", blocked(1, 1, 0)).awaited()
					.holders(working("charge").id("1"), working("charge").id("2"))
					.blockedLoops(loop("loop-1", LONG, 0, "2")),
				new Facts("fewer connections than half are not what the others wait for",
						new LongHolders("charge", 3, LONG))
					.awaited()
					.maximum(3)
					.total(3)
					.holders(working("charge").id("1"), working("charge").id("2"), working("charge").id("3"))
					.blockedLoops(loop("loop-1", LONG, 0, "2")),
				new Facts("an event loop that was kept for a part of the wait only is not the cause",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge").id("1"), working("charge").id("2"))
					.blockedLoops(loop("loop-1", BRIEF, 0, "1", "2")),
				new Facts("an event loop that works for a moment is not kept, however short the wait is",
						new LongHolders("charge", 2, LONG))
					.awaited(Duration.ofMillis(100))
					.turnedAway()
					.holders(working("charge").id("1"), working("charge").id("2"))
					.blockedLoops(loop("loop-1", Duration.ofMillis(90), 0, "1", "2")),
				new Facts("connections that come and go do not stand still", new Burst(1, 2, WAITED)).awaited()
					.demand(WAITED, 3)
					.holders(working("charge").id("1").age(BRIEF), working("charge").id("2").age(BRIEF))
					.blockedLoops(loop("loop-1", LONG, 0, "1", "2")),
				new Facts("a connection that nobody will give back is leaked, on whatever event loop",
						new Leak(2, "charge", Abandonment.CODE_LEFT))
					.awaited()
					.holders(abandoned("charge").id("1"), abandoned("charge").id("2"))
					.blockedLoops(loop("loop-1", LONG, 0, "1", "2")),
				new Facts("an event loop that hands out connections keeps all who wait", blocked(1, 0, 1)).awaited()
					.active(1)
					.holders(working("charge").id("1").age(BRIEF))
					.blockedLoops(handingOut("loop-1", LONG)),
				new Facts("whoever waits on an event loop that is kept gets no connection though one is free",
						blocked(1, 0, 1))
					.awaited()
					.active(0)
					.blockedLoops(loop("loop-1", LONG, 1)),
				new Facts("free connections of an event loop that is kept reach nobody", blocked(1, 2, 1)).awaited()
					.active(0)
					.blockedLoops(ofFree("loop-1", LONG, 5)),
				new Facts("nor does one of many that are free", blocked(1, 1, 1)).awaited()
					.maximum(8)
					.total(8)
					.active(1)
					.idle(7)
					.blockedLoops(ofFree("loop-1", LONG, 1)),
				new Facts("nor does one that is prepared while others are free", blocked(1, 1, 1)).awaited()
					.maximum(8)
					.total(8)
					.active(5)
					.idle(3)
					.tested(1)
					.blockedLoops(ofFree("loop-1", LONG, 1)),
				new Facts("nor do those that the pool prepares for somebody", blocked(1, 1, 1)).awaited()
					.tested(1)
					.holders(working("charge").id("1"))
					.blockedLoops(ofFree("loop-1", LONG, 1)),
				new Facts("those who have the other connections matter more than one that is prepared",
						new LongHolders("charge", 3, LONG))
					.awaited()
					.maximum(4)
					.total(4)
					.tested(1)
					.answer(Outcome.ANSWERED, Duration.ZERO)
					.holders(working("charge").id("1"), working("charge").id("2"), working("charge").id("3"))
					.blockedLoops(ofFree("loop-1", LONG, 1)),
				new Facts("nor though one may be opened", blocked(1, 0, 1)).awaited()
					.maximum(4)
					.blockedLoops(loop("loop-1", LONG, 1)),
				new Facts("none is opened where the database refuses them", new CannotConnect(2, 4, REFUSED)).awaited()
					.maximum(4)
					.connectFailure(REFUSED)
					.blockedLoops(loop("loop-1", LONG, 1)),
				new Facts("whoever waits for connections that others have would get none on another event loop, either",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge").id("1"), working("charge").id("2"))
					.blockedLoops(loop("loop-1", LONG, 1)),
				new Facts("a deadlock that was found is the reason", DEADLOCK).awaited().deadlock(DEADLOCK),
				new Facts("a pool that fails to connect cannot", new CannotConnect(2, 3, REFUSED)).awaited()
					.maximum(3)
					.connectFailure(REFUSED),
				new Facts("a pool that cannot be started says so, though nobody waits",
						new CannotConnect(0, 2, REFUSED))
					.state(State.NOT_STARTED)
					.connectFailure(REFUSED),
				new Facts("a pool that has not been started is well", new Healthy()).state(State.NOT_STARTED),
				new Facts("a pool that opens its first connection is growing", new Growing(0, 2, BRIEF)).total(0)
					.awaited(BRIEF),
				new Facts("a first connection that does not come at all is a failure", new CannotConnect(0, 2, null))
					.total(0)
					.awaited(),
				new Facts("a pool whose total climbs is growing", new Growing(1, 2, BRIEF)).total(1)
					.awaited()
					.shortFor(WAITED)
					.sinceGrowth(BRIEF),
				new Facts("a pool that climbed once and no more cannot connect", new CannotConnect(1, 2, null)).total(1)
					.awaited()
					.shortFor(WAITED)
					.sinceGrowth(WAITED),
				new Facts("a pool that climbed before it failed cannot connect", new CannotConnect(1, 2, REFUSED))
					.total(1)
					.awaited()
					.shortFor(WAITED)
					.sinceGrowth(BRIEF)
					.connectFailure(REFUSED),
				new Facts("a pool that leaks does so, though the database has no room for more connections",
						new Leak(2, "charge", Abandonment.CODE_LEFT))
					.awaited()
					.maximum(3)
					.connectFailure(NO_ROOM)
					.holders(abandoned("charge"), abandoned("charge")),
				new Facts("one that does not leak wants that room", new CannotConnect(2, 3, NO_ROOM)).awaited()
					.maximum(3)
					.connectFailure(NO_ROOM)
					.holders(working("charge"), abandoned("charge")),
				new Facts("a failure says nothing of a pool that has all of its connections",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge"), working("charge"))
					.connectFailure(REFUSED),
				new Facts("those who were turned away are remembered, though nobody waits", VICTIMS)
					.turnedAway(VICTIMS),
				new Facts("deadlocks that are broken all the time make others wait", VICTIMS).awaited()
					.turnedAway(VICTIMS),
				new Facts("connections that stay matter more than who was turned away",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge"), working("charge"))
					.turnedAway(VICTIMS),
				new Facts("holders that leave because of who was turned away were idle because of them", JOINERS)
					.awaited()
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BETWEEN_STATEMENTS))
					.turnedAway(JOINERS)
					.leaving(),
				new Facts("so were those that leave because a deadlock was broken", VICTIMS).awaited()
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BETWEEN_STATEMENTS))
					.turnedAway(VICTIMS)
					.leaving(),
				new Facts("so were those that leave because another pool has turned them away", WAITERS).awaited()
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BETWEEN_STATEMENTS))
					.turnedAway(WAITERS)
					.leaving(),
				new Facts("once they have left, the last wait for the same reason", JOINERS).awaited()
					.turnedAway(JOINERS)
					.leaving(),
				new Facts("what some of them do as they leave makes nothing unknown", JOINERS).awaited()
					.maximum(3)
					.total(3)
					.holders(left(working("charge")), idle("charge", Phase.BETWEEN_STATEMENTS), working("charge"))
					.turnedAway(JOINERS)
					.leaving(),
				new Facts("who has begun to wait after that waits for idle holders",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BETWEEN_STATEMENTS))
					.turnedAway(JOINERS)
					.sinceFinding(WAITED.plusMillis(1))
					.leaving(),
				new Facts("who has begun to wait after the latest deadlock was broken waits for something else",
						new Burst(1, 2, Duration.ZERO))
					.awaited()
					.turnedAway(VICTIMS)
					.sinceFinding(WAITED.plusMillis(1)),
				new Facts("holders that have not left by then are idle",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BETWEEN_STATEMENTS))
					.turnedAway(JOINERS),
				new Facts("statements do not run because of who was turned away", new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge"), working("charge"))
					.turnedAway(JOINERS)
					.leaving(),
				new Facts("who is held up by idle holders does not make them idle",
						new HeldButIdle("other", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.holders(idle("other", Phase.BETWEEN_STATEMENTS), idle("other", Phase.BETWEEN_STATEMENTS))
					.turnedAway(new TurnedAway(3, Duration.ofSeconds(1), Duration.ofMillis(200),
							new LongHolders("charge", 2, LONG)))
					.leaving(),
				new Facts("leases whose holders have turned to something else are leaks",
						new Leak(2, "charge", Abandonment.CODE_LEFT))
					.awaited()
					.holders(abandoned("charge"), abandoned("charge")),
				new Facts("leases that may last are no leaks",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.holders(abandoned("charge").longLived(true), abandoned("charge").longLived(true)),
				new Facts("leases after the end of their transaction are idle",
						new HeldButIdle("charge", HeldButIdle.Part.AFTER_LAST_STATEMENT, 1.0, null, null))
					.awaited()
					.holders(idle("charge", Phase.AFTER_TRANSACTION), idle("charge", Phase.AFTER_TRANSACTION)),
				new Facts("leases of those who have not begun are idle",
						new HeldButIdle("charge", HeldButIdle.Part.BEFORE_FIRST_STATEMENT, 1.0, null, null))
					.awaited()
					.holders(idle("charge", Phase.BEFORE_FIRST_STATEMENT), idle("other", Phase.BETWEEN_STATEMENTS)),
				new Facts("a loop of remote calls is idle, though a statement runs at this moment",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 0.9375, null, null))
					.awaited()
					.holders(spent(working("charge"), 4, 0, 60), spent(working("charge"), 4, 0, 60)),
				new Facts("a loop of statements is long, though none runs at this moment",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(spent(idle("charge", Phase.BETWEEN_STATEMENTS), 60, 0, 4),
							spent(idle("charge", Phase.BETWEEN_STATEMENTS), 60, 0, 4)),
				new Facts("where the time went counts, not the present phase",
						new HeldButIdle("charge", HeldButIdle.Part.BEFORE_FIRST_STATEMENT, 0.75, null, null))
					.awaited()
					.holders(spent(idle("charge", Phase.BETWEEN_STATEMENTS), 0, 60, 20),
							spent(idle("charge", Phase.BETWEEN_STATEMENTS), 0, 60, 20)),
				new Facts("the share is of the scope that is named",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.holders(spent(idle("charge", Phase.BETWEEN_STATEMENTS), 0, 0, 60),
							spent(idle("other", Phase.BETWEEN_STATEMENTS), 20, 0, 40)),
				new Facts("a listener for AFTER_COMMIT is not told to be one",
						new HeldButIdle("charge", HeldButIdle.Part.IN_COMPLETION_CALLBACK, 1.0, null, null))
					.awaited()
					.stack(CALLBACK, "com.example.Order.place", INTERCEPTOR, WEB_REQUEST)
					.holders(idle("charge", Phase.AFTER_TRANSACTION), idle("charge", Phase.AFTER_TRANSACTION)),
				new Facts("another transaction in a listener for AFTER_COMMIT is one as others are",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.stack("com.example.Mail.send", CALLBACK, "com.example.Order.place", INTERCEPTOR)
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BETWEEN_STATEMENTS)),
				new Facts("a request that goes on after the transaction of its connection has a session",
						new HeldButIdle("charge", HeldButIdle.Part.IN_WEB_REQUEST, 1.0, null, null))
					.awaited()
					.stack("com.example.View.render", WEB_REQUEST)
					.holders(idle("charge", Phase.AFTER_TRANSACTION), idle("charge", Phase.AFTER_TRANSACTION)),
				new Facts("what is borrowed outside of scopes in a request has none",
						new HeldButIdle(null, HeldButIdle.Part.AFTER_LAST_STATEMENT, 1.0, null, null))
					.awaited()
					.stack("com.example.View.render", WEB_REQUEST)
					.holders(idle(null, Phase.AFTER_TRANSACTION), idle(null, Phase.AFTER_TRANSACTION)),
				new Facts("what a session has borrowed outside of scopes is kept as long as the request goes on",
						new HeldButIdle(null, HeldButIdle.Part.IN_OPEN_SESSION, 1.0, null, null))
					.awaited()
					.stack("com.example.View.render", WEB_REQUEST)
					.holders(borrowedBySession(), borrowedBySession()),
				new Facts("a session that has the name of its request is one as well",
						new HeldButIdle("GET /orders", HeldButIdle.Part.IN_OPEN_SESSION, 1.0, null, null))
					.awaited()
					.stack("com.example.View.render", WEB_REQUEST)
					.holders(borrowedBySession().scope("GET /orders").outsideOfScopes(true),
							borrowedBySession().scope("GET /orders").outsideOfScopes(true)),
				new Facts("a session that is at work is not left open",
						new HeldButIdle(null, HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.stack("org.hibernate.loader.Loader.load", "com.example.Order.place", WEB_REQUEST)
					.holders(borrowedBySession(), borrowedBySession()),
				new Facts("what the code itself has borrowed outside of scopes is not kept by a session",
						new HeldButIdle(null, HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.stack("com.example.View.render", WEB_REQUEST)
					.holders(idle(null, Phase.BETWEEN_STATEMENTS), idle(null, Phase.BETWEEN_STATEMENTS)),
				new Facts("a session outside of a web request is not that of one",
						new HeldButIdle(null, HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.stack("com.example.Batch.run")
					.holders(borrowedBySession(), borrowedBySession()),
				new Facts("a transaction in a request that has not come to its end has none",
						new HeldButIdle("charge", HeldButIdle.Part.AFTER_LAST_STATEMENT, 1.0, null, null))
					.awaited()
					.stack("com.example.Order.place", INTERCEPTOR, WEB_REQUEST)
					.holders(idle("charge", Phase.AFTER_TRANSACTION), idle("charge", Phase.AFTER_TRANSACTION)),
				new Facts("leases of those who call elsewhere for most of the time are named with the call",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null,
								new CallElsewhere("POST bank", LONG.dividedBy(2), LONG, true)))
					.awaited()
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS).calls(List.of(call("POST bank", 2))),
							idle("charge", Phase.BETWEEN_STATEMENTS).calls(List.of(call("GET fees", 3)))),
				new Facts("leases of those who call elsewhere for a part of the time are idle for whatever reason",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS).calls(List.of(call("POST bank", 3))),
							idle("other", Phase.BETWEEN_STATEMENTS).calls(List.of(call("GET fees", 1)))),
				new Facts("a database that answers nobody is silent", new DatabaseSilent(LONG, WAITED, 0)).awaited()
					.holders(working("charge"), working("charge"))
					.answered(LONG)
					.answer(Outcome.SILENT, WAITED),
				new Facts("a database whose checks nobody answers is silent", new DatabaseSilent(null, WAITED, 2))
					.awaited()
					.tested(2)
					.answer(Outcome.SILENT, WAITED),
				new Facts("a database whose checks nobody answers is silent, though nobody has asked it for more",
						new DatabaseSilent(LONG, null, 2))
					.awaited()
					.answered(LONG)
					.tested(2),
				new Facts("one that has refused a connection is not silent",
						new Unknown(List.of("2 connections are tested by the pool before anybody gets them",
								"the database is not known to have answered for 120.0 s")))
					.awaited()
					.answered(LONG)
					.tested(2)
					.answer(Outcome.FAILED, WAITED),
				new Facts("one that has answered meanwhile is not silent",
						new Unknown(List.of("2 connections are tested by the pool before anybody gets them")))
					.awaited()
					.answered(Duration.ofMillis(10))
					.tested(2),
				new Facts("connections that somebody has borrowed around the ledger are no checks",
						new HeldElsewhere(2))
					.awaited()
					.answered(LONG)
					.elsewhere(2),
				new Facts("statements that are not answered are long, or the database is silent",
						new LongHolders("charge", 2, LONG, LONG, false, false))
					.awaited()
					.answered(LONG)
					.holders(working("charge"), working("charge")),
				new Facts("statements of which the database says that they wait for no lock are named so",
						new LongHolders("charge", 2, LONG, null, true, false))
					.awaited()
					.holders(working("charge").serverProcess(process(1)), working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, session(1), session(2)),
				new Facts("statements that have begun since it was asked may wait for one",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge").serverProcess(process(1)),
							working("charge").serverProcess(process(2)).inPhase(BRIEF))
					.answer(Outcome.ANSWERED, WAITED, session(1), session(2)),
				new Facts("statements of which one waits for a lock that nobody knows may all",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge").serverProcess(process(1)), working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, session(1),
							new ServerSession(2, null, null, null, null, true, List.of())),
				new Facts("statements whose sessions are idle are lost on the way", new LostLink("charge", 2, LONG))
					.awaited()
					.stack("sun.nio.ch.SocketDispatcher.read0", "sun.nio.ch.NioSocketImpl.implRead",
							"org.postgresql.core.VisibleBufferedInputStream.readMore", "com.example.Order.place")
					.holders(working("charge").serverProcess(process(1)), working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, idleSession(1, LONG), idleSession(2, LONG)),
				new Facts("answers that are on their way are not",
						new LongHolders("charge", 2, LONG, null, true, false))
					.awaited()
					.holders(working("charge").serverProcess(process(1)), working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, idleSession(1, BRIEF), idleSession(2, BRIEF)),
				new Facts("a session that is idle while its holder is, too, is not",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS).serverProcess(process(1)),
							idle("charge", Phase.BETWEEN_STATEMENTS).serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, idleSession(1, LONG), idleSession(2, LONG)),
				new Facts("nor are statements whose threads wait for no answer",
						new Unknown(List.of("2 connections are in statements",
								"the database says that their sessions are idle",
								"0 of their threads wait for an answer")))
					.awaited()
					.stack("java.lang.Object.wait", "org.apache.catalina.connector.InputBuffer.read",
							"org.postgresql.core.v3.QueryExecutorImpl.sendParse", "com.example.Upload.store")
					.holders(working("charge").serverProcess(process(1)), working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, idleSession(1, LONG), idleSession(2, LONG)),
				new Facts("a lease whose transaction has ended since the database was asked has no lock",
						new HeldButIdle("reprice", HeldButIdle.Part.AFTER_LAST_STATEMENT, 1.0, null, null))
					.awaited()
					.maximum(3)
					.total(3)
					.holders(idle("reprice", Phase.AFTER_TRANSACTION).inPhase(BRIEF).serverProcess(process(1)),
							working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ofMillis(900), session(1), session(2, 1)),
				new Facts("a lock of a prepared transaction is named without a session",
						new BlockedByLock(new BlockedByLock.PreparedBlocker(),
								List.of(new BlockedByLock.Victim("charge", "worker", 1, List.of(0L)),
										new BlockedByLock.Victim("charge", "worker", 2, List.of(1L)))))
					.awaited()
					.holders(working("charge").serverProcess(process(1)), working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, session(1, 0), session(2, 1), session(0)),
				new Facts("statements are long if a new connection is answered", new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge"), working("charge"))
					.answered(LONG)
					.answer(Outcome.ANSWERED, Duration.ZERO),
				new Facts("statements are long if others have been answered", new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge"), working("charge"))
					.answered(Duration.ofMillis(10))
					.answer(Outcome.SILENT, WAITED),
				new Facts("statements are long if a new connection had no time to come about",
						new LongHolders("charge", 2, LONG, LONG, false, false))
					.awaited()
					.holders(working("charge"), working("charge"))
					.answered(LONG)
					.answer(Outcome.SILENT, Duration.ofMillis(100)),
				new Facts("who keeps connections idle is the reason, whatever the database says",
						new HeldButIdle("charge", HeldButIdle.Part.BEFORE_FIRST_STATEMENT, 1.0, null, null))
					.awaited()
					.holders(idle("charge", Phase.BEFORE_FIRST_STATEMENT), idle("charge", Phase.BEFORE_FIRST_STATEMENT))
					.answered(LONG)
					.answer(Outcome.SILENT, WAITED),
				new Facts("a lock that a lease of the pool has is named with it",
						new BlockedByLock(
								new BlockedByLock.LeaseBlocker("reprice", "worker", 1, true,
										"idle between statements for 120.0 s"),
								List.of(new BlockedByLock.Victim("charge", "worker", 2, List.of(1L)))))
					.awaited()
					.holders(idle("reprice", Phase.BETWEEN_STATEMENTS).serverProcess(process(1)),
							working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, session(1), session(2, 1)),
				new Facts("a lock that somebody else has is named at the end of the chain",
						new BlockedByLock(new BlockedByLock.SessionBlocker(DatabaseKind.POSTGRESQL, session(9)),
								List.of(new BlockedByLock.Victim("charge", "worker", 1, List.of(9L)),
										new BlockedByLock.Victim("charge", "worker", 2, List.of(1L)))))
					.awaited()
					.holders(working("charge").serverProcess(process(1)), working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, session(1, 9), session(2, 1), session(9)),
				new Facts("a lock that somebody has had before this statement began is none",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge").serverProcess(process(1)), working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, LONG.multipliedBy(2), session(1, 9), session(2, 1), session(9)),
				new Facts("those who wait for each other in the database are set free by it",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(working("charge").serverProcess(process(1)), working("charge").serverProcess(process(2)))
					.answer(Outcome.ANSWERED, Duration.ZERO, session(1, 2), session(2, 1)),
				new Facts("a commit that is not answered is no statement",
						new LongHolders("charge", 2, LONG, null, false, true))
					.awaited()
					.holders(idle("charge", Phase.ENDING_TRANSACTION), idle("charge", Phase.ENDING_TRANSACTION)),
				new Facts("a commit after long statements is as long as they are", new LongHolders("charge", 2, LONG))
					.awaited()
					.holders(idle("charge", Phase.ENDING_TRANSACTION).inPhase(BRIEF),
							idle("charge", Phase.ENDING_TRANSACTION).inPhase(BRIEF)),
				new Facts("leases in statements are long", new LongHolders("charge", 2, LONG)).awaited()
					.holders(working("charge"), working("charge")),
				new Facts("who waits for more rows of a statement is at it", new LongHolders("export", 2, LONG))
					.awaited()
					.stack("org.postgresql.jdbc.PgResultSet.next", "com.zaxxer.hikari.pool.HikariProxyResultSet.next",
							"io.transactionscope.pool.tracked.Delegation$OfResultSet.next", "com.example.Export.run")
					.holders(spent(idle("export", Phase.BETWEEN_STATEMENTS), 1, 0, 60),
							spent(idle("export", Phase.BETWEEN_STATEMENTS), 1, 0, 60)),
				new Facts("who works on a row is not",
						new HeldButIdle("export", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.stack("java.lang.Thread.sleep", "com.example.Export.write",
							"org.springframework.jdbc.core.JdbcTemplate.query", "com.example.Export.run")
					.holders(idle("export", Phase.BETWEEN_STATEMENTS), idle("export", Phase.BETWEEN_STATEMENTS)),
				new Facts("nor is who is in a statement of another connection",
						new HeldButIdle("export", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.stack("org.postgresql.jdbc.PgStatement.execute",
							"io.transactionscope.pool.tracked.Delegation$OfPreparedStatement.executeQuery",
							"com.example.Export.run")
					.holders(idle("export", Phase.BETWEEN_STATEMENTS), idle("export", Phase.BETWEEN_STATEMENTS)),
				new Facts("a database that does not answer as transactions begin is silent",
						new DatabaseSilent(LONG, WAITED, 0))
					.awaited()
					.stack("org.mariadb.jdbc.Connection.setAutoCommit",
							"io.transactionscope.pool.tracked.TrackedTransaction.setAutoCommit",
							"org.springframework.jdbc.datasource.DataSourceTransactionManager.doBegin")
					.holders(idle("charge", Phase.BEFORE_FIRST_STATEMENT), idle("charge", Phase.BEFORE_FIRST_STATEMENT))
					.answered(LONG)
					.answer(Outcome.SILENT, WAITED),
				new Facts("leases of those who wait elsewhere hang on another pool",
						new HeldByWaiters("charge", 2, "stock"))
					.awaited()
					.holders(waiting("charge"), waiting("charge")),
				new Facts("leases that the ledger knows nothing of are held elsewhere", new HeldElsewhere(2)).awaited()
					.elsewhere(2),
				new Facts("a load that lasts, with leases that come and go, makes the pool too small",
						new Undersized(3, null, 2, STEADY, 4))
					.awaited()
					.demand(STEADY, 3)
					.room(4),
				new Facts("a lock that one has after the other does not",
						new BlockedByLock(
								new BlockedByLock.LeaseBlocker("charge", "worker", 1, false,
										"in a statement for 300 ms"),
								List.of(new BlockedByLock.Victim("charge", "worker", 2, List.of(1L)))))
					.awaited()
					.demand(STEADY, 3)
					.holders(brief(1), brief(2))
					.answer(Outcome.ANSWERED, Duration.ZERO, session(1), session(2, 1)),
				new Facts("nor does it where those who have had it are gone",
						new Unknown(List.of("the connections come and go",
								"of their sessions, 1 waited for a lock when the database was asked 500 ms ago")))
					.awaited()
					.demand(STEADY, 3)
					.holders(brief(1), brief(2))
					.answer(Outcome.ANSWERED, Duration.ofMillis(500), session(1), session(2, 1)),
				new Facts("statements that come and go and wait for no lock do", new Undersized(3, null, 2, STEADY, 4))
					.awaited()
					.demand(STEADY, 3)
					.room(4)
					.holders(brief(1), brief(2))
					.answer(Outcome.ANSWERED, Duration.ZERO, session(1), session(2)),
				new Facts("a burst does not", new Burst(1, 2, Duration.ofSeconds(3))).awaited()
					.demand(Duration.ofSeconds(3), 54),
				new Facts("a load that needs no more than there are does not", new Burst(1, 2, STEADY)).awaited()
					.demand(STEADY, 1.9),
				new Facts("a load on a machine that has no CPU left does not",
						new StarvedOfCpu(0.97, Duration.ZERO, Duration.ofSeconds(10)))
					.awaited()
					.demand(STEADY, 3)
					.cpu(0.97, Duration.ZERO),
				new Facts("nor one on a machine that makes everybody late",
						new StarvedOfCpu(0.4, Duration.ofMillis(150), Duration.ofSeconds(10)))
					.awaited()
					.demand(STEADY, 3)
					.cpu(0.4, Duration.ofMillis(150)),
				new Facts("remote calls are remote calls, though the machine is busy",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.cpu(0.97, Duration.ZERO)
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BETWEEN_STATEMENTS)),
				new Facts("nobody suffers from a short wait", new Healthy()).awaited(Duration.ofMillis(13))
					.holders(working("charge"), working("charge")),
				new Facts("everybody does who is turned away", new LongHolders("charge", 2, LONG))
					.awaited(Duration.ofMillis(13))
					.turnedAway()
					.holders(working("charge"), working("charge")),
				new Facts("joins of what may be among the waiters are suspected",
						new SuspectedDeadlock("charge", 2, 3, "FutureTask.get"))
					.awaited()
					.waitingTasks(3)
					.stack("jdk.internal.misc.Unsafe.park", "java.util.concurrent.FutureTask.awaitDone",
							"java.util.concurrent.FutureTask.get", "com.example.Order.place")
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BEFORE_FIRST_STATEMENT)),
				new Facts("joins are not where no task waits",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.stack("jdk.internal.misc.Unsafe.park", "java.util.concurrent.FutureTask.get",
							"com.example.Order.place")
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BETWEEN_STATEMENTS)),
				new Facts("a client of HTTP that waits for an answer joins nobody",
						new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null, null))
					.awaited()
					.waitingTasks(3)
					.stack("jdk.internal.misc.Unsafe.park", "java.util.concurrent.CompletableFuture.get",
							"jdk.internal.net.http.HttpClientImpl.send", "com.example.Order.place")
					.holders(idle("charge", Phase.BETWEEN_STATEMENTS), idle("charge", Phase.BETWEEN_STATEMENTS)),
				new Facts("nor does a task that waits for nothing but its statement",
						new LongHolders("charge", 2, LONG))
					.awaited()
					.waitingTasks(3)
					.stack("java.util.concurrent.FutureTask.get", "com.example.Order.place")
					.holders(working("charge"), working("charge")),
				new Facts("of three that differ, none is the cause",
						new Unknown(List.of("1 connection is leaked", "1 connection is idle most of the time",
								"1 connection is in statements most of the time")))
					.awaited()
					.maximum(3)
					.total(3)
					.holders(left(working("charge")), idle("charge", Phase.BETWEEN_STATEMENTS), working("charge")),
				new Facts("who is turned away from a pool that has connections does not learn why",
						new Unknown(List.of("2 connections are lent", "0 connections are free", "2 of 2 are there",
								"0 threads are waiting", "nobody has held one for most of the wait")))
					.turnedAway());
	}

	@Test
	void whatTheThreadOfALeakDoesNowIsNotWhatItsLockIsHeldFor() {
		Diagnosis diagnosis = new Facts("a lock that a leaked connection has", new Healthy()).awaited()
			.stack("com.example.Innocent.work")
			.holders(abandoned("reprice").serverProcess(process(1)), working("charge").serverProcess(process(2)))
			.answer(Outcome.ANSWERED, Duration.ZERO, session(1), session(2, 1))
			.examination()
			.diagnosis();
		assertThat(diagnosis).isInstanceOf(BlockedByLock.class);
		assertThat(diagnosis.summary()).contains("scope 'reprice' has leaked", "server process 1", "has returned from")
			.doesNotContain("Innocent");
		assertThat(diagnosis.advice()).contains("Close the connection", "select pg_terminate_backend(1)")
			.doesNotContain("does meanwhile");
		assertThat(diagnosis.scope()).isEqualTo("reprice");
	}

	@ParameterizedTest
	@MethodSource("facts")
	void factsMakeTheDiagnosis(Facts facts) {
		assertThat(facts.examination().diagnosis()).isEqualTo(facts.expected);
	}

	@Test
	void noScopeIsNamedForWhatOthersDoAsWell() {
		Diagnosis diagnosis = new Facts("statements of several scopes", new Healthy()).awaited()
			.holders(working("charge"), working("refund"))
			.examination()
			.diagnosis();
		assertThat(diagnosis).isInstanceOf(LongHolders.class);
		assertThat(diagnosis.summary()).contains("held for long by statements, of several scopes, the oldest for ")
			.doesNotContain("charge", "most of them");
		Diagnosis leak = new Facts("leaks of several scopes", new Healthy()).awaited()
			.holders(abandoned("charge"), abandoned("refund"))
			.examination()
			.diagnosis();
		assertThat(leak.summary()).contains("2 connections are leaked: borrowed in several scopes, and ");
	}

	@Test
	void theScopeThatHasMostIsNamed() {
		Diagnosis diagnosis = new Facts("statements of one scope, and of another", new Healthy()).awaited()
			.maximum(3)
			.total(3)
			.holders(working("refund"), working("charge"), working("charge"))
			.examination()
			.diagnosis();
		assertThat(diagnosis.summary()).contains("held for long by statements, scope 'charge' most of them, ");
		assertThat(diagnosis.scope()).isEqualTo("charge");
	}

	/** Calls that take that part of a lease. */
	private static RemoteCall call(String name, int part) {
		Duration time = LONG.dividedBy(part);
		return new RemoteCall(name, 3, time, time.dividedBy(2), true, false);
	}

	/** Of {@code loop-1}, and of others. */
	private static BlockedEventLoop blocked(int threads, int connections, int waiters) {
		return new BlockedEventLoop("loop-1", "com.example.Rates.fetch(Rates.java:58)", LONG, threads, connections,
				waiters);
	}

	private static BlockedThread loop(String name, Duration time, int waiters, String... leases) {
		return new BlockedThread(name, "com.example.Rates.fetch(Rates.java:58)", time, Set.of(leases), 0, waiters,
				false);
	}

	private static BlockedThread ofFree(String name, Duration time, int free) {
		return new BlockedThread(name, "com.example.Rates.fetch(Rates.java:58)", time, Set.of(), free, 0, false);
	}

	private static BlockedThread handingOut(String name, Duration time) {
		return new BlockedThread(name, "com.example.Rates.fetch(Rates.java:58)", time, Set.of(), 0, 0, true);
	}

	private static Lease.Builder lease(@Nullable String scope) {
		return Lease.builder().scope(scope).thread("worker").threadAlive(true).age(LONG).inPhase(LONG);
	}

	private static Lease.Builder working(String scope) {
		return lease(scope).phase(Phase.IN_STATEMENT);
	}

	private static Lease.Builder brief(long process) {
		return working("charge").age(BRIEF).inPhase(BRIEF).serverProcess(process(process));
	}

	private static Lease.Builder idle(@Nullable String scope, Phase phase) {
		return lease(scope).phase(phase);
	}

	private static Lease.Builder borrowedBySession() {
		return idle(null, Phase.BETWEEN_STATEMENTS).borrowSite(
				List.of(new StackTraceElement("org.hibernate.internal.SessionImpl", "list", "SessionImpl.java", 1)));
	}

	private static Lease.Builder spent(Lease.Builder lease, int busy, int beforeFirst, int between) {
		return lease.spent(new TimeSpent(Duration.ofSeconds(busy), Duration.ofSeconds(beforeFirst),
				Duration.ofSeconds(between), Duration.ZERO));
	}

	private static Lease.Builder abandoned(String scope) {
		return idle(scope, Phase.BETWEEN_STATEMENTS).abandonment(Abandonment.CODE_LEFT);
	}

	private static Lease.Builder waiting(String scope) {
		return lease(scope).phase(Phase.BETWEEN_STATEMENTS).awaitedPool("stock");
	}

	private static ServerProcess process(long number) {
		return new ServerProcess(DatabaseKind.POSTGRESQL, number);
	}

	private static ServerSession session(long process, long... blockedBy) {
		return new ServerSession(process, null, null, null, null, blockedBy.length > 0,
				Arrays.stream(blockedBy).boxed().toList());
	}

	private static ServerSession idleSession(long process, Duration since) {
		return new ServerSession(process, null, "idle in transaction", since, null, false, List.of());
	}

	private static Lease.Builder left(Lease.Builder lease) {
		return lease.threadAlive(false);
	}

	/**
	 * What is known of a pool of two connections.
	 */
	private static final class Facts {

		private final String sentence;

		private final Diagnosis expected;

		private final PoolSnapshot.Builder pool = PoolSnapshot.builder().pool("orders").maximum(2).total(2).active(2);

		private List<StackTraceElement> stack = List.of();

		private List<Holder> holders = List.of();

		private final Circumstances.Builder circumstances = Circumstances.builder();

		Facts(String sentence, Diagnosis expected) {
			this.sentence = sentence;
			this.expected = expected;
		}

		Facts state(State state) {
			this.pool.state(state);
			return this;
		}

		Facts maximum(int maximum) {
			this.pool.maximum(maximum);
			return this;
		}

		Facts awaited() {
			return awaited(WAITED);
		}

		Facts awaited(Duration waited) {
			this.circumstances.waited(waited);
			this.pool.waiting(1).waiters(List.of(Waiter.builder().thread("waiting").waited(waited).build()));
			return this;
		}

		Facts turnedAway() {
			this.circumstances.endedInVain(true);
			return this;
		}

		Facts demand(Duration lasting, double mean) {
			this.circumstances.demand(new Demand(lasting, lasting, mean));
			return this;
		}

		Facts cpu(double share, Duration delay) {
			this.circumstances.cpuUse(new CpuUse(share, delay, Duration.ofSeconds(10)));
			return this;
		}

		Facts room(int room) {
			this.circumstances.room(room);
			return this;
		}

		Facts waitingTasks(int waitingTasks) {
			this.circumstances.waitingTasks(waitingTasks);
			return this;
		}

		Facts total(int total) {
			this.pool.total(total).active(total);
			return this;
		}

		/** What those to follow stand in, as {@code Type.method}, the innermost first. */
		Facts stack(String... frames) {
			this.stack = Arrays.stream(frames).map(Facts::frame).toList();
			return this;
		}

		private static StackTraceElement frame(String frame) {
			int method = frame.lastIndexOf('.');
			return new StackTraceElement(frame.substring(0, method), frame.substring(method + 1), "Some.java", 1);
		}

		Facts holders(Lease.Builder... leases) {
			this.holders = Arrays.stream(leases).map((lease) -> new Holder(lease.build(), this.stack)).toList();
			this.pool.leases(this.holders.stream().map(Holder::lease).toList());
			return this;
		}

		Facts shortFor(Duration shortFor) {
			this.circumstances.shortFor(shortFor);
			return this;
		}

		Facts sinceGrowth(Duration sinceGrowth) {
			this.circumstances.sinceGrowth(sinceGrowth);
			return this;
		}

		Facts turnedAway(TurnedAway turnedAway) {
			this.circumstances.turnedAway(turnedAway);
			return this;
		}

		Facts leaving() {
			this.circumstances.leaving(true);
			return this;
		}

		Facts sinceFinding(Duration sinceFinding) {
			this.circumstances.sinceFinding(sinceFinding);
			return this;
		}

		Facts stalled(Duration stalled) {
			this.circumstances.stalled(stalled);
			return this;
		}

		Facts active(int active) {
			this.pool.active(active).idle(2 - active);
			return this;
		}

		Facts idle(int idle) {
			this.pool.idle(idle);
			return this;
		}

		Facts blockedLoops(BlockedThread... blockedLoops) {
			this.circumstances.blockedLoops(List.of(blockedLoops));
			return this;
		}

		Facts answered(Duration since) {
			this.pool.sinceDatabaseAnswered(since);
			return this;
		}

		Facts answer(Outcome outcome, Duration time, ServerSession... sessions) {
			this.circumstances.answer(new DatabaseAnswer(outcome, time, List.of(sessions)));
			return this;
		}

		Facts elsewhere(int elsewhere) {
			this.circumstances.elsewhere(elsewhere);
			return this;
		}

		Facts tested(int tested) {
			this.circumstances.tested(tested);
			return this;
		}

		Facts connectFailure(ConnectFailure connectFailure) {
			this.circumstances.connectFailure(connectFailure);
			return this;
		}

		Facts deadlock(SelfDeadlock deadlock) {
			this.circumstances.deadlock(deadlock);
			return this;
		}

		Examination examination() {
			return new Examination(this.pool.build(), this.holders, this.circumstances.build());
		}

		@Override
		public String toString() {
			return this.sentence;
		}

	}

}
