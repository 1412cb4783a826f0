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
import java.util.concurrent.ThreadLocalRandom;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * More threads than connections, most of which need a second one: they can end up
 * waiting for each other.
 */
final class NestedBorrows {

	private static final int CALLERS = 16;

	private static final int CONNECTIONS = 4;

	private static final Duration CONNECTION_TIMEOUT = Duration.ofMillis(1_500);

	/** How many in three need a second connection. */
	private static final int NESTED = 2;

	private NestedBorrows() {
	}

	static String measure(Duration duration) throws Exception {
		StringBuilder table = new StringBuilder("""
				| %d threads, %d connections, %d in 3 need a second one | succeeded | failed at once | timed out | slowest |
				| --- | ---: | ---: | ---: | ---: |
				""".formatted(CALLERS, CONNECTIONS, NESTED));
		for (Peer peer : List.of(Peer.TRANSACTION_TEMPLATE, Peer.CALL)) {
			table.append(row(peer, duration.multipliedBy(2)));
		}
		return table.append('\n').toString();
	}

	private static String row(Peer peer, Duration duration) throws Exception {
		try (ConfigurableApplicationContext application = Application.start(peer.hasStarter(),
				"spring.datasource.hikari.maximum-pool-size=" + CONNECTIONS,
				"spring.datasource.hikari.connection-timeout=" + CONNECTION_TIMEOUT.toMillis())) {
			Blocks<?> blocks = peer.blocks(application.getBeanFactory());
			Load load = Load.of(CALLERS, duration, (caller) -> run(blocks, caller));
			long failed = load.calls().size() - load.succeeded();
			long timedOut = load.calls()
				.stream()
				.filter((call) -> !call.succeeded() && call.millis() >= CONNECTION_TIMEOUT.toMillis())
				.count();
			return "| %s | %d | %d | %d | %.0f ms |%n".formatted(peer.text(), load.succeeded(), failed - timedOut,
					timedOut, load.millis(1));
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
