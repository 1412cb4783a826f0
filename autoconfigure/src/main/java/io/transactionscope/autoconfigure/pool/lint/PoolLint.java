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

package io.transactionscope.autoconfigure.pool.lint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.transactionscope.autoconfigure.lint.LintMode;
import io.transactionscope.autoconfigure.pool.SizedPool;
import io.transactionscope.text.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Checks the sizes of pools when the application starts: against the number of
 * connections with which those who borrow can lock each other out, and against the number
 * that their {@link ServerLimit server} allows, for which it borrows one connection. And
 * whether a pool lets everybody wait for ever.
 */
class PoolLint implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(PoolLint.class);

	private static final Duration FOR_EVER = Duration.ofDays(365);

	private final List<SizedPool.Source> sources;

	private final PoolLintProperties properties;

	PoolLint(List<SizedPool.Source> sources, PoolLintProperties properties) {
		this.sources = sources;
		this.properties = properties;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (this.properties.mode() == LintMode.OFF) {
			return;
		}
		this.properties.check();
		List<SizedPool> pools = this.sources.stream().flatMap((source) -> source.pools().stream()).toList();
		Findings findings = new Findings();
		pools.forEach((pool) -> checkNesting(pool, findings));
		pools.forEach((pool) -> checkPatience(pool, findings));
		byServer(pools).forEach((server, itsPools) -> checkServer(server, itsPools, findings));
		if (!findings.texts().isEmpty() && this.properties.mode() == LintMode.FAIL) {
			throw new PoolLintException(findings);
		}
		findings.texts().forEach(logger::warn);
	}

	private void checkNesting(SizedPool pool, Findings findings) {
		long floor = this.properties.floor();
		int maximum = pool.maximum();
		if (maximum < floor) {
			findings.add(
					"Pool %s may have %d connections: %d %s that take %d at a time can lock each other out of "
						.formatted(pool.ledger().pool(), maximum, this.properties.threads(), pool.borrowers(),
								this.properties.connectionsPerThread())
							+ "fewer than %d.".formatted(floor),
					Stream.of(pool.maximumKey()));
		}
	}

	private static void checkPatience(SizedPool pool, Findings findings) {
		if (pool.ledger().patience().compareTo(FOR_EVER) >= 0) {
			findings
				.add("Pool %s has no max-acquire-time: who waits for a connection waits for ever if none comes back."
					.formatted(pool.ledger().pool()), Stream.of("spring.r2dbc.pool.max-acquire-time"));
		}
	}

	private static Map<ServerLimit, List<SizedPool>> byServer(List<SizedPool> pools) {
		Map<ServerLimit, List<SizedPool>> byServer = new LinkedHashMap<>();
		for (SizedPool pool : pools) {
			SizedPool.Server address = pool.server();
			ServerLimit server = (address != null) ? ServerLimit.of(address) : null;
			if (server != null) {
				byServer.computeIfAbsent(server, (key) -> new ArrayList<>()).add(pool);
			}
		}
		return byServer;
	}

	private void checkServer(ServerLimit server, List<SizedPool> pools, Findings findings) {
		int instances = this.properties.instances();
		long asked = (long) instances * pools.stream().mapToInt(SizedPool::maximum).sum();
		try {
			int allowed = pools.get(0).ask(server.question());
			pools.forEach((pool) -> tellRoom(pool, (allowed - asked) / instances));
			if (asked > allowed) {
				findings.add("%s allows %d connections: the pools of %d instance(s) may ask for %d.".formatted(server,
						allowed, instances, asked), keys(pools));
			}
		}
		catch (Exception ex) {
			findings.add(Printable
				.of("%s could not be asked how many connections it allows: %s".formatted(server, ex.getMessage())),
					keys(pools));
		}
	}

	private static Stream<String> keys(List<SizedPool> pools) {
		return pools.stream().map(SizedPool::maximumKey);
	}

	/**
	 * Tell a ledger how large its pool can be, beside the others as they are.
	 * @param more how many connections the database has to spare for each instance
	 */
	private static void tellRoom(SizedPool pool, long more) {
		int room = (int) Math.max(0, pool.maximum() + more);
		pool.ledger().databaseHasRoomFor(room);
	}

}
