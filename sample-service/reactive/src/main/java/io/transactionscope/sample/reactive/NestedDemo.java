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
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.transactionscope.pool.r2dbc.R2dbcPoolDeadlockException;
import io.transactionscope.reactive.ReactiveTransactionScope;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;
import org.springframework.transaction.CannotCreateTransactionException;

/**
 * What to avoid: a block that needs a second connection while it holds one. As soon as
 * such blocks hold the whole pool, none of them gets its second one.
 */
@Profile("demo")
@Component
class NestedDemo {

	private final ReactiveTransactionScope importing;

	private final ReactiveTransactionScope auditing;

	private final Stock stock;

	private final int connections;

	NestedDemo(ReactiveTransactionScope transactions, Stock stock,
			@Value("${spring.r2dbc.pool.max-size}") int connections) {
		this.importing = transactions.named("import-delivery");
		this.auditing = transactions.named("audit").requiresNew();
		this.stock = stock;
		this.connections = connections;
	}

	Mono<Tally> run(int blocks) {
		return Mono.defer(() -> {
			Meeting dry = new Meeting(Math.min(blocks, this.connections));
			return Flux.range(0, blocks)
				.flatMap(
						(each) -> importDelivery(dry).map((items) -> Tally.COMMITTED)
							.onErrorResume(CannotCreateTransactionException.class, (ex) -> Mono.just(Tally.of(ex))),
						blocks)
				.reduce(Tally::plus);
		});
	}

	private Mono<List<StockItem>> importDelivery(Meeting dry) {
		return this.importing.call(() -> this.stock.find("beans")
			.then(dry.attend())
			.then(this.auditing.call(() -> this.stock.all().collectList())));
	}

	/**
	 * Where each waits until all are there.
	 */
	private static final class Meeting {

		private final AtomicInteger missing;

		private final Sinks.Empty<Void> complete = Sinks.empty();

		Meeting(int expected) {
			this.missing = new AtomicInteger(expected);
		}

		Mono<Void> attend() {
			return Mono.defer(() -> {
				if (this.missing.decrementAndGet() == 0) {
					this.complete.tryEmitEmpty();
				}
				// Not for long: others may have some of the connections.
				return this.complete.asMono().timeout(Duration.ofSeconds(1), Mono.empty());
			});
		}

	}

	/**
	 * What became of the blocks.
	 *
	 * @param committed how many got both connections
	 * @param deadlocks how many were turned away so that the others could go on
	 * @param exhausted how many waited in vain
	 */
	record Tally(int committed, int deadlocks, int exhausted) {

		static final Tally COMMITTED = new Tally(1, 0, 0);

		static Tally of(CannotCreateTransactionException ex) {
			return ex.contains(R2dbcPoolDeadlockException.class) ? new Tally(0, 1, 0) : new Tally(0, 0, 1);
		}

		Tally plus(Tally other) {
			return new Tally(this.committed + other.committed, this.deadlocks + other.deadlocks,
					this.exhausted + other.exhausted);
		}

	}

}
