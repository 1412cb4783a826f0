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

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.pool.remote.RemoteCallException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Other services that must not be called with a connection in hand, as the tests of an
 * application want it.
 */
@Timeout(120)
class ForbiddenCallIncidentTests {

	@SuppressWarnings("NullAway.Init") // Before all tests
	private static Service service;

	private static SlowServer warehouse;

	private final Witnesses witnesses = service.witnesses();

	private int calls;

	@BeforeAll
	static void start() throws Exception {
		service = new Service("transaction-scope.pool.remote-calls=fail", "spring.datasource.connection-fetch=lazy");
		warehouse = new SlowServer();
		service.jdbc().execute("create table if not exists forbidden_calls (id int)");
	}

	@BeforeEach
	void count() {
		this.calls = warehouse.calls();
	}

	@AfterAll
	static void close() throws Exception {
		service.jdbc().execute("drop table forbidden_calls");
		warehouse.close();
		service.close();
	}

	@BeforeEach
	void clear() {
		service.jdbc().execute("delete from forbidden_calls");
	}

	@Test
	void aCallWithAConnectionInHandIsNotMadeAndTheBlockRollsBack() {
		assertThatExceptionOfType(RemoteCallException.class)
			.isThrownBy(() -> service.transactions().named("OrderService.place").run(() -> {
				insert();
				post();
			}))
			.withMessageContaining(
					"orders - scope 'OrderService.place' calls POST localhost while it holds a connection")
			.withMessageContaining("afterCommit")
			.satisfies((ex) -> assertThat(ex.call()).isEqualTo("POST localhost"));
		// It is the caller who is told: the pool is well, and so say all others.
		this.witnesses.areSilent();
		assertThat(warehouse.calls()).isEqualTo(this.calls);
		assertThat(rows()).isZero();
		assertThat(service.pool().getHikariPoolMXBean().getActiveConnections()).isZero();
		assertThat(service.bean(MeterRegistry.class).get("http.client.requests.active").longTaskTimer().activeTasks())
			.as("calls that seem to go on for ever")
			.isZero();
	}

	@Test
	void callsBeforeTheFirstStatementOfALazyConnectionAndAfterTheCommitAreMade() {
		assertThatNoException().isThrownBy(() -> service.transactions().named("OrderService.place").run((tx) -> {
			post();
			insert();
			tx.afterCommit(ForbiddenCallIncidentTests::post);
		}));
		this.witnesses.areSilent();
		assertThat(warehouse.calls()).isEqualTo(this.calls + 2);
		assertThat(rows()).isOne();
	}

	private static void insert() {
		service.jdbc().update("insert into forbidden_calls values (1)");
	}

	private static int rows() {
		return Service.database().sql("select count(*) from forbidden_calls").query(Integer.class).single();
	}

	private static void post() {
		RestClient.builder()
			.observationRegistry(service.bean(ObservationRegistry.class))
			.build()
			.post()
			.uri(warehouse.url("/fast"))
			.retrieve()
			.toBodilessEntity();
	}

}
