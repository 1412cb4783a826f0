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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.diagnosis.HeldButIdle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Connections that one thread borrows and others use.
 */
@Timeout(120)
class HandOverIncidentTests {

	private final Service service = new Service("spring.datasource.hikari.connection-timeout=3000");

	private final Witnesses witnesses = this.service.witnesses();

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void whoUsesAConnectionIsShownAndNotWhoHasBorrowedIt() throws Exception {
		CountDownLatch exported = new CountDownLatch(1);
		CountDownLatch read = new CountDownLatch(Service.CONNECTIONS);
		List<Future<Boolean>> exports = new ArrayList<>();
		for (int i = 0; i < Service.CONNECTIONS; i++) {
			Connection handed = this.service.begin("accepting-" + i, this.service.dataSource()::getConnection)
				.get(30, TimeUnit.SECONDS);
			exports.add(this.service.begin("exporting-" + i, () -> {
				try (handed; Statement statement = handed.createStatement()) {
					statement.execute("select 1");
					read.countDown();
					new Exporter(exported).export();
				}
				return true;
			}));
		}
		read.await();
		this.witnesses.of(HeldButIdle.class, "Connections are held but idle", "code outside of any scope")
			.butNot("leaked", "Deadlock")
			.exception(catchThrowable(this.service::borrow), "used by exporting-0", "Exporter.export(")
			.log("used by exporting-0", "Exporter.export(")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1)
			.meter("leaks", 0);
		assertThat(this.service.page().at("/snapshot/leases")).isNotEmpty()
			.allSatisfy((lease) -> assertThat(lease.at("/user").asString()).startsWith("exporting-"));
		assertThat(this.service.page().at("/holders/0/applicationFrames").toString()).contains("export");
		exported.countDown();
		for (Future<Boolean> export : exports) {
			assertThat(export.get(30, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void parentWhoGivesItsConnectionsToWorkersIsNoDeadlock() throws Exception {
		CountDownLatch later = new CountDownLatch(1);
		List<Future<Boolean>> workers = new ArrayList<>();
		Future<Boolean> parent = this.service.begin("parent",
				() -> this.service.transactions().named("fan-out").call(() -> {
					workers.addAll(giveAwayTheOthers(later));
					// There is none left until a worker is done with its own.
					this.service.borrow();
					return true;
				}));
		// For longer than until the watch looks, and not until it tells of a dry pool.
		await().pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(10))
			.until(() -> this.service.ledger()
				.snapshot()
				.longestWait()
				.filter((waited) -> waited.compareTo(Duration.ofMillis(300)) > 0)
				.isPresent());
		assertThat(parent).isNotDone();
		later.countDown();
		assertThat(parent.get(30, TimeUnit.SECONDS)).isTrue();
		for (Future<Boolean> worker : workers) {
			assertThat(worker.get(30, TimeUnit.SECONDS)).isTrue();
		}
		assertThat(this.service.log()).doesNotContain("eadlock", "could have ended");
		await().untilAsserted(this.witnesses::areSilent);
	}

	private List<Future<Boolean>> giveAwayTheOthers(CountDownLatch later) throws SQLException {
		List<Connection> others = new ArrayList<>();
		for (int i = 1; i < Service.CONNECTIONS; i++) {
			others.add(this.service.dataSource().getConnection());
		}
		List<Future<Boolean>> workers = new ArrayList<>();
		for (Connection other : others) {
			workers.add(this.service.begin("worker", () -> {
				later.await();
				try (other; Statement statement = other.createStatement()) {
					return statement.execute("select 1");
				}
			}));
		}
		return workers;
	}

	private record Exporter(CountDownLatch exported) {

		void export() throws InterruptedException {
			this.exported.await();
		}

	}

}
