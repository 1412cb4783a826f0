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

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.micrometer.core.instrument.MeterRegistry;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.Undersized;
import io.transactionscope.pool.snapshot.Usage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

/**
 * Whether the figures and meters are those of the incident, while it lasts and after it.
 */
@Timeout(120)
class FiguresIncidentTests {

	private final Service service = new Service();

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void connectionsThatAreStuckCountWhileTheyAre() throws Exception {
		CountDownLatch answer = new CountDownLatch(1);
		var stuck = this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					answer.await();
				}));
		Throwable failure = catchThrowable(this.service::borrow);
		assertThat(failure).isInstanceOf(PoolExhaustedException.class).message().contains("'place-order'");
		assertThat(this.service.log()).doesNotContain("The meters of the connection pools could not be refreshed");
		// The meters of a new scope are there after some seconds.
		await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
			assertThat(this.service.meter("transaction.scope.pool.hold.longest", "scope", "place-order"))
				.isGreaterThan(0.9);
			assertThat(totalTime("transaction.scope.pool.hold", "place-order")).isGreaterThan(4.5);
			assertThat(totalTime("transaction.scope.pool.wait", "unnamed")).isGreaterThan(0.9);
			assertThat(this.service.meter("transaction.scope.pool.wait.longest", "scope", "unnamed"))
				.isGreaterThan(0.9);
		});
		JsonNode usage = usage("place-order");
		assertThat(usage.at("/lastMinute/lent").asInt()).isEqualTo(Service.CONNECTIONS);
		assertThat(duration(usage, "/lastMinute/longestHold")).isGreaterThan(Duration.ofMillis(900));
		assertThat(duration(usage, "/sinceStart/longestHold")).isGreaterThan(Duration.ofMillis(900));
		assertThat(duration(usage, "/lastMinute/between")).isGreaterThan(Duration.ofMillis(4500));
		assertThat(duration(usage("unnamed"), "/sinceStart/longestWait")).isGreaterThan(Duration.ofMillis(900));
		answer.countDown();
		for (Future<Void> each : stuck) {
			each.get(30, TimeUnit.SECONDS);
		}
		usage = usage("place-order");
		assertThat(usage.at("/lastMinute/lent").asInt()).isZero();
		assertThat(usage.at("/lastMinute/returned").asInt()).isEqualTo(Service.CONNECTIONS);
		assertThat(duration(usage, "/sinceStart/longestHold")).isGreaterThan(Duration.ofMillis(900));
		assertThat(this.service.health().at("/status").asString()).isNotEmpty();
	}

	@Test
	void connectionsThatPassAreNotStuck() throws Exception {
		for (int i = 0; i < 100; i++) {
			pay("select 1");
		}
		JsonNode usage = usage("unnamed").at("/lastMinute");
		assertThat(usage.at("/lent").asInt()).isZero();
		assertThat(usage.at("/waiting").asInt()).isZero();
		assertThat(duration(usage, "/longestHold")).isLessThan(duration(usage, "/held"));
		assertThat(this.service.health().at("/status").asString()).isEqualTo("UP");
	}

	@Test
	void fewThatTakeLongDoNotStandForTheRest() throws Exception {
		long held = 0;
		for (int i = 0; i < 300; i++) {
			held += pay((i % 50 == 0) ? "select pg_sleep(0.4)" : "select 1");
		}
		Usage usage = this.service.ledger().snapshot().scopes().get(0).sinceStart();
		assertThat(usage.returned()).isGreaterThanOrEqualTo(300);
		assertThat((double) usage.held().toNanos()).isCloseTo(held, withinPercentage(15));
		assertThat((double) usage.busy().toNanos()).isBetween(2.3e9, held * 1.15);
	}

	@Test
	void scopeThatHasGoneIsNotNamed() throws Exception {
		CountDownLatch answer = new CountDownLatch(1);
		var exports = this.service.crowd(Service.CONNECTIONS, "exporting",
				(there) -> this.service.transactions().named("export").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					answer.await();
				}));
		Throwable failure = catchThrowable(this.service::borrow);
		assertThat(failure).isInstanceOf(PoolExhaustedException.class).message().contains("scope 'export'");
		await().untilAsserted(
				() -> assertThat(duration(usage("export"), "/lastMinute/held")).isGreaterThan(Duration.ofSeconds(15)));
		answer.countDown();
		for (Future<Void> each : exports) {
			each.get(30, TimeUnit.SECONDS);
		}
		AtomicBoolean over = new AtomicBoolean();
		var charges = this.service.crowd(4 * Service.CONNECTIONS, "charging", (there) -> {
			there.run();
			while (!over.get()) {
				this.service.transactions().named("charge").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					Thread.sleep(20);
				});
			}
		});
		await().untilAsserted(() -> {
			Diagnosis diagnosis = this.service.ledger().report().diagnosis();
			assertThat(diagnosis.summary()).doesNotContain("export");
			assertThat(diagnosis).isInstanceOfAny(HeldButIdle.class, Undersized.class);
		});
		assertThat(duration(usage("export"), "/lastMinute/held")).isGreaterThan(Duration.ofSeconds(15));
		over.set(true);
		for (Future<Void> each : charges) {
			each.get(30, TimeUnit.SECONDS);
		}
	}

	/**
	 * Have a connection for one statement.
	 * @return for how long
	 */
	private long pay(String sql) throws SQLException {
		try (Connection connection = this.service.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			long begin = System.nanoTime();
			statement.execute(sql);
			return System.nanoTime() - begin;
		}
	}

	private double totalTime(String meter, String scope) {
		return this.service.bean(MeterRegistry.class)
			.get(meter)
			.tags("pool", Service.POOL, "scope", scope)
			.functionTimer()
			.totalTime(TimeUnit.SECONDS);
	}

	private JsonNode usage(String scope) {
		for (JsonNode each : this.service.page().at("/snapshot/scopes")) {
			if (each.at("/scope").asString().equals(scope)) {
				return each;
			}
		}
		throw new AssertionError("No figures of " + scope);
	}

	private static Duration duration(JsonNode node, String path) {
		return Duration.parse(node.at(path).asString());
	}

}
