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

package io.transactionscope.autoconfigure.pool.r2dbc;

import java.time.Duration;
import java.util.Objects;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.transactionscope.autoconfigure.pool.SizedPool;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.r2dbc.TrackedR2dbcPool;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.r2dbc.OptionsCapableConnectionFactory;

/**
 * A pool of {@code r2dbc-pool}.
 *
 * @param pool the pool
 */
record SizedConnectionPool(TrackedR2dbcPool pool) implements SizedPool {

	/** As HikariCP waits by default. */
	private static final Duration PATIENCE = Duration.ofSeconds(30);

	@Override
	public PoolLedger ledger() {
		return this.pool.ledger();
	}

	@Override
	public int maximum() {
		return ledger().snapshot().maximum();
	}

	@Override
	public String maximumKey() {
		return "spring.r2dbc.pool.max-size";
	}

	@Override
	public String borrowers() {
		return "subscriptions";
	}

	/** Boot's connection factories know from which options they were made. */
	@Override
	public @Nullable Server server() {
		OptionsCapableConnectionFactory capable = OptionsCapableConnectionFactory.unwrapFrom(this.pool);
		if (capable == null) {
			return null;
		}
		ConnectionFactoryOptions options = capable.getOptions();
		Object port = options.getValue(ConnectionFactoryOptions.PORT);
		return new Server(String.valueOf(options.getValue(ConnectionFactoryOptions.DRIVER)),
				Objects.toString(options.getValue(ConnectionFactoryOptions.HOST), "localhost")
						+ ((port != null) ? ":" + port : ""));
	}

	@Override
	public int ask(String question) {
		Number answer = Mono
			.usingWhen(this.pool.create(), (connection) -> answer(connection, question), Connection::close)
			.block(PATIENCE);
		return Objects.requireNonNull(answer, "no answer").intValue();
	}

	private static Mono<Number> answer(Connection connection, String question) {
		return Flux.from(connection.createStatement(question).execute())
			.flatMap((result) -> result.map((row, metadata) -> (Number) Objects.requireNonNull(row.get(0))))
			.last();
	}

}
