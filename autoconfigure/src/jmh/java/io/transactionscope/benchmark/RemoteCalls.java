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
import java.util.concurrent.locks.LockSupport;

import io.transactionscope.ActiveScope;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Many blocks at once over a small pool, each with a remote call of 20 ms.
 */
final class RemoteCalls {

	private static final int CALLERS = 200;

	private static final int CONNECTIONS = 10;

	private static final Duration REMOTE_CALL = Duration.ofMillis(20);

	private RemoteCalls() {
	}

	static String measure(Duration duration) throws Exception {
		StringBuilder table = new StringBuilder("""
				| %d blocks at once, %d connections, a remote call of %d ms | blocks/s | median | 99 %% |
				| --- | ---: | ---: | ---: |
				""".formatted(CALLERS, CONNECTIONS, REMOTE_CALL.toMillis()));
		for (Place place : Place.values()) {
			for (Peer peer : List.of(Peer.TRANSACTIONAL, Peer.CALL)) {
				if (place != Place.AFTER_COMMIT || peer == Peer.CALL) {
					table.append(row(place, peer, "eager", duration)).append(row(place, peer, "lazy", duration));
				}
			}
		}
		return table.append('\n').toString();
	}

	private static String row(Place place, Peer peer, String fetch, Duration duration) throws Exception {
		try (ConfigurableApplicationContext application = Application.start(peer.hasStarter(),
				"spring.datasource.hikari.maximum-pool-size=" + CONNECTIONS,
				"spring.datasource.connection-fetch=" + fetch)) {
			Blocks<?> blocks = peer.blocks(application.getBeanFactory());
			Load load = Load.of(CALLERS, duration, (caller) -> run(blocks, place, caller));
			return "| %s, %s, %s | %.0f | %.0f ms | %.0f ms |%n".formatted(place.text, peer.text(), fetch,
					load.perSecond(), load.millis(0.5), load.millis(0.99));
		}
	}

	private static <C> int run(Blocks<C> blocks, Place place, int caller) {
		return blocks.call((context) -> {
			if (place == Place.BEFORE) {
				callRemotely();
			}
			int updated = blocks.update(context, caller);
			if (place == Place.BETWEEN) {
				callRemotely();
				updated += blocks.update(context, caller);
			}
			if (place == Place.AFTER) {
				callRemotely();
			}
			if (place == Place.AFTER_COMMIT) {
				ActiveScope.current().afterCommit(RemoteCalls::callRemotely);
			}
			return updated;
		});
	}

	private static void callRemotely() {
		long end = System.nanoTime() + REMOTE_CALL.toNanos();
		for (long left = REMOTE_CALL.toNanos(); left > 0; left = end - System.nanoTime()) {
			LockSupport.parkNanos(left);
		}
	}

	private enum Place {

		BEFORE("before the SQL"), BETWEEN("between the SQL"), AFTER("after the SQL"), AFTER_COMMIT("in `afterCommit`");

		private final String text;

		Place(String text) {
			this.text = text;
		}

	}

}
