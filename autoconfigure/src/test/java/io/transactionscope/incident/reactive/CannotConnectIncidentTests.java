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

import java.util.Objects;
import java.util.stream.Stream;

import io.r2dbc.spi.R2dbcException;
import io.transactionscope.incident.DatabaseRole;
import io.transactionscope.incident.Witnesses;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.r2dbc.R2dbcPoolExhaustedException;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A pool that gets no connections, and why: of R2DBC, whoever asks hears at once what the
 * driver has to say, and what the ledger knows beside it.
 */
@Timeout(120)
@Tag("once")
class CannotConnectIncidentTests {

	private @Nullable ReactiveService running;

	@AfterEach
	void close() throws Exception {
		if (this.running != null) {
			this.running.close();
		}
	}

	@Test
	void aServerThatIsDownIsNamed() throws Exception {
		ReactiveService service = start();
		service.link().refuse();
		Witnesses witnesses = service.witnesses();
		Throwable failure = service.askQuickly().failure();
		assertThat(reportOf(failure)).hasMessageContaining("The pool has 0 of 2 connections and gets no more");
		witnesses.of(CannotConnect.class, "nobody listens at that host and port", "refused", "Start the database")
			.butNot("the link was ended", "password")
			.exception(reportOf(failure))
			.log("Incident 1 of connectionFactory, the report in full")
			.health("DEGRADED")
			.page();
		assertThat(service.page().at("/reports/0/diagnosis/details/failure/kind").asString()).isEqualTo("REFUSED");
		service.link().mend();
		service.insist();
	}

	/** Near miss: one attempt fails, and all is well again. */
	@Test
	void aSingleAttemptThatFailsIsOverWithTheNextThatDoesNot() throws Exception {
		ReactiveService service = start();
		service.link().refuse();
		service.askQuickly().failure();
		service.link().mend();
		service.insist();
		Witnesses witnesses = service.witnesses();
		service.askQuickly().body();
		assertThatItIsOver(service, witnesses);
		// The pool is dry, for another reason.
		service.occupy("/forget");
		witnesses.of(HeldButIdle.class, "'forget-order'")
			.butNot("gets no more", "refused")
			.exception(service.askQuickly().failure())
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		service.calm();
	}

	@Test
	void aPasswordThatWasChangedIsNamedUntilItIsRight() {
		try (DatabaseRole role = new DatabaseRole("reactive_shopkeeper", "changed")) {
			ReactiveService service = start("spring.r2dbc.username=" + role.name(), "spring.r2dbc.password=right");
			Witnesses witnesses = service.witnesses();
			Throwable failure = service.askQuickly().failure();
			witnesses
				.of(CannotConnect.class, "the server does not let this user in",
						"password authentication failed for user")
				.butNot("See that the database is up", "spring.datasource")
				.exception(reportOf(failure), "spring.r2dbc.username and spring.r2dbc.password")
				.log("Incident 1 of connectionFactory, the report in full")
				.health("DEGRADED")
				.page();
			assertThat(service.page().at("/reports/0/diagnosis/details/failure/kind").asString())
				.isEqualTo("WRONG_CREDENTIALS");
			// Near miss: it is right again.
			role.alter("password 'right'");
			service.insist();
			Witnesses later = service.witnesses();
			service.askQuickly().body();
			assertThatItIsOver(service, later);
			endSessions(role);
		}
	}

	/** The health remembers for a while that somebody was turned away. */
	private static void assertThatItIsOver(ReactiveService service, Witnesses since) {
		assertThat(since.ofOurs("WARN", "ERROR")).isEmpty();
		assertThat(since.since("exhaustions")).isZero();
		assertThat(service.page().at("/diagnosis/kind").asString()).isIn("Healthy", "TurnedAway");
	}

	private static void endSessions(DatabaseRole role) {
		ReactiveService.database()
			.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = ?")
			.param(role.name())
			.query(Boolean.class)
			.list();
	}

	/** The driver's own exception reaches the caller, and has it. */
	private static Throwable reportOf(Throwable failure) {
		Throwable own = Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
			.filter(R2dbcException.class::isInstance)
			.findFirst()
			.orElseThrow();
		assertThat(own.getClass().getName()).startsWith("io.r2dbc.postgresql");
		assertThat(own.getSuppressed()).hasAtLeastOneElementOfType(R2dbcPoolExhaustedException.class);
		return own.getSuppressed()[0];
	}

	private ReactiveService start(String... properties) {
		ReactiveService service = new ReactiveService(Shop.class, properties);
		this.running = service;
		return service;
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

		@GetMapping("/forget")
		Mono<Integer> forget() {
			return this.transactions.named("forget-order")
				.call(() -> this.database.sql("select 1").mapValue(Integer.class).one().then(Mono.never()));
		}

	}

}
