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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.transactionscope.ActiveScope;
import io.transactionscope.benchmark.Table.Column;
import io.transactionscope.benchmark.Table.Row;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.HeldButIdle;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Many blocks at once over a small pool, each with a remote call of 20 ms.
 *
 * @param place where that call is made
 * @param peer how the block is written
 * @param fetch when its connection is fetched
 */
record RemoteCalls(Place place, Peer peer, Fetch fetch) {

	private static final int CALLERS = 200;

	private static final int CONNECTIONS = 10;

	private static final Duration REMOTE_CALL = Duration.ofMillis(20);

	static final Table TABLE = new Table(
			"%d at once, %d connections, a remote call of %d ms: how many a second, and 99 %% take at most"
				.formatted(CALLERS, CONNECTIONS, REMOTE_CALL.toMillis()),
			Stream.of(Peer.TRANSACTIONAL, Peer.CALL)
				.flatMap((peer) -> Arrays.stream(Fetch.values())
					.map((fetch) -> new RemoteCalls(Place.BEFORE, peer, fetch)))
				.map((calls) -> new Column(calls.peer.text() + ", " + calls.fetch.text(), calls.subject()))
				.toList(),
			Arrays.stream(Place.values())
				.map((place) -> new RemoteCalls(place, Peer.CALL, Fetch.EAGER))
				.map((calls) -> new Row(calls.place.text, calls.benchmark(), Figure.THROUGHPUT))
				.toList());

	static List<Result> measureAll(Duration duration) throws Exception {
		List<Result> results = new ArrayList<>();
		for (Place place : Place.values()) {
			for (Fetch fetch : Fetch.values()) {
				// Spring's own callback after the commit holds the connection.
				if (place != Place.AFTER_COMMIT) {
					results.add(new RemoteCalls(place, Peer.TRANSACTIONAL, fetch).measure(duration));
				}
				results.add(new RemoteCalls(place, Peer.CALL, fetch).measure(duration));
			}
		}
		return results;
	}

	String benchmark() {
		return "RemoteCalls." + this.place;
	}

	String subject() {
		return this.peer + "." + this.fetch;
	}

	Result find(List<Result> results) {
		return Objects.requireNonNull(Result.find(results, benchmark(), subject()));
	}

	private Result measure(Duration duration) throws Exception {
		try (ConfigurableApplicationContext application = Application.start(this.peer.starter(),
				"spring.datasource.hikari.maximum-pool-size=" + CONNECTIONS,
				"spring.datasource.connection-fetch=" + this.fetch.text())) {
			Blocks<?> blocks = this.peer.blocks(application.getBeanFactory());
			Map<String, Double> figures = new HashMap<>();
			Load load = Load.of(CALLERS, duration, (caller) -> run(blocks, caller),
					() -> application.getBeanProvider(PoolLedgers.class)
						.ifAvailable((ledgers) -> figures.putAll(prediction(ledgers))));
			figures.put(Figure.THROUGHPUT.key(), load.perSecond());
			figures.put("percentile50", load.millis(0.5));
			figures.put("percentile99", load.millis(0.99));
			return new Result(benchmark(), subject(), figures);
		}
	}

	/** What the ledger says that would come of not holding connections idle. */
	private Map<String, Double> prediction(PoolLedgers ledgers) {
		Diagnosis diagnosis = ledgers.all().get(0).report().diagnosis();
		System.out.printf("%s, %s: %s %s%n", benchmark(), subject(), diagnosis.summary(), diagnosis.advice());
		return (diagnosis instanceof HeldButIdle idle && idle.gain() != null && idle.scope() != null)
				? Map.of(Advice.predictionFor(idle.part()), idle.gain()) : Map.of();
	}

	private <C> int run(Blocks<C> blocks, int caller) {
		return blocks.call((context) -> {
			if (this.place == Place.BEFORE) {
				callRemotely();
			}
			int updated = blocks.update(context, caller);
			if (this.place == Place.BETWEEN) {
				callRemotely();
				updated += blocks.update(context, caller);
			}
			if (this.place == Place.AFTER) {
				callRemotely();
			}
			if (this.place == Place.AFTER_COMMIT) {
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

	/**
	 * Where a block calls remotely.
	 */
	enum Place {

		BEFORE("before the SQL"), BETWEEN("between the SQL"), AFTER("after the SQL"), AFTER_COMMIT("in `afterCommit`");

		private final String text;

		Place(String text) {
			this.text = text;
		}

	}

	/**
	 * When a block's connection is fetched: {@code spring.datasource.connection-fetch}.
	 */
	enum Fetch {

		EAGER, LAZY;

		String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

}
