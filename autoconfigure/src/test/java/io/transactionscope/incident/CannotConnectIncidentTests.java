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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * A pool that gets no connections, because the database lets nobody in: a role of its
 * own, whose password is changed and whose connections are limited while the service
 * runs.
 */
@Tag("once")
@Timeout(120)
class CannotConnectIncidentTests {

	@SuppressWarnings("NullAway.Init") // Before all tests
	private static DatabaseRole role;

	@SuppressWarnings("NullAway.Init") // By each test, as it needs it
	private Service service;

	@SuppressWarnings("NullAway.Init") // With the service
	private Witnesses witnesses;

	@BeforeAll
	static void createRole() {
		role = new DatabaseRole("shopkeeper", "right");
		role.alter("connection limit 100");
	}

	@AfterAll
	static void dropRole() {
		role.close();
	}

	@AfterEach
	void close() throws Exception {
		role.alter("password 'right'");
		this.service.close();
	}

	private void start(String... more) {
		List<String> properties = new ArrayList<>(List.of("spring.datasource.username=" + role.name(),
				"spring.datasource.password=right", "spring.datasource.hikari.minimum-idle=0"));
		properties.addAll(List.of(more));
		this.service = new Service(properties.toArray(String[]::new));
		this.witnesses = this.service.witnessesSinceStart();
	}

	@Test
	void aPasswordThatWasChangedIsNamedUntilItIsRight() throws Exception {
		start();
		this.service.borrow();
		evictAll();
		role.alter("password 'changed'");
		Throwable failure = catchThrowable(this.service::borrow);
		this.witnesses
			.of(CannotConnect.class, "the server does not let this user in", "password authentication failed for user",
					"Correct spring.datasource.username and spring.datasource.password")
			.butNot("See that the database is up")
			.exception(failure)
			.log("Incident 1 of orders, the report in full")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		JsonNode report = this.service.page().at("/reports/0");
		assertThat(report.at("/diagnosis/details/failure/kind").asString()).isEqualTo("WRONG_CREDENTIALS");
		Future<Void> waiting = this.service.insist();
		await().untilAsserted(() -> {
			assertThat(this.service.page().at("/diagnosis/details/failure/kind").asString())
				.isEqualTo("WRONG_CREDENTIALS");
			assertThat(this.service.health().at("/details/diagnosis/advice").asString())
				.contains("spring.datasource.password");
		});
		role.alter("password 'right'");
		waiting.get(30, TimeUnit.SECONDS);
		open(Service.CONNECTIONS);
		// Near miss: the failure is over, and the pool is dry for another reason.
		CountDownLatch end = new CountDownLatch(1);
		this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					end.await();
				}));
		this.service.witnesses()
			.of(HeldButIdle.class, "'place-order'")
			.butNot("password")
			.exception(catchThrowable(this.service::borrow))
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		end.countDown();
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void aWrongPasswordIsNamedThoughTheProcessStoodStillForMostOfTheWait() throws Exception {
		start();
		this.service.borrow();
		evictAll();
		role.alter("password 'changed'");
		int attempts = this.service.link().connections();
		FutureTask<Throwable> asking = this.service.begin("asking", () -> catchThrowable(this.service::borrow));
		// The second attempt follows the failure of the first.
		await().until(() -> this.service.link().connections() > attempts + 1);
		StalledProcessIncidentTests.standStill();
		this.witnesses
			.of(CannotConnect.class, "the server does not let this user in",
					"Correct spring.datasource.username and spring.datasource.password")
			.butNot("stood still", "the pool is not the cause")
			.exception(asking.get(60, TimeUnit.SECONDS))
			.log("Incident 1 of orders, the report in full")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
	}

	@Test
	void aServerWithoutRoomIsNamed() throws Exception {
		start();
		role.alter("connection limit 2");
		try {
			open(2);
			CountDownLatch end = new CountDownLatch(1);
			this.service.crowd(2, "placing", (there) -> this.service.transactions().named("place-order").run(() -> {
				this.service.jdbc().queryForObject("select 1", Integer.class);
				there.run();
				end.await();
			}));
			this.witnesses
				.of(CannotConnect.class, "The pool has 2 of 5 connections and gets no more",
						"too many connections for role", "the server has no room", "Make room at the server")
				.exception(catchThrowable(this.service::borrow))
				.log()
				.health("DEGRADED")
				.page()
				.meter("exhaustions", 1);
			assertThat(this.service.page().at("/reports/0/diagnosis/details/failure/kind").asString())
				.isEqualTo("TOO_MANY_CONNECTIONS");
			end.countDown();
		}
		finally {
			role.alter("connection limit 100");
		}
	}

	@Test
	void aLinkThatIsCutIsNamed() throws Exception {
		start();
		this.service.borrow();
		this.service.link().cut();
		evictAll();
		this.witnesses
			.of(CannotConnect.class, "the link was ended before the database answered", "See in the server's log")
			.butNot("password")
			.exception(catchThrowable(this.service::borrow))
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		this.service.link().mend();
		this.service.insist().get(60, TimeUnit.SECONDS);
	}

	@Test
	void aServerThatIsDownIsNamed() throws Exception {
		start();
		this.service.borrow();
		this.service.link().refuse();
		evictAll();
		this.witnesses.of(CannotConnect.class, "nobody listens at that host and port", "refused", "Start the database")
			.butNot("the link was ended", "password")
			.exception(catchThrowable(this.service::borrow))
			.log("Incident 1 of orders, the report in full")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		assertThat(this.service.page().at("/reports/0/diagnosis/details/failure/kind").asString()).isEqualTo("REFUSED");
		this.service.link().mend();
		this.service.insist().get(60, TimeUnit.SECONDS);
	}

	@Test
	void aHostWithoutAddressIsNamedThoughThePoolWasNeverStarted() throws Exception {
		start("spring.datasource.url=jdbc:postgresql://nowhere.invalid/orders",
				"spring.jpa.properties.hibernate.boot.allow_jdbc_metadata_access=false",
				"spring.jpa.database-platform=org.hibernate.dialect.PostgreSQLDialect");
		// As long as it is starting, the pool throws what the driver has thrown.
		assertThat(catchThrowable(this.service::borrow)).isInstanceOf(SQLException.class)
			.isNotInstanceOf(PoolExhaustedException.class);
		this.witnesses.of(CannotConnect.class, "the name of the host cannot be resolved", "nowhere.invalid")
			.log("the report in full", "could not be started")
			.health("DOWN")
			.page()
			.meter("exhaustions", 0);
		assertThat(this.service.page().at("/diagnosis/details/failure/kind").asString()).isEqualTo("UNKNOWN_HOST");
		assertThat(this.service.page().at("/reports/0/text").asString()).contains("could not be started");
	}

	@Test
	void aPoolThatGrowsIsNotSaidToBeUnableToConnect() throws Exception {
		start("spring.datasource.hikari.maximum-pool-size=20", "spring.datasource.hikari.connection-timeout=20000",
				"spring.datasource.hikari.connection-init-sql=select pg_sleep(0.6)");
		CountDownLatch end = new CountDownLatch(1);
		List<String> kinds = new CopyOnWriteArrayList<>();
		this.service.crowd(10, "placing", (there) -> {
			there.run();
			this.service.transactions().named("place-order").run(() -> end.await());
		});
		await().atMost(Duration.ofSeconds(30)).until(() -> {
			String kind = this.service.page().at("/diagnosis/kind").asString();
			kinds.add(kind);
			return this.service.pool().getHikariPoolMXBean().getTotalConnections() >= 6;
		});
		assertThat(kinds).contains("Growing").doesNotContain("CannotConnect");
		assertThat(this.witnesses.ofOurs("WARN")).noneMatch((event) -> event.contains("gets no more"));
		assertThat(this.witnesses.since("exhaustions")).isZero();
		end.countDown();
	}

	/**
	 * Have so many connections opened one by one, so that nobody waits for more than one.
	 */
	private void open(int connections) throws SQLException {
		List<Connection> opened = new ArrayList<>();
		for (int i = 0; i < connections; i++) {
			opened.add(this.service.dataSource().getConnection());
		}
		for (Connection each : opened) {
			each.close();
		}
	}

	private void evictAll() {
		this.service.pool().getHikariPoolMXBean().softEvictConnections();
		await().until(() -> this.service.pool().getHikariPoolMXBean().getTotalConnections() == 0);
	}

}
