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

package io.transactionscope.pool.incident;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Growing;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.LongHolders;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.diagnosis.TurnedAway;
import io.transactionscope.pool.diagnosis.Unknown;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.Waiter;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is told of a pool over time.
 */
class IncidentsTests {

	private static final Diagnosis UNKNOWN = new Unknown(List.of("5 connections are lent"));

	private static final Diagnosis STATEMENTS = new LongHolders("close-books", 5, Duration.ofSeconds(2));

	private static final Diagnosis DEADLOCK = new SelfDeadlock(
			List.of(new SelfDeadlock.Link("http-1", "place-order", "orders", null, "orders")), true, 3);

	private static final Diagnosis IDLE = new HeldButIdle("charge", HeldButIdle.Part.BETWEEN_STATEMENTS, 1.0, null,
			null);

	private final List<String> journal = new ArrayList<>();

	private final Incidents incidents = new Incidents(10, (level, text) -> this.journal.add(level + " " + text));

	@Test
	void whatIsNotKnownWhenThePoolRunsDryIsToldOnceItIs() {
		dry(UNKNOWN, 1000);
		assertThat(this.incidents.staysDry(millis(1250))).as("enough is known").isFalse();
		dry(UNKNOWN, 1250);
		assertThat(this.journal).singleElement().asString().contains("nobody has got a connection", "not known");
		dry(STATEMENTS, 1500);
		assertThat(this.journal).last()
			.asString()
			.startsWith("WARN orders - Incident 1: more is known after nobody has got one for 1500 ms")
			.contains("'close-books'");
		assertThat(this.incidents.staysDry(millis(1750))).as("enough is known").isTrue();
		dry(STATEMENTS, 7000);
		assertThat(this.journal).hasSize(2);
	}

	@Test
	void aPoolThatStaysDryIsLookedAtAgainButEachCauseIsToldOnce() {
		dry(STATEMENTS, 1000);
		assertThat(this.incidents.staysDry(millis(5900))).as("enough is known").isTrue();
		assertThat(this.incidents.staysDry(millis(6100))).as("enough is known").isFalse();
		for (int i = 0; i < 100; i++) {
			dry((i % 2 == 0) ? STATEMENTS : DEADLOCK, 6100 + i);
			dry(new LongHolders("scope-" + i, 5, Duration.ofSeconds(6)), 6100 + i);
		}
		assertThat(this.journal).hasSize(4);
	}

	@Test
	void aPoolThatGrowsIsNoIncidentUnlessItStopsToGrow() {
		dry(new Growing(0, 4, Duration.ofMillis(1200)), 1200);
		assertThat(this.journal).isEmpty();
		assertThat(this.incidents.staysDry(millis(1450))).as("enough is known").isFalse();
		dry(new CannotConnect(0, 4, null), 3200);
		assertThat(this.journal).singleElement()
			.asString()
			.startsWith("WARN orders - Incident 1: nobody has got a connection for 3200 ms");
	}

	@Test
	void whatABorrowerWasToldInFullIsNotToldAgain() {
		dry(UNKNOWN, 1000);
		this.incidents.turnsAway(report(STATEMENTS, 1200), millis(1200));
		assertThat(this.journal).last().asString().contains("the report in full");
		dry(STATEMENTS, 1500);
		assertThat(this.journal).hasSize(2);
	}

	@Test
	void aPoolIsNotLookedAtWhileHoldersFailBecauseSomebodyWasTurnedAway() {
		for (Diagnosis found : List.of(UNKNOWN, STATEMENTS)) {
			this.incidents.turnsAway(report(found, 1200), millis(60_000));
			assertThat(this.incidents.staysDry(millis(60_900))).as("enough is known").isTrue();
			assertThat(this.incidents.staysDry(millis(61_100))).as("enough is known").isFalse();
		}
	}

	@Test
	void holdersLeaveForTwoSecondsFromTheFirstWhoWasTurnedAwayForThatReason() {
		assertThat(this.incidents.areHoldersLeaving(millis(900))).as("before anybody").isFalse();
		this.incidents.turnsAway(report(STATEMENTS, 1000), millis(1000));
		this.incidents.turnsAway(report(DEADLOCK, 1000), millis(2000));
		this.incidents.turnsAway(report(DEADLOCK, 1000), millis(3500));
		assertThat(this.incidents.areHoldersLeaving(millis(3900))).isTrue();
		assertThat(this.incidents.areHoldersLeaving(millis(4100))).isFalse();
		this.incidents.turnsAway(report(DEADLOCK, 1000), millis(4500));
		assertThat(this.incidents.areHoldersLeaving(millis(6400))).as("the next who do").isTrue();
	}

	@Test
	void holdersAreNotTakenToLeaveOnceSomeHaveStayed() {
		this.incidents.turnsAway(report(DEADLOCK, 1000), millis(1000));
		this.incidents.turnsAway(report(IDLE, 1000), millis(3100));
		this.incidents.turnsAway(report(DEADLOCK, 1000), millis(3200));
		assertThat(this.incidents.areHoldersLeaving(millis(3300))).as("in that incident").isFalse();
		this.incidents.flows("orders", millis(60_000));
		this.incidents.turnsAway(report(DEADLOCK, 1000), millis(300_000));
		assertThat(this.incidents.areHoldersLeaving(millis(300_100))).as("in the next").isTrue();
	}

	@Test
	void whatIsRememberedIsNoFinding() {
		assertThat(this.incidents.sinceFinding(millis(900))).isZero();
		this.incidents.turnsAway(report(DEADLOCK, 1000), millis(1000));
		TurnedAway past = Objects.requireNonNull(this.incidents.turnedAway(millis(1900)));
		this.incidents.turnsAway(report(past, 1000), millis(1900));
		assertThat(this.incidents.sinceFinding(millis(2100))).hasMillis(1100);
		assertThat(this.incidents.areHoldersLeaving(millis(3100))).isFalse();
		assertThat(this.incidents.turnedAway(millis(2100))).extracting(TurnedAway::reason).isEqualTo(DEADLOCK);
	}

	@Test
	void theEndTellsHowLongTheWaitsWere() {
		this.incidents.turnsAway(report(STATEMENTS, 1200), millis(60_000));
		this.incidents.flows("orders", millis(66_000));
		assertThat(this.journal).last()
			.asString()
			.startsWith("INFO orders - Incident 1 is over: nobody has waited in vain for 6000 ms. It lasted 1200 ms, "
					+ "and 1 borrower got no connection.")
			.contains("What was found last: ", "'close-books'");
	}

	@Test
	void aDeadlockThatIsBrokenAtOnceLastsNoTime() {
		this.incidents.turnsAway(report(DEADLOCK, 0), millis(60_000));
		this.incidents.flows("orders", millis(66_000));
		assertThat(this.journal).last()
			.asString()
			.contains("It was a single moment, and 1 borrower got no connection.")
			.doesNotContain("0 µs");
	}

	@Test
	void reportsOfTheSameCauseAreOneGroupWithTheFirstOfThem() {
		String first = this.incidents.turnsAway(report(STATEMENTS, 1000), millis(1000));
		String second = this.incidents.turnsAway(report(STATEMENTS, 1100), millis(1100));
		assertThat(first).contains("Incident 1 of orders.").hasSizeGreaterThan(second.length());
		assertThat(second).contains("Incident 1 of orders: the report in full is in the log");
		assertThat(this.incidents.reports()).singleElement().extracting(ReportGroup::count).isEqualTo(2L);
		assertThat(this.journal).hasSize(1);
	}

	private void dry(Diagnosis diagnosis, long millis) {
		this.incidents.runsDry(report(diagnosis, millis), Duration.ofMillis(millis), millis(millis));
	}

	private static PoolReport report(Diagnosis diagnosis, long waited) {
		Waiter borrower = Waiter.builder().thread("http-2").waited(Duration.ofMillis(waited)).build();
		PoolSnapshot snapshot = PoolSnapshot.builder().pool("orders").maximum(5).build();
		return new PoolReport(Trigger.CONNECTION_TIMEOUT, borrower, snapshot, List.of(), diagnosis);
	}

	private static long millis(long millis) {
		return Duration.ofMillis(millis).toNanos();
	}

}
