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

package io.transactionscope.autoconfigure;

import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.jpa.test.autoconfigure.AutoConfigureDataJpa;
import org.springframework.boot.data.jpa.test.autoconfigure.DataJpaTest;
import org.springframework.boot.data.r2dbc.test.autoconfigure.DataR2dbcTest;
import org.springframework.boot.jdbc.test.autoconfigure.AutoConfigureJdbc;
import org.springframework.boot.jdbc.test.autoconfigure.JdbcTest;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The starter in the slices of an application that its tests start (T9).
 */
class SliceTests {

	@ParameterizedTest
	@ValueSource(strings = { "org.springframework.boot.data.jdbc.test.autoconfigure.AutoConfigureDataJdbc",
			"org.springframework.boot.jooq.test.autoconfigure.AutoConfigureJooq",
			"org.mybatis.spring.boot.test.autoconfigure.AutoConfigureMybatis" })
	void t9IsPartOfSlicesThatAreNotTestedHere(String slice) throws IOException {
		assertThat(importsOf(slice)).isNotEmpty().isEqualTo(importsOf(AutoConfigureJdbc.class.getName()));
	}

	@Test
	void t9IsTheSameInEverySlice() throws IOException {
		assertThat(importsOf(AutoConfigureDataJpa.class.getName()))
			.isEqualTo(importsOf(AutoConfigureJdbc.class.getName()));
	}

	private static List<String> importsOf(String slice) throws IOException {
		List<String> imports = new ArrayList<>();
		for (URL each : Collections
			.list(SliceTests.class.getClassLoader().getResources("META-INF/spring/" + slice + ".imports"))) {
			new String(each.openStream().readAllBytes(), StandardCharsets.UTF_8).lines()
				.filter((line) -> line.startsWith("io.transactionscope."))
				.forEach(imports::add);
		}
		return imports;
	}

	@Nested
	@JdbcTest(properties = "spring.datasource.generate-unique-name=true")
	@ContextConfiguration(classes = Application.class)
	@Import(Orders.class)
	@Transactional(propagation = Propagation.NOT_SUPPORTED)
	class Jdbc {

		@Test
		void t9RunsAnnotatedMethodsInTheirScopes(@Autowired Orders orders,
				@Autowired PlatformTransactionManager manager) {
			assertThat(manager).isInstanceOf(ScopedJdbcTransactionManager.class);
			assertThatExceptionOfType(IOException.class).isThrownBy(orders::place);
			assertThat(orders.count()).isZero();
		}

	}

	@Nested
	@DataJpaTest(properties = "spring.datasource.generate-unique-name=true")
	@ContextConfiguration(classes = Application.class)
	@Import(Orders.class)
	@Transactional(propagation = Propagation.NOT_SUPPORTED)
	class Jpa {

		@Test
		void t9RunsAnnotatedMethodsInTheirScopes(@Autowired Orders orders,
				@Autowired PlatformTransactionManager manager) {
			assertThat(manager).isInstanceOf(ScopedJpaTransactionManager.class);
			assertThatExceptionOfType(IOException.class).isThrownBy(orders::place);
			assertThat(orders.count()).isZero();
		}

	}

	@Nested
	@DataR2dbcTest(properties = { "spring.r2dbc.generate-unique-name=true", "spring.sql.init.mode=never" })
	@ContextConfiguration(classes = Application.class)
	@Import(ReactiveOrders.class)
	class R2dbc {

		@Test
		void keepsTheLedgerOfThePool(@Autowired ReactiveOrders orders, @Autowired PoolLedgers ledgers) {
			assertThat(ledgers.all()).extracting(PoolLedger::pool).containsExactly("connectionFactory");
		}

		@Test
		void t9RunsAnnotatedMethodsInTheirScopes(@Autowired ReactiveOrders orders,
				@Autowired ReactiveTransactionManager manager) {
			assertThat(manager).isInstanceOf(ScopedR2dbcTransactionManager.class);
			StepVerifier.create(orders.place()).verifyError(IOException.class);
			StepVerifier.create(orders.count()).expectNext(0L).verifyComplete();
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	static class Orders {

		private final JdbcTemplate jdbc;

		Orders(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
			jdbc.execute("create table orders (id int primary key)");
		}

		@ScopedTransaction
		public void place() throws IOException {
			this.jdbc.update("insert into orders values (1)");
			throw new IOException("no paper");
		}

		int count() {
			return this.jdbc.queryForList("select id from orders").size();
		}

	}

	static class ReactiveOrders {

		private final DatabaseClient database;

		ReactiveOrders(DatabaseClient database) {
			this.database = database;
			database.sql("create table orders (id int primary key)").then().block();
		}

		@ScopedTransaction
		public Mono<Void> place() {
			return this.database.sql("insert into orders values (1)")
				.then()
				.then(Mono.error(new IOException("no paper")));
		}

		Mono<Long> count() {
			return this.database.sql("select count(*) from orders").mapValue(Long.class).one();
		}

	}

}
