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

package io.transactionscope.benchmark;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

import io.transactionscope.benchmark.Table.Column;
import io.transactionscope.benchmark.Table.Row;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * More threads than connections, most of which need a second one: they can end up waiting
 * for each other.
 */
final class NestedBorrows {

	private static final int CALLERS = 16;

	private static final int CONNECTIONS = 4;

	private static final Duration CONNECTION_TIMEOUT = Duration.ofMillis(1_500);

	/** How many in three need a second connection. */
	private static final int NESTED = 2;

	private static final String BENCHMARK = "NestedBorrows";

	static final Table TABLE = new Table(
			"%d threads, %d connections, %d in 3 need a second one".formatted(CALLERS, CONNECTIONS, NESTED),
			List.of(new Column(Peer.TRANSACTION_TEMPLATE.text(), Starter.NONE.name()),
					new Column(Peer.CALL.text() + ", detection off", Starter.WITHOUT_DEADLOCK_DETECTION.name()),
					new Column(Peer.CALL.text(), Starter.WHOLE.name())),
			List.of(new Row("succeeded", BENCHMARK, Figure.SUCCEEDED),
					new Row("failed at once", BENCHMARK, Figure.FAILED),
					new Row("timed out", BENCHMARK, Figure.TIMED_OUT),
					new Row("the slowest", BENCHMARK, Figure.SLOWEST)));

	private NestedBorrows() {
	}

	static List<Result> measureAll(Duration duration) throws Exception {
		return List.of(measure(Peer.TRANSACTION_TEMPLATE, Starter.NONE, duration),
				measure(Peer.CALL, Starter.WITHOUT_DEADLOCK_DETECTION, duration),
				measure(Peer.CALL, Starter.WHOLE, duration));
	}

	private static Result measure(Peer peer, Starter starter, Duration duration) throws Exception {
		try (ConfigurableApplicationContext application = Application.start(starter,
				"spring.datasource.hikari.maximum-pool-size=" + CONNECTIONS,
				"spring.datasource.hikari.connection-timeout=" + CONNECTION_TIMEOUT.toMillis())) {
			Blocks<?> blocks = peer.blocks(application.getBeanFactory());
			Load load = Load.of(CALLERS, duration, (caller) -> run(blocks, caller), () -> {
			});
			long failed = load.calls().size() - load.succeeded();
			long timedOut = load.calls()
				.stream()
				.filter((call) -> !call.succeeded() && call.millis() >= CONNECTION_TIMEOUT.toMillis())
				.count();
			return new Result(BENCHMARK, starter.name(),
					Map.of(Figure.SUCCEEDED.key(), load.perSecond(), Figure.FAILED.key(),
							load.perSecond(failed - timedOut), Figure.TIMED_OUT.key(), load.perSecond(timedOut),
							Figure.SLOWEST.key(), load.millis(1)));
		}
	}

	private static <C> int run(Blocks<C> blocks, int caller) {
		boolean nested = ThreadLocalRandom.current().nextInt(3) < NESTED;
		return blocks.call((context) -> {
			int updated = blocks.update(context, caller);
			return nested ? updated + blocks.callAnew((inner) -> blocks.update(inner, CALLERS + caller)) : updated;
		});
	}

}
