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

package io.transactionscope.sample.reactive;

import java.util.concurrent.TimeUnit;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * What to avoid: a connection that is borrowed by hand, and not closed on each path. This
 * one is closed on none.
 */
@Profile("demo")
@Component
class LeakDemo {

	private static final String COUNT = "SELECT count(*) FROM shop.orders";

	private final ConnectionFactory connections;

	LeakDemo(ConnectionFactory connections) {
		this.connections = connections;
	}

	Mono<Long> count(int seconds) {
		return Mono.from(this.connections.create()).flatMap(LeakDemo::count).doOnNext((count) -> collectIn(seconds));
	}

	private static Mono<Long> count(Connection connection) {
		return Mono.from(connection.createStatement(COUNT).execute())
			.flatMap((result) -> Mono.from(result.map((row) -> row.get(0, Long.class))));
	}

	/**
	 * Have it found that nobody has the connection any more. An application with more to
	 * do finds garbage often enough.
	 */
	private static void collectIn(int seconds) {
		Schedulers.boundedElastic().schedule(System::gc, seconds, TimeUnit.SECONDS);
	}

}
