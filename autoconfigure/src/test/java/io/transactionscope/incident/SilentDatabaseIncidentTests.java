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
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.snapshot.Lease;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * A link on which nothing comes back any more, without being closed.
 */
@Tag("once")
@Timeout(120)
class SilentDatabaseIncidentTests {

	private @Nullable Service running;

	@AfterEach
	void close() throws Exception {
		service().close();
	}

	@Test
	void statementsThatAreNotAnsweredAreNotSlow() throws Exception {
		Service service = start();
		freezeWhileAllAreBusy();
		Throwable failure = catchThrowable(service::borrow);
		assertThat(failure).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("Diagnosis: The database is silent: no connection of the pool has had an answer for ")
			.contains("a new connection has been asked for in vain for ")
			.doesNotContain("missing index", "held for long by statements");
		assertThat(service.meter("transaction.scope.pool.exhaustions")).isOne();
		beginToWait();
		await().untilAsserted(() -> {
			assertThat(service.page().at("/diagnosis/kind").asString()).isEqualTo("DatabaseSilent");
			assertThat(service.health().at("/details/diagnosis/summary").asString()).contains("is silent");
			assertThat(service.log()).contains("Incident 1 of orders, the report in full:", "The database is silent:")
				.doesNotContain("missing index");
		});
	}

	/**
	 * The watch asks ahead, so that the first line has it, unless the machine is busy.
	 */
	@Test
	void theFirstLineOfTheLogNamesTheSilence() throws Exception {
		String log = logOfFirstLine();
		for (int i = 0; i < 3 && !log.contains("The database is silent:"); i++) {
			service().close();
			log = logOfFirstLine();
		}
		assertThat(log).containsPattern("Incident 1: nobody has got a connection for .*The database is silent:")
			.doesNotContain("missing index", "stood still");
	}

	private String logOfFirstLine() throws Exception {
		Service service = start("spring.datasource.hikari.connection-timeout=4000");
		freezeWhileAllAreBusy();
		beginToWait();
		await().until(() -> service.log().contains("Incident 1: nobody has got a connection for "));
		return service.log();
	}

	@Test
	void checksOfIdleConnectionsAreNotHeldBySomebodyElse() throws Exception {
		Service service = start();
		freezeWhileAllAreTested();
		assertThat(catchThrowable(service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("Diagnosis: The database is silent")
			.doesNotContain("borrows from the pool directly");
		await().untilAsserted(() -> {
			assertThat(service.page().at("/diagnosis/kind").asString()).isEqualTo("DatabaseSilent");
			assertThat(service.health().at("/details/diagnosis/summary").asString()).contains("is silent");
			assertThat(service.log()).doesNotContain("borrows from the pool directly");
		});
	}

	/** The pool's own tests tell it, too. */
	@Test
	void checksOfIdleConnectionsTellOfTheSilenceWithoutAnInquiry() throws Exception {
		Service service = start("transaction-scope.pool.inquiry=false");
		freezeWhileAllAreTested();
		assertThat(catchThrowable(service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("Diagnosis: The database is silent: no connection of the pool has had an answer for ")
			.containsPattern("the pool's tests? of (a|\\d) free ones? (is|are) unanswered")
			.doesNotContain("borrows from the pool directly", "asked for in vain");
		assertThat(service.page().at("/diagnosis/kind").asString()).isEqualTo("DatabaseSilent");
		assertThat(service.health().at("/details/diagnosis/summary").asString()).contains("is silent");
		assertThat(service.meter("transaction.scope.pool.exhaustions")).isPositive();
	}

	/** Without an inquiry nobody knows, and nobody claims to. */
	@Test
	void statementsThatAreNotAnsweredMayBeSlowWithoutAnInquiry() throws Exception {
		Service service = start("transaction-scope.pool.inquiry=false");
		freezeWhileAllAreBusy();
		assertThat(catchThrowable(service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("5 connections are held for long by statements",
					"The database is not known to have answered on any connection for ",
					"To change: See first whether the database answers at all.");
	}

	/** Near miss: these connections are silent, but the database answers others. */
	@Test
	void connectionsThatAreForgottenOnTheWayAreNotASilentDatabase() throws Exception {
		Service service = start();
		loseWhileAllAreBusy(service.link()::forget);
		assertThat(catchThrowable(service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains(
					"5 connections are kept by statements of which the database knows nothing: it says that their "
							+ "sessions are idle, scope 'place-order' most of them",
					"To change: See what is between here and the database")
			.doesNotContain("silent", "missing index");
		assertThat(service.meter("transaction.scope.pool.exhaustions")).isOne();
		beginToWait();
		await().untilAsserted(() -> {
			assertThat(service.page().at("/diagnosis/kind").asString()).isEqualTo("LostLink");
			assertThat(service.health().at("/details/diagnosis/summary").asString()).contains("sessions are idle");
			assertThat(service.log()).contains("Incident 1 of orders, the report in full:",
					"of which the database knows nothing");
		});
	}

	/** Near miss: nothing has been answered for long, but a new connection is. */
	@Test
	void statementsThatAllTakeLongAreNotSilence() throws Exception {
		Service service = start();
		service.crowd(Service.CONNECTIONS, "closing", (there) -> service.transactions().named("close-books").run(() -> {
			there.run();
			service.jdbc().queryForObject("select count(pg_sleep(5))", Integer.class);
		}));
		assertThat(catchThrowable(service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("held for long by statements", "'close-books'", "None of them waits for a lock")
			.doesNotContain("silent", "not known to have answered");
	}

	/** Near miss: code that borrows around the ledger, from a database that is well. */
	@Test
	void connectionsThatAreBorrowedAroundTheLedgerAreNotSilence() throws Exception {
		Service service = start("transaction-scope.pool.inquiry=false");
		List<Connection> kept = new ArrayList<>();
		try {
			for (int i = 0; i < Service.CONNECTIONS; i++) {
				kept.add(service.borrowAround());
			}
			assertThat(catchThrowable(service::borrow)).isInstanceOf(PoolExhaustedException.class)
				.message()
				.contains("5 connections are held by code that borrows from the pool directly")
				.doesNotContain("silent");
		}
		finally {
			for (Connection each : kept) {
				each.close();
			}
		}
	}

	/** Near miss: a database that refuses connections is not silent. */
	@Test
	void aLinkThatIsCutIsNotSilent() throws Exception {
		Service service = start();
		awaitChecks();
		service.link().cut();
		assertThat(catchThrowable(service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.doesNotContain("silent");
	}

	private Service start(String... properties) {
		Service service = new Service(properties);
		this.running = service;
		return service;
	}

	private Service service() {
		return Objects.requireNonNull(this.running);
	}

	private void freezeWhileAllAreBusy() throws InterruptedException {
		loseWhileAllAreBusy(service().link()::freeze);
	}

	private void loseWhileAllAreBusy(Runnable loss) throws InterruptedException {
		CountDownLatch frozen = new CountDownLatch(1);
		service().crowd(Service.CONNECTIONS, "placing",
				(there) -> service().transactions().named("place-order").run(() -> {
					service().jdbc().queryForObject("select 1", Integer.class);
					there.run();
					frozen.await();
					service().jdbc().queryForObject("select 2", Integer.class);
				}));
		loss.run();
		frozen.countDown();
		await()
			.until(() -> service().ledger().snapshot().leases().stream().allMatch(SilentDatabaseIncidentTests::isBusy));
	}

	/** And has been for longer than it took the others to get there. */
	private static boolean isBusy(Lease lease) {
		return !lease.phase().isIdle() && lease.spent().busy().compareTo(lease.spent().idle()) >= 0;
	}

	private void freezeWhileAllAreTested() throws SQLException {
		awaitChecks();
		service().link().freeze();
		for (int i = 0; i < Service.CONNECTIONS; i++) {
			beginToWait();
		}
		await().until(() -> service().ledger().snapshot().active() == Service.CONNECTIONS);
	}

	/**
	 * Wait until the pool is full, and HikariCP checks its connections before it lends
	 * them, which is half a second after it got them.
	 */
	private void awaitChecks() throws SQLException {
		service().borrow();
		await().until(() -> service().ledger().snapshot().idle() == Service.CONNECTIONS);
		long full = System.nanoTime();
		await().until(() -> System.nanoTime() - full > Duration.ofMillis(600).toNanos());
	}

	/** Somebody who tries until there is a connection. */
	private void beginToWait() {
		Service service = service();
		Future<?> unused = service.begin("waiting", () -> {
			while (!Thread.currentThread().isInterrupted()) {
				try {
					service.borrow();
					return null;
				}
				catch (SQLException ex) {
					// Once more
				}
			}
			return null;
		});
	}

}
