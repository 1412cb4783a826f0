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

package io.transactionscope.autoconfigure.pool;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.autoconfigure.lint.LintMode;
import io.transactionscope.pool.tracked.TrackedPool;
import io.transactionscope.text.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Checks the sizes of pools when the application starts: against the number of
 * connections with which threads can lock each other out, and against the number that
 * their {@link ServerLimit server} allows, for which it borrows one connection.
 */
class PoolLint implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(PoolLint.class);

	private final ConfigurableListableBeanFactory beanFactory;

	private final PoolLintProperties properties;

	PoolLint(ConfigurableListableBeanFactory beanFactory, PoolLintProperties properties) {
		this.beanFactory = beanFactory;
		this.properties = properties;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (this.properties.mode() == LintMode.OFF) {
			return;
		}
		this.properties.check();
		Collection<TrackedPool> pools = TrackedPools.byBeanName(this.beanFactory).values();
		List<String> findings = new ArrayList<>();
		pools.forEach((pool) -> checkNesting(pool, findings));
		byServer(pools).forEach((server, itsPools) -> checkServer(server, itsPools, findings));
		if (!findings.isEmpty() && this.properties.mode() == LintMode.FAIL) {
			throw new PoolLintException(findings);
		}
		findings.forEach(logger::warn);
	}

	private void checkNesting(TrackedPool pool, List<String> findings) {
		long floor = this.properties.floor();
		int maximum = hikari(pool).getMaximumPoolSize();
		if (maximum < floor) {
			findings
				.add("Pool %s may have %d connections: %d threads that take %d at a time can lock each other out of "
					.formatted(pool.ledger().pool(), maximum, this.properties.threads(),
							this.properties.connectionsPerThread())
						+ "fewer than %d.".formatted(floor));
		}
	}

	private static Map<ServerLimit, List<TrackedPool>> byServer(Collection<TrackedPool> pools) {
		Map<ServerLimit, List<TrackedPool>> byServer = new LinkedHashMap<>();
		for (TrackedPool pool : pools) {
			ServerLimit server = ServerLimit.of(hikari(pool).getJdbcUrl());
			if (server != null) {
				byServer.computeIfAbsent(server, (key) -> new ArrayList<>()).add(pool);
			}
		}
		return byServer;
	}

	private void checkServer(ServerLimit server, List<TrackedPool> pools, List<String> findings) {
		int instances = this.properties.instances();
		long asked = (long) instances * pools.stream().mapToInt((pool) -> hikari(pool).getMaximumPoolSize()).sum();
		try {
			int allowed = allowed(server, pools.get(0));
			pools.forEach((pool) -> tellRoom(pool, (allowed - asked) / instances));
			if (asked > allowed) {
				findings.add("%s allows %d connections: the pools of %d instance(s) may ask for %d.".formatted(server,
						allowed, instances, asked));
			}
		}
		catch (SQLException ex) {
			findings.add(Printable
				.of("%s could not be asked how many connections it allows: %s".formatted(server, ex.getMessage())));
		}
	}

	/**
	 * Tell a ledger how large its pool can be, beside the others as they are.
	 * @param more how many connections the database has to spare for each instance
	 */
	private static void tellRoom(TrackedPool pool, long more) {
		int room = (int) Math.max(0, hikari(pool).getMaximumPoolSize() + more);
		pool.ledger().databaseHasRoomFor(room);
	}

	private static int allowed(ServerLimit server, TrackedPool pool) throws SQLException {
		try (Connection connection = pool.getConnection()) {
			return server.ask(connection);
		}
	}

	private static HikariDataSource hikari(TrackedPool pool) {
		return pool.ledger().hikari();
	}

}
