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

package io.transactionscope.incident.reactive;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;

import io.transactionscope.incident.Witnesses;
import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.DatabaseSilent;
import io.transactionscope.pool.diagnosis.LongHolders;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Connections that are held by statements: slow ones, those that wait for a lock, and
 * those that are never answered.
 */
@Timeout(120)
@Tag("once")
class StatementIncidentTests {

	private final ReactiveService service = new ReactiveService(Shop.class);

	private final Witnesses witnesses = this.service.witnesses();

	@BeforeAll
	static void createTable() {
		ReactiveService.database().sql("create table reactive_price (item text primary key, amount int)").update();
		ReactiveService.database().sql("insert into reactive_price values ('apple', 1), ('pear', 1)").update();
	}

	@AfterAll
	static void dropTable() {
		ReactiveService.database().sql("drop table reactive_price").update();
	}

	@AfterEach
	void close() throws Exception {
		this.service.link().mend();
		this.service.calm();
		this.service.close();
	}

	@Test
	void slowStatementsAreNamedWithTheirSql() {
		this.service.occupy("/close-books");
		this.witnesses
			.of(LongHolders.class, "held for long by statements", "scope 'close-books'",
					"None of them waits for a lock, as the database says")
			.butNot("held but idle", "silent", "missing index")
			.exception(this.service.askQuickly().failure(), "select count(pg_sleep(?)) from reactive_price")
			.log("select count(pg_sleep(?)) from reactive_price")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
	}

	/** Near miss: slow, too, but all get a connection in time. */
	@Test
	void statementsThatAreNotSlowEnoughAreNot() {
		List<Request> books = this.service.ask(2 * ReactiveService.CONNECTIONS, "/look-into-books");
		this.service.askQuickly().body();
		books.forEach(Request::body);
		this.witnesses.areSilent();
	}

	@Test
	void aHolderThatHasALockIsNamedAndNotThoseWhoWaitForIt() {
		this.service.ask("/reprice");
		awaitSessions(1, "idle in transaction", "update reactive_price");
		this.service.ask("/change");
		this.service.awaitHeld(2);
		awaitWaitingForLocks(1);
		this.witnesses
			.of(BlockedByLock.class, "1 connection is kept by statements that wait for a lock in the database",
					"which scope 'reprice' on ", ", server process ", "idle between statements for ")
			.butNot("missing index", "held for long by statements")
			.exception(this.service.askQuickly().failure(), "Who waits for whom:", "scope 'reprice'")
			.log("Who waits for whom:")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		assertThat(this.service.page().at("/reports/0/diagnosis/details/blocker/scope").asString())
			.isEqualTo("reprice");
	}

	@Test
	void aSessionOfSomebodyElseThatHasALockIsNamed() throws Exception {
		try (Connection outside = PostgresServer.running().dataSource().getConnection();
				Statement statement = outside.createStatement()) {
			outside.setAutoCommit(false);
			statement.execute("set application_name = 'nightly-import'");
			statement.execute("update reactive_price set amount = 7 where item = 'apple'");
			this.service.occupy("/change");
			awaitWaitingForLocks(ReactiveService.CONNECTIONS);
			this.witnesses
				.of(BlockedByLock.class, "2 connections are kept by statements that wait for a lock in the database",
						"a session outside of this pool, 'nightly-import' of user ", "select pg_terminate_backend(")
				.butNot("missing index", "held for long by statements")
				.exception(this.service.askQuickly().failure())
				.log()
				.health("DEGRADED")
				.page()
				.meter("exhaustions", 1);
			outside.rollback();
		}
	}

	/** Near miss: somebody has a lock, but it is not what the statements wait for. */
	@Test
	void slowStatementsBesideALockAreNotBlocked() throws Exception {
		try (Connection outside = PostgresServer.running().dataSource().getConnection();
				Statement statement = outside.createStatement()) {
			outside.setAutoCommit(false);
			statement.execute("update reactive_price set amount = 7 where item = 'apple'");
			this.service.occupy("/reckon");
			this.witnesses.of(LongHolders.class, "held for long by statements", "scope 'reckon'")
				.butNot("wait for a lock in the database")
				.exception(this.service.askQuickly().failure())
				.log()
				.health("DEGRADED")
				.page()
				.meter("exhaustions", 1);
			outside.rollback();
		}
	}

	@Test
	void statementsThatAreNeverAnsweredAreTheSilenceOfTheDatabase() {
		this.service.occupy("/audit");
		awaitSessions(ReactiveService.CONNECTIONS, "active", "select count(pg_sleep(");
		this.service.link().freeze();
		this.witnesses
			.of(DatabaseSilent.class, "The database is silent: no connection of the pool has had an answer for ")
			.butNot("missing index", "held for long by statements")
			.exception(this.service.askQuickly().failure(), "a new connection has been asked for in vain for ")
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
	}

	/** Near miss: the answers are slow, and new connections are answered. */
	@Test
	void slowAnswersAreNotSilence() {
		this.service.occupy("/audit");
		this.witnesses.of(LongHolders.class, "held for long by statements", "scope 'audit'")
			.butNot("silent", "not known to have answered")
			.exception(this.service.askQuickly().failure())
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
	}

	/** Others may have left some behind. */
	private static void awaitSessions(int sessions, String state, String statement) {
		await().until(() -> ReactiveService.database()
			.sql("select count(*) from pg_stat_activity where state = ? and starts_with(query, ?)")
			.params(state, statement)
			.query(Integer.class)
			.single() >= sessions);
	}

	private static void awaitWaitingForLocks(int sessions) {
		await().until(() -> ReactiveService.database()
			.sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
			.query(Integer.class)
			.single() == sessions);
	}

	/** As users write it. */
	@RestController
	static class Shop {

		private final ReactiveTransactionScope transactions;

		private final DatabaseClient database;

		Shop(ReactiveTransactionScope transactions, DatabaseClient database) {
			this.transactions = transactions;
			this.database = database;
		}

		@GetMapping("/close-books")
		Mono<Long> closeBooks() {
			return this.transactions.named("close-books").call(() -> sleep(20));
		}

		@GetMapping("/look-into-books")
		Mono<Long> lookIntoBooks() {
			return this.transactions.named("look-into-books").call(() -> sleep(0.1));
		}

		@GetMapping("/reckon")
		Mono<Long> reckon() {
			return this.transactions.named("reckon").call(() -> sleep(20));
		}

		@GetMapping("/audit")
		Mono<Long> audit() {
			return this.transactions.named("audit").call(() -> sleep(20));
		}

		@GetMapping("/reprice")
		Mono<Long> reprice() {
			return this.transactions.named("reprice").call(() -> change("apple").then(Mono.never()));
		}

		@GetMapping("/change")
		Mono<Long> change() {
			return this.transactions.named("change-price").call(() -> change("apple"));
		}

		/** For each of two rows half of that. */
		private Mono<Long> sleep(double seconds) {
			return this.database.sql("select count(pg_sleep(%s)) from reactive_price".formatted(seconds / 2))
				.mapValue(Long.class)
				.one();
		}

		private Mono<Long> change(String item) {
			return this.database.sql("update reactive_price set amount = amount + 1 where item = :item")
				.bind("item", item)
				.fetch()
				.rowsUpdated();
		}

	}

}
