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

import java.time.Duration;

import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.reactive.ReactiveTransactionScope;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.annotation.Profile;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

/**
 * Nothing to avoid: blocks that hold their connections for their statements only, and
 * more of them than the pool can serve.
 */
@Profile("demo")
@Component
class UndersizedDemo {

	private final ReactiveTransactionScope charging;

	private final DatabaseClient database;

	private final boolean onH2;

	UndersizedDemo(ReactiveTransactionScope transactions, DatabaseClient database, ConnectionFactory connections) {
		this.charging = transactions.named("charge");
		this.database = database;
		this.onH2 = connections.getMetadata().getName().equals("H2");
	}

	/** Serve that many customers, who come again and again. */
	Mono<Long> charge(int customers, int seconds) {
		return Mono.defer(() -> {
			long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
			return prepare().thenMany(Flux.range(0, customers))
				.flatMap((customer) -> charge().repeat(() -> System.nanoTime() - end < 0), customers)
				.count();
		});
	}

	private Mono<Integer> charge() {
		return this.charging
			.call(() -> this.onH2 ? work("CALL shop.work(200)").subscribeOn(Schedulers.boundedElastic())
					: work("SELECT pg_sleep(0.2)"))
			.thenReturn(1);
	}

	private Mono<Void> work(String sql) {
		return this.database.sql(sql).then();
	}

	/** H2 has no statement that takes some time, and runs it on the thread that asks. */
	private Mono<Void> prepare() {
		return this.onH2 ? work("CREATE ALIAS IF NOT EXISTS shop.work FOR 'java.lang.Thread.sleep(long)'")
				: Mono.empty();
	}

}
