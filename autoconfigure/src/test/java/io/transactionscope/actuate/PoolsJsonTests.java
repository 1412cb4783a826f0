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

package io.transactionscope.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.transactionscope.actuate.PoolsEndpoint.DiagnosisDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.HolderDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.PoolReportDescriptor;
import io.transactionscope.actuate.PoolsEndpoint.ReportDescriptor;
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
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.ConnectFailure;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.TimeSpent;
import io.transactionscope.pool.snapshot.Usage;
import io.transactionscope.pool.snapshot.Waiter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.actuate.autoconfigure.endpoint.jackson.JacksonEndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.jackson.EndpointJsonMapper;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What the endpoint says is read by others, to the letter.
 */
class PoolsJsonTests {

	private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");

	private static final StackTraceElement FRAME = new StackTraceElement("com.example.Orders", "place", "Orders.java",
			42);

	private static final RemoteCall CALL = new RemoteCall("POST bank", 2, Duration.ofSeconds(1), Duration.ofMillis(600),
			true, false);

	private static final String JSON = """
			{"snapshot":{"pool":"orders","kind":"JDBC","at":"2026-01-02T03:04:05.678Z","state":"RUNNING",
					"maximum":10,"total":5,"active":4,"idle":1,"waiting":3,"leases":[{"id":"a-1",
							"scope":"place-order","thread":"http-1","threadAlive":true,"age":"PT1.5S",
							"phase":"IN_STATEMENT","inPhase":"PT1.2S",
							"spent":{"busy":"PT1.3S","beforeFirst":"PT0.1S","between":"PT0.05S","afterLast":"PT0S"},"lastSql":"select ?","connection":7,
							"serverProcess":4711,"handedOver":false,"awaitedPool":"stock","calls":[{"name":"POST bank","count":2,"total":"PT1S","longest":"PT0.6S","awaited":true,"underWay":false}],"borrowSite":[{"className":"com.example.Orders",
									"fileName":"Orders.java","lineNumber":42,"methodName":"place","nativeMethod":false}],
							"borrowFrames":[{"className":"com.example.Orders",
									"fileName":"Orders.java","lineNumber":42,"methodName":"place","nativeMethod":false}]},
						{"id":"b-2","thread":"http-2","threadAlive":false,"age":"PT1S","phase":"BEFORE_FIRST_STATEMENT",
							"spent":{"busy":"PT0S","beforeFirst":"PT0S","between":"PT0S","afterLast":"PT0S"},"connection":8,"handedOver":true,"user":"worker-1","calls":[],"borrowSite":[],"borrowFrames":[]}],
					"waiters":[{"scope":"charge","thread":"http-3","waited":"PT0.25S","holds":1}],
					"scopes":[{"scope":"place-order","lastMinute":{"elapsed":"PT1M","asked":9,
								"returned":8,"turnedAway":1,"lent":2,"waiting":4,"waited":"PT0.07S","meanWait":"PT0.004666666S","longestWait":"PT0.06S",
								"held":"PT0.05S","meanHold":"PT0.005S","longestHold":"PT0.04S","busy":"PT0.03S","beforeFirst":"PT0.02S",
								"between":"PT0.01S","afterLast":"PT0S"},"sinceStart":{"elapsed":"PT1M",
								"asked":9,"returned":8,"turnedAway":1,"lent":2,"waiting":4,"waited":"PT0.07S","meanWait":"PT0.004666666S","longestWait":"PT0.06S",
								"held":"PT0.05S","meanHold":"PT0.005S","longestHold":"PT0.04S","busy":"PT0.03S","beforeFirst":"PT0.02S",
								"between":"PT0.01S","afterLast":"PT0S"},
							"calls":[{"name":"POST bank","count":2,"total":"PT1S","longest":"PT0.6S","awaited":true,"underWay":false}]}],
					"events":{"exhaustions":1,"deadlocks":2,"leaks":3,"longLeases":5,"sheds":4},
					"sinceDatabaseAnswered":"PT5S"},
				"diagnosis":{"kind":"CannotConnect","summary":"The pool has 5 of 10 connections and gets no more: attempts to connect do not end.",
					"advice":"See that the database is up, reachable, and has room for 10 connections of this pool.",
					"details":{"total":5,"maximum":10}},
				"holders":[{"lease":{"id":"a-1","scope":"place-order","thread":"http-1",
							"threadAlive":true,"age":"PT1.5S","phase":"IN_STATEMENT","inPhase":"PT1.2S",
							"spent":{"busy":"PT1.3S","beforeFirst":"PT0.1S","between":"PT0.05S","afterLast":"PT0S"},"lastSql":"select ?","connection":7,"serverProcess":4711,"handedOver":false,
							"awaitedPool":"stock","calls":[{"name":"POST bank","count":2,"total":"PT1S","longest":"PT0.6S","awaited":true,"underWay":false}],"borrowSite":[{"className":"com.example.Orders",
									"fileName":"Orders.java","lineNumber":42,"methodName":"place","nativeMethod":false}],
							"borrowFrames":[{"className":"com.example.Orders",
									"fileName":"Orders.java","lineNumber":42,"methodName":"place","nativeMethod":false}]},
						"stack":[{"className":"com.example.Orders","fileName":"Orders.java",
								"lineNumber":42,"methodName":"place","nativeMethod":false}],
						"applicationFrames":[{"className":"com.example.Orders","fileName":"Orders.java",
								"lineNumber":42,"methodName":"place","nativeMethod":false}]}],
				"reports":[{"incident":1,"at":"2026-01-02T03:04:05.678Z","last":"2026-01-02T03:04:05.678Z","count":1,"trigger":"DEADLINE","borrower":{"scope":"charge",
							"thread":"http-3","waited":"PT0.25S","holds":1},
						"diagnosis":{"kind":"CannotConnect","summary":"The pool has 5 of 10 connections and gets no more: attempts to connect do not end.",
							"advice":"See that the database is up, reachable, and has room for 10 connections of this pool.",
							"details":{"total":5,"maximum":10}}}]}
			""";

	@Test
	void reportIsWrittenToTheLetter() {
		Lease known = Lease.builder()
			.id("a-1")
			.scope("place-order")
			.thread("http-1")
			.threadAlive(true)
			.age(Duration.ofMillis(1500))
			.phase(Phase.IN_STATEMENT)
			.inPhase(Duration.ofMillis(1200))
			.spent(new TimeSpent(Duration.ofMillis(1300), Duration.ofMillis(100), Duration.ofMillis(50), Duration.ZERO))
			.lastSql("select ?")
			.connection(7)
			.serverProcess(new ServerProcess(DatabaseKind.POSTGRESQL, 4711))
			.awaitedPool("stock")
			.calls(List.of(CALL))
			.borrowSite(List.of(FRAME))
			.build();
		Lease unknown = Lease.builder()
			.id("b-2")
			.thread("http-2")
			.age(Duration.ofSeconds(1))
			.connection(8)
			.handedOver(true)
			.user("worker-1")
			.build();
		Waiter waiter = Waiter.builder()
			.scope("charge")
			.thread("http-3")
			.waited(Duration.ofMillis(250))
			.holds(1)
			.build();
		Usage usage = Usage.builder()
			.elapsed(Duration.ofMinutes(1))
			.asked(9)
			.returned(8)
			.turnedAway(1)
			.lent(2)
			.waiting(4)
			.waited(Duration.ofMillis(70))
			.longestWait(Duration.ofMillis(60))
			.held(Duration.ofMillis(50))
			.longestHold(Duration.ofMillis(40))
			.busy(Duration.ofMillis(30))
			.beforeFirst(Duration.ofMillis(20))
			.between(Duration.ofMillis(10))
			.build();
		PoolSnapshot snapshot = PoolSnapshot.builder()
			.pool("orders")
			.at(AT)
			.maximum(10)
			.total(5)
			.active(4)
			.idle(1)
			.waiting(3)
			.leases(List.of(unknown, known))
			.waiters(List.of(waiter))
			.scopes(List.of(new ScopeStatistics("place-order", usage, usage)))
			.calls(Map.of("place-order", List.of(CALL)))
			.events(new PoolSnapshot.Events(1, 2, 3, 5, 4))
			.sinceDatabaseAnswered(Duration.ofSeconds(5))
			.build();
		Diagnosis diagnosis = new CannotConnect(5, 10, null);
		Holder holder = new Holder(known, List.of(FRAME));
		PoolReport report = new PoolReport(Trigger.DEADLINE, waiter, snapshot, List.of(holder), diagnosis);
		assertThat(json(new PoolReportDescriptor(PoolSnapshotDescriptor.of("orders", snapshot),
				DiagnosisDescriptor.of(diagnosis, PoolKind.JDBC), List.of(HolderDescriptor.of(holder)),
				List.of(ReportDescriptor.brief(new ReportGroup(1, report, report.at(), 1))))))
			.isEqualTo(JSON.lines().map(String::strip).collect(Collectors.joining()));
	}

	static Stream<Arguments> diagnoses() {
		return Stream.of(arguments(new Healthy(), "{}"), arguments(new Closed(), "{}"),
				arguments(new Suspended(), "{}"),
				arguments(new StalledProcess(Duration.ofSeconds(1)), "{'stalled':'PT1S'}"),
				arguments(
						new CannotConnect(1, 2,
								new ConnectFailure(ConnectFailure.Kind.REFUSED, "refused", "08001",
										Duration.ofSeconds(1))),
						"{'total':1,'maximum':2,'failure':{'kind':'REFUSED','message':'refused','sqlState':'08001',"
								+ "'ago':'PT1S'}}"),
				arguments(new Growing(1, 2, Duration.ofSeconds(1)), "{'total':1,'maximum':2,'since':'PT1S'}"),
				arguments(new TurnedAway(98, Duration.ofSeconds(12), Duration.ofSeconds(1), new Suspended()),
						"{'borrowers':98,'over':'PT12S','ago':'PT1S','reason':{}}"),
				arguments(new SelfDeadlock(
						List.of(new SelfDeadlock.Link("http-1", "place-order", "orders", null, "stock")), true, 3),
						"{'links':[{'thread':'http-1','scope':'place-order','pool':'orders','askedPool':'stock'}],"
								+ "'proven':true,'floor':3}"),
				arguments(new Leak(1, "charge", Abandonment.TASK_ENDED),
						"{'leases':1,'scope':'charge','reason':'TASK_ENDED'}"),
				arguments(
						new BlockedEventLoop("loop-1", "com.example.Rates.fetch(Rates.java:58)", Duration.ofSeconds(4),
								1, 7, 2),
						"{'thread':'loop-1','frame':'com.example.Rates.fetch(Rates.java:58)','time':'PT4S','threads':1,"
								+ "'connections':7,'waiters':2}"),
				arguments(new DatabaseSilent(Duration.ofSeconds(4), Duration.ofSeconds(1), 2),
						"{'since':'PT4S','asked':'PT1S','tested':2}"),
				arguments(new LostLink("charge", 2, Duration.ofMinutes(1)),
						"{'scope':'charge','leases':2,'longest':'PT1M'}"),
				arguments(
						new BlockedByLock(new BlockedByLock.LeaseBlocker("reprice", "http-1", 4711, true, "idle"),
								List.of(new BlockedByLock.Victim("charge", "http-2", 4712, List.of(4711L)))),
						"{'blocker':{'scope':'reprice','thread':'http-1','process':4711,'idle':true,'activity':'idle'},"
								+ "'victims':[{'scope':'charge','thread':'http-2','process':4712,'blockedBy':[4711]}]}"),
				arguments(new HeldButIdle(null, HeldButIdle.Part.BETWEEN_STATEMENTS, 0.5, 2.0, null),
						"{'part':'BETWEEN_STATEMENTS','idleShare':0.5,'gain':2.0}"),
				arguments(new LongHolders("charge", 2, Duration.ofMinutes(1)),
						"{'scope':'charge','leases':2,'longest':'PT1M','lockFree':false,'ending':false}"),
				arguments(new HeldByWaiters("charge", 2, "stock"),
						"{'scope':'charge','leases':2,'awaitedPool':'stock'}"),
				arguments(new HeldElsewhere(2), "{'connections':2}"),
				arguments(new SuspectedDeadlock("charge", 2, 3, "FutureTask.get"),
						"{'scope':'charge','leases':2,'tasks':3,'call':'FutureTask.get'}"),
				arguments(new StarvedOfCpu(0.97, Duration.ofMillis(20), Duration.ofSeconds(10)),
						"{'load':0.97,'delay':'PT0.02S','window':'PT10S'}"),
				arguments(new Undersized(2.5, 1.5, 2, Duration.ofSeconds(40), 3),
						"{'needed':2.5,'neededWithoutIdle':1.5,'maximum':2,'window':'PT40S','room':3}"),
				arguments(new Burst(40, 5, Duration.ofSeconds(3)), "{'waiting':40,'maximum':5,'lasting':'PT3S'}"),
				arguments(new Unknown(List.of("1 connection is free")), "{'facts':['1 connection is free']}"));
	}

	@ParameterizedTest
	@MethodSource("diagnoses")
	void detailsOfADiagnosisAreWrittenToTheLetter(Diagnosis diagnosis, String details) {
		assertThat(json(DiagnosisDescriptor.of(diagnosis, PoolKind.JDBC)))
			.startsWith("{\"kind\":\"" + diagnosis.getClass().getSimpleName() + "\",")
			.endsWith(",\"details\":" + details.replace('\'', '"') + "}");
	}

	@Test
	void eachDiagnosisIsAmongThem() {
		assertThat(diagnoses().<Class<?>>map((each) -> each.get()[0].getClass()).toList())
			.containsExactlyInAnyOrder(Diagnosis.class.getPermittedSubclasses());
	}

	private static String json(Object body) {
		StringBuilder json = new StringBuilder();
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(JacksonAutoConfiguration.class, JacksonEndpointAutoConfiguration.class))
			.run((context) -> json.append(context.getBean(EndpointJsonMapper.class).get().writeValueAsString(body)));
		return json.toString();
	}

}
