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

package io.transactionscope.reactive.storm;

import java.time.Duration;
import java.util.List;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server whose clients hang up. {@code -Dtransaction-scope.test.storm.hangups} says for
 * how long.
 */
@Tag("storm")
class HangUpStormTests {

	private static final Duration DURATION = Duration
		.parse(System.getProperty("transaction-scope.test.storm.hangups", "PT4S"));

	/** The reference: most often one round will do. */
	private static final int ENOUGH = 20;

	@Test
	void leaveTransactionsOfSpringsOwnManagerBehind() {
		List<String> faults = List.of();
		for (int i = 0; i < ENOUGH && faults.isEmpty(); i++) {
			faults = faults(Duration.ofSeconds(2), List.of(StockManager.class), "/operator/pair", "/operator/pairs",
					"/annotated/pair", "/annotated/pairs");
		}
		assertThat(faults).isNotEmpty();
	}

	@Test
	void leaveNothingOfOursBehindInPlainRequests() {
		assertThat(faults(DURATION, List.of(ScopedManager.class), "/operator/pair", "/annotated/pair", "/scope/pair"))
			.isEmpty();
	}

	/**
	 * If it hangs up before it has the first event, nobody asks for the next one, and
	 * nobody cancels: that stream ends at the boundary of its exchange.
	 */
	@Test
	void leaveNothingOfOursBehindInStreams() {
		assertThat(
				faults(DURATION, List.of(ScopedManager.class), "/operator/pairs", "/annotated/pairs", "/scope/pairs"))
			.isEmpty();
	}

	private static List<String> faults(Duration duration, List<Class<?>> configuration, String... paths) {
		StormDatabase database = StormDatabase.postgresql();
		Aftermath.createTables(database);
		try (ConfigurableApplicationContext server = StormServer.start(database, configuration)) {
			HangUps clients = new HangUps(
					server.getEnvironment().getRequiredProperty("local.server.port", Integer.class), List.of(paths));
			clients.keepOn(duration);
			Aftermath aftermath = new Aftermath(database, server.getBean(ConnectionPool.class));
			List<String> faults = aftermath.faults(server.getBean(Pairs.class).all());
			aftermath.endSessions();
			if (clients.failed() > 0) {
				faults.add(clients.failed() + " clients that waited had no answer");
			}
			return faults;
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class ScopedManager {

		@Bean
		ScopedR2dbcTransactionManager transactionManager(ConnectionFactory connectionFactory) {
			return new ScopedR2dbcTransactionManager(connectionFactory);
		}

		@Bean
		ScopeTransactor scope(ScopedR2dbcTransactionManager transactionManager) {
			return new ScopeTransactor(ReactiveTransactionScope.create(transactionManager));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class StockManager {

		@Bean
		R2dbcTransactionManager transactionManager(ConnectionFactory connectionFactory) {
			return new R2dbcTransactionManager(connectionFactory);
		}

	}

}
