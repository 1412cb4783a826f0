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
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Statements that wait for a row's lock, which somebody else has who is not to be seen
 * among those who take long.
 */
@Tag("once")
@Timeout(120)
class BlockedByLockIncidentTests {

	/** The tests' own database gives up after a while, on a busy machine too early. */
	private final Service service = new Service("spring.datasource.hikari.connection-init-sql=set lock_timeout = 0");

	private final CountDownLatch answer = new CountDownLatch(1);

	@BeforeAll
	static void begin() {
		Service.database().sql("create table price (item text primary key, amount int)").update();
		Service.database().sql("insert into price values ('apple', 1), ('pear', 1)").update();
	}

	@AfterAll
	static void end() {
		Service.database().sql("drop table price").update();
	}

	@AfterEach
	void close() throws Exception {
		this.answer.countDown();
		await().until(() -> this.service.ledger().snapshot().leases().isEmpty());
		this.service.close();
	}

	@Test
	void aHolderOnARemoteCallIsNamedAndNotThoseWhoWaitForItsRow() throws Exception {
		callOutAfterChanging("apple");
		List<FutureTask<Void>> victims = change("apple", 4);
		Throwable failure = catchThrowable(this.service::borrow);
		assertThat(failure).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("4 connections are kept by statements that wait for a lock in the database, which "
					+ "scope 'reprice' on repricing-0, server process ", "idle between statements for ")
			.contains("To change: See what scope 'reprice' on repricing-0 does meanwhile")
			.contains("Who waits for whom:")
			.doesNotContain("missing index");
		assertThat(this.service.meter("transaction.scope.pool.exhaustions")).isOne();
		Future<Void> waiting = this.service.insist();
		await().untilAsserted(() -> {
			JsonNode diagnosis = this.service.page().at("/diagnosis");
			assertThat(diagnosis.at("/kind").asString()).isEqualTo("BlockedByLock");
			assertThat(diagnosis.at("/details/blocker/scope").asString()).isEqualTo("reprice");
			assertThat(diagnosis.at("/details/victims")).hasSize(4);
			assertThat(this.service.health().at("/details/diagnosis/summary").asString()).contains("scope 'reprice'");
			assertThat(this.service.log()).contains("Incident 1 of orders, the report in full:",
					"4 connections are kept by statements that wait for a lock in the database, which scope 'reprice'");
		});
		this.answer.countDown();
		for (FutureTask<Void> each : victims) {
			each.get();
		}
		waiting.get();
	}

	@Test
	void aSessionOfSomebodyElseIsNamed() throws Exception {
		try (Connection outside = PostgresServer.running().dataSource().getConnection();
				Statement statement = outside.createStatement()) {
			outside.setAutoCommit(false);
			statement.execute("set application_name = 'nightly-import'");
			statement.execute("update price set amount = 7 where item = 'apple'");
			List<FutureTask<Void>> victims = change("apple", Service.CONNECTIONS);
			assertThat(catchThrowable(this.service::borrow)).isInstanceOf(PoolExhaustedException.class)
				.message()
				.contains(
						"5 connections are kept by statements that wait for a lock in the database, which "
								+ "server process ",
						"a session outside of this pool, 'nightly-import' of user ", "idle in transaction for ")
				.containsPattern("select pg_terminate_backend\\(\\d+\\)")
				.doesNotContain("missing index");
			assertThat(this.service.meter("transaction.scope.pool.exhaustions")).isOne();
			Future<Void> waiting = this.service.insist();
			await().untilAsserted(() -> {
				JsonNode diagnosis = this.service.page().at("/diagnosis");
				assertThat(diagnosis.at("/kind").asString()).isEqualTo("BlockedByLock");
				assertThat(diagnosis.at("/details/blocker/session/client").asString()).contains("'nightly-import'");
				assertThat(diagnosis.at("/details/blocker/session/sql").asString())
					.isEqualTo("update price set amount = ? where item = ?");
				assertThat(this.service.health().at("/details/diagnosis/summary").asString())
					.contains("'nightly-import'");
				assertThat(this.service.log()).contains("Incident 1 of orders, the report in full:",
						"'nightly-import'");
			});
			outside.rollback();
			for (FutureTask<Void> each : victims) {
				each.get();
			}
			waiting.get();
		}
	}

	/** Near miss: they did wait for a lock, but that is over. */
	@Test
	void aLockThatWasLetGoOfIsNotNamed() throws Exception {
		try (Connection outside = PostgresServer.running().dataSource().getConnection();
				Statement statement = outside.createStatement()) {
			outside.setAutoCommit(false);
			statement.execute("select from price for update");
			this.service.crowd(Service.CONNECTIONS, "reading",
					(there) -> this.service.transactions().named("place-order").run(() -> {
						there.run();
						this.service.jdbc().queryForList("select item from price for share");
						this.service.jdbc().queryForObject("select count(pg_sleep(4))", Integer.class);
					}));
			await().until(() -> waitingForLocks() == Service.CONNECTIONS);
			assertThat(catchThrowable(this.service::borrow)).isInstanceOf(PoolExhaustedException.class)
				.hasMessageContaining("wait for a lock in the database");
			outside.rollback();
		}
		await().until(() -> waitingForLocks() == 0);
		assertThat(catchThrowable(this.service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("held for long by statements", "'place-order'", "None of them waits for a lock")
			.doesNotContain("wait for a lock in the database", "missing index");
	}

	/** Near miss: somebody has a lock, but it is not what the statements wait for. */
	@Test
	void statementsThatTakeLongBesideALockAreNotBlocked() throws Exception {
		callOutAfterChanging("apple");
		this.service.crowd(4, "closing", (there) -> this.service.transactions().named("close-books").run(() -> {
			there.run();
			this.service.jdbc().queryForObject("select count(pg_sleep(3))", Integer.class);
		}));
		assertThat(catchThrowable(this.service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("held for long by statements", "'close-books'", "None of them waits for a lock")
			.doesNotContain("wait for a lock in the database", "missing index", "silent");
	}

	/** Near miss: one waits for a lock, but most are idle, and that is why. */
	@Test
	void oneWhoWaitsForALockIsNotWhyThePoolIsDry() throws Exception {
		callOutAfterChanging("pear");
		this.service.crowd(3, "calling", (there) -> this.service.transactions().named("call-out").run(() -> {
			this.service.jdbc().queryForObject("select 1", Integer.class);
			there.run();
			this.answer.await();
		}));
		change("pear", 1);
		assertThat(catchThrowable(this.service::borrow)).isInstanceOf(PoolExhaustedException.class)
			.message()
			.contains("Connections are held but idle")
			.doesNotContain("wait for a lock in the database");
	}

	private void callOutAfterChanging(String item) throws InterruptedException {
		this.service.crowd(1, "repricing", (there) -> this.service.transactions().named("reprice").run(() -> {
			update(item);
			there.run();
			this.answer.await();
		}));
	}

	/** Change a price on as many threads, all of which have to wait. */
	private List<FutureTask<Void>> change(String item, int size) throws InterruptedException {
		List<FutureTask<Void>> crowd = this.service.crowd(size, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					update(item);
				}));
		await().until(() -> waitingForLocks() == size);
		return crowd;
	}

	private void update(String item) {
		this.service.jdbc().update("update price set amount = amount + 1 where item = ?", item);
	}

	private static int waitingForLocks() {
		return Service.database()
			.sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
			.query(Integer.class)
			.single();
	}

}
