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

package io.transactionscope.reference;

import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.R2dbcPools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The examples of the section on a reactive COMMIT that is not answered.
 */
@Tag("once")
class ReactiveResolutionExampleTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private static final UUID PAYMENT = UUID.fromString("9c3b6a52-8d7e-4f10-9a6b-2f4f0c1d7e55");

	private final LinkProxy link = PostgresServer.running().link();

	private final ConnectionPool pool = pool(this.link);

	private final Payments payments = new Payments(DatabaseClient.create(this.pool));

	private final ReactiveTransactionScope transactions = ReactiveTransactionScope
		.create(new ScopedR2dbcTransactionManager(this.pool));

	private static ConnectionPool pool(LinkProxy link) {
		PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
		return new ConnectionPool(ConnectionPoolConfiguration
			.builder(new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
				.host(link.host())
				.port(link.port())
				.username(Objects.requireNonNull(server.getUser()))
				.password(String.valueOf(server.getPassword()))
				.database(server.getDatabaseName())
				.build()))
			.initialSize(0)
			.maxSize(1)
			.build());
	}

	@BeforeEach
	void losesTheFirstAnswerToACommit() {
		this.payments.execute("create table reactive_payment (id uuid primary key)");
		AtomicReference<Fate> fate = new AtomicReference<>(Fate.UNANSWERED);
		this.link.atCommit(() -> fate.getAndSet(Fate.PASSED));
	}

	@AfterEach
	void nothingIsLeft() throws Exception {
		this.payments.execute("drop table reactive_payment");
		R2dbcPools.dispose(this.pool);
		this.link.close();
	}

	@Test
	void aPaymentWhoseCommitIsNotAnsweredIsBooked() {
		assertThat(new Desk(this.transactions, this.payments).book(PAYMENT).block(PATIENCE)).isEqualTo(PAYMENT);
		assertThat(this.payments.exists(PAYMENT).block(PATIENCE)).isTrue();
	}

	@Test
	void theApplicationKnowsWhetherAPaymentIsBooked() {
		Payments payments = this.payments;
		UUID id = PAYMENT;
		// tag::verify[]
		Mono<UUID> booked = this.transactions.named("book-payment")
			.verifiedBy(() -> payments.exists(id))
			.call(() -> payments.insert(id));
		// end::verify[]
		assertThat(booked.block(PATIENCE)).isEqualTo(PAYMENT);
	}

	/**
	 * Where payments are booked.
	 */
	static final class Desk {

		private final ReactiveTransactionScope transactions;

		private final Payments payments;

		Desk(ReactiveTransactionScope transactions, Payments payments) {
			// tag::resolve[]
			this.transactions = transactions.named("book-payment").timeout(Duration.ofSeconds(5)).resolveCommit();
			// end::resolve[]
			this.payments = payments;
		}

		Mono<UUID> book(UUID id) {
			return this.transactions.call(() -> this.payments.insert(id));
		}

	}

	/**
	 * The table of payments.
	 */
	static final class Payments {

		private final DatabaseClient client;

		Payments(DatabaseClient client) {
			this.client = client;
		}

		void execute(String sql) {
			this.client.sql(sql).then().block(PATIENCE);
		}

		Mono<UUID> insert(UUID id) {
			return this.client.sql("insert into reactive_payment values (:id)").bind("id", id).then().thenReturn(id);
		}

		Mono<Boolean> exists(UUID id) {
			return this.client.sql("select 1 from reactive_payment where id = :id")
				.bind("id", id)
				.fetch()
				.one()
				.hasElement();
		}

	}

}
