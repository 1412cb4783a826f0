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

package io.transactionscope;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;

import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an application's own manager does with each connection, as to set its tenant, is
 * done for blocks, too, whoever begins the transaction.
 */
class PreparedConnectionTests {

	private final List<String> prepared = new ArrayList<>();

	@Test
	void aBlockPreparesItsConnectionAsAPlainTransactionDoes() {
		JdbcDataSource database = new JdbcDataSource();
		database.setURL("jdbc:h2:mem:prepared");
		ScopedJdbcTransactionManager manager = new ScopedJdbcTransactionManager(database) {

			@Override
			protected void prepareTransactionalConnection(Connection connection, TransactionDefinition definition) {
				PreparedConnectionTests.this.prepared.add(String.valueOf(definition.getName()));
			}

		};
		TransactionScope.create(manager).named("place-order").run((tx) -> {
		});
		new TransactionTemplate(manager, named("plain")).executeWithoutResult((status) -> {
		});
		assertThat(this.prepared).containsExactly("place-order", "plain");
	}

	@Test
	void soDoesAReactiveBlock() {
		ConnectionFactory database = ConnectionFactories.get("r2dbc:h2:mem:///prepared-reactive");
		ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(database) {

			@Override
			protected Mono<Void> prepareTransactionalConnection(io.r2dbc.spi.Connection connection,
					TransactionDefinition definition) {
				PreparedConnectionTests.this.prepared.add(String.valueOf(definition.getName()));
				return Mono.empty();
			}

		};
		ReactiveTransactionScope.create(manager).named("place-order").call((tx) -> Mono.just(1)).block();
		Publisher<Integer> plain = TransactionalOperator.create(manager, named("plain")).transactional(Mono.just(1));
		Mono.from(plain).block();
		assertThat(this.prepared).containsExactly("place-order", "plain");
	}

	private static TransactionDefinition named(String name) {
		TransactionTemplate definition = new TransactionTemplate();
		definition.setName(name);
		return definition;
	}

}
