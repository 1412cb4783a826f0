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

package io.transactionscope.incident;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.LongHolders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * How much is told of an incident, and when: as it begins, as more is known, and as it
 * ends; to many who are turned away, and to few.
 */
@Tag("once")
@Timeout(180)
class StormIncidentTests {

	private static final int VICTIMS = 200;

	@SuppressWarnings("NullAway.Init") // By each test, as it needs it
	private Service service;

	@SuppressWarnings("NullAway.Init") // With the service
	private Witnesses witnesses;

	private void start(String... properties) {
		this.service = new Service(properties);
		this.witnesses = this.service.witnesses();
	}

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void aStormIsToldInFullOnceAndItsEndWithItsLength() throws Exception {
		start();
		CountDownLatch answer = new CountDownLatch(1);
		List<FutureTask<Void>> holders = hold("place-order", answer);
		List<Throwable> failures = turnAway(VICTIMS);
		// Which is told then, and rightly.
		assumeThat(failures).extracting(StormIncidentTests::messageOf)
			.noneMatch((message) -> message.contains("The whole process stood still"));
		this.witnesses.of(HeldButIdle.class, "held but idle", "scope 'place-order'")
			.log("Incident 1 of orders, the report in full")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", VICTIMS);
		assertThat(failures).hasSize(VICTIMS);
		long inFull = failures.stream().filter((failure) -> messageOf(failure).contains("placing-0")).count();
		assertThat(inFull).as("victims who were told in full").isOne();
		for (Throwable failure : failures) {
			this.witnesses.of(HeldButIdle.class, "held but idle", "scope 'place-order'", "Incident 1 of orders")
				.exception(failure);
		}
		assertThat(bytesOf(failures) / VICTIMS).as("bytes for each who was turned away").isLessThan(1000);
		long logged = this.witnesses.ofOurs("INFO", "WARN", "ERROR").stream().mapToInt(String::length).sum();
		assertThat(logged / VICTIMS).as("bytes of our log for each who was turned away").isLessThan(150);
		JsonNode report = this.service.page().at("/reports/0");
		assertThat(this.service.page().at("/reports")).hasSize(1);
		assertThat(report.at("/count").asInt()).isEqualTo(VICTIMS);
		assertThat(Instant.parse(report.at("/last").asString())).isAfter(Instant.parse(report.at("/at").asString()));
		answer.countDown();
		finish(holders);
		await().atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(this.witnesses.ofOurs("INFO")).singleElement()
				.asString()
				.contains("Incident 1 is over", "%d borrowers got no connection".formatted(VICTIMS), "'place-order'")
				.containsPattern("It lasted [1-9][\\d.]* m?s")
				.doesNotContain("µs"));
	}

	@Test
	void eachCauseIsToldInFull() throws Exception {
		start();
		CountDownLatch answer = new CountDownLatch(1);
		List<FutureTask<Void>> holders = hold("place-order", answer);
		this.witnesses.of(HeldButIdle.class, "scope 'place-order'").exception(turnAway(1).get(0), "placing-0");
		answer.countDown();
		finish(holders);
		holders = this.service.crowd(Service.CONNECTIONS, "closing",
				(there) -> this.service.transactions().named("close-books").run(() -> {
					there.run();
					this.service.jdbc().queryForObject("select count(pg_sleep(4))", Integer.class);
				}));
		this.witnesses.of(LongHolders.class, "held for long by statements", "scope 'close-books'")
			.butNot("place-order")
			.exception(turnAway(1).get(0), "closing-0")
			.log("the report in full", "closing-0")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 2);
		assertThat(this.service.page().at("/reports")).hasSize(2);
		finish(holders);
	}

	@Test
	void whatShowsOnlyLaterFollowsInTheLog() throws Exception {
		start("spring.datasource.hikari.minimum-idle=0", "spring.datasource.hikari.connection-timeout=60000");
		this.service.borrow();
		this.service.link().freeze();
		// In one step: who has been evicted is not opened again before.
		this.service.pool().getHikariPoolMXBean().softEvictConnections();
		FutureTask<Void> waiting = this.service.insist();
		await().atMost(Duration.ofSeconds(60))
			.untilAsserted(() -> assertThat(this.witnesses.ofOurs("WARN")).first()
				.asString()
				.contains("Incident 1: nobody has got a connection for")
				.doesNotContain("the link was ended", "nobody listens"));
		this.service.link().cut();
		this.witnesses
			.of(CannotConnect.class, "the link was ended before the database answered", "See in the server's log")
			.log("Incident 1: more is known")
			.health("DEGRADED")
			.page()
			.nobodyFails();
		this.service.link().mend();
		waiting.get(60, TimeUnit.SECONDS);
		await().atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(this.witnesses.ofOurs("INFO")).anySatisfy((event) -> assertThat(event)
				.contains("Incident 1 is over", "0 borrowers got no connection", "the link was ended")));
	}

	@Test
	void whatIsKnownAtOnceIsNotToldAgainAsLongAsItLasts() throws Exception {
		start("spring.datasource.hikari.connection-timeout=60000");
		CountDownLatch answer = new CountDownLatch(1);
		List<FutureTask<Void>> holders = hold("place-order", answer);
		FutureTask<Void> waiting = this.service.insist();
		await().atMost(Duration.ofSeconds(60)).until(() -> {
			Duration waited = Duration.parse(this.service.page().at("/snapshot/waiters/0/waited").asString("PT0S"));
			return waited.compareTo(Duration.ofSeconds(8)) > 0;
		});
		this.witnesses.of(HeldButIdle.class, "held but idle", "scope 'place-order'")
			.log("Incident 1: nobody has got a connection for")
			.health("DEGRADED")
			.page()
			.nobodyFails();
		assertThat(this.witnesses.ofOurs("WARN")).hasSize(1);
		answer.countDown();
		waiting.get(60, TimeUnit.SECONDS);
		finish(holders);
	}

	private List<FutureTask<Void>> hold(String scope, CountDownLatch answer) throws InterruptedException {
		return this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named(scope).run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					answer.await();
				}));
	}

	private List<Throwable> turnAway(int victims) throws Exception {
		List<FutureTask<Throwable>> asking = new ArrayList<>();
		for (int i = 0; i < victims; i++) {
			asking.add(this.service.begin("asking-" + i, () -> catchThrowable(this.service::borrow)));
			// Not all at the same time: one after the other, as requests come.
			TimeUnit.MILLISECONDS.sleep(5);
		}
		List<Throwable> failures = new ArrayList<>();
		for (FutureTask<Throwable> each : asking) {
			failures.add(each.get(60, TimeUnit.SECONDS));
		}
		return failures;
	}

	private static long bytesOf(List<Throwable> failures) {
		return failures.stream().mapToInt((failure) -> messageOf(failure).length()).sum();
	}

	private static String messageOf(Throwable failure) {
		return String.valueOf(failure.getMessage());
	}

	private static void finish(List<FutureTask<Void>> holders) throws Exception {
		for (FutureTask<Void> holder : holders) {
			holder.get(60, TimeUnit.SECONDS);
		}
	}

}
