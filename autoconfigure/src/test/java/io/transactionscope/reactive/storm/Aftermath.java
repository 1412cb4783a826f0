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

package io.transactionscope.reactive.storm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import org.awaitility.core.ConditionTimeoutException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.awaitility.Awaitility.await;

/**
 * What is left once nobody is subscribed any more.
 */
final class Aftermath {

	/** For what goes on after a cancel. */
	private static final Duration CALM = Duration.ofSeconds(5);

	private static final int LATER_STATEMENTS = 20;

	private static final List<String> TABLES = List.of("storm_left", "storm_right", "storm_later");

	private static final AtomicLong LATER_IDS = new AtomicLong();

	private final StormDatabase database;

	private final JdbcClient outside;

	private final ConnectionPool pool;

	private final PoolMetrics metrics;

	private final List<String> faults = new ArrayList<>();

	Aftermath(StormDatabase database, ConnectionPool pool) {
		this.database = database;
		this.outside = JdbcClient.create(database.outside());
		this.pool = pool;
		this.metrics = pool.getMetrics().orElseThrow();
	}

	static void createTables(StormDatabase database) {
		JdbcClient outside = JdbcClient.create(database.outside());
		for (String table : TABLES) {
			outside.sql("drop table if exists " + table).update();
			outside.sql("create table " + table + " (id bigint primary key)").update();
		}
	}

	/** Look, once it is calm. */
	List<String> faults(Collection<Pair> pairs) {
		boolean whole = verifyPool("after the storm");
		verifySessions();
		if (whole) {
			verifyLaterStatements();
			verifyPool("after later statements");
		}
		awaitAtMost(CALM, () -> pairs.stream().noneMatch(Pair::isWaiting));
		verifyRows(pairs);
		return this.faults;
	}

	void endSessions() {
		this.outside.sql(this.database.end()).query((row, number) -> number).list();
	}

	private boolean verifyPool(String when) {
		boolean whole = awaitAtMost(CALM, this::isWhole);
		if (!whole) {
			this.faults.add("%s the pool has %d acquired, %d pending, %d idle of %d".formatted(when,
					this.metrics.acquiredSize(), this.metrics.pendingAcquireSize(), this.metrics.idleSize(),
					this.metrics.allocatedSize()));
		}
		return whole;
	}

	private static boolean awaitAtMost(Duration duration, Callable<Boolean> condition) {
		try {
			await().atMost(duration).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).until(condition);
			return true;
		}
		catch (ConditionTimeoutException ex) {
			return false;
		}
	}

	private boolean isWhole() {
		return this.metrics.acquiredSize() == 0 && this.metrics.pendingAcquireSize() == 0
				&& this.metrics.idleSize() == this.metrics.allocatedSize();
	}

	private void verifySessions() {
		int open = this.outside.sql(this.database.open()).query(Integer.class).single();
		if (open > 0) {
			this.faults.add(open + " sessions are idle in a transaction");
		}
	}

	/** On all connections of the pool, so that none is missed. */
	private void verifyLaterStatements() {
		List<Connection> connections = new ArrayList<>();
		try {
			int each = LATER_STATEMENTS / this.metrics.getMaxAllocatedSize();
			while (connections.size() < this.metrics.getMaxAllocatedSize()) {
				connections.add(this.pool.create().blockOptional(CALM).orElseThrow());
			}
			for (Connection connection : connections) {
				for (int i = 0; i < each; i++) {
					verifyLaterStatement(connection);
				}
			}
		}
		catch (RuntimeException ex) {
			this.faults.add("a later statement failed: " + ex);
		}
		finally {
			connections.forEach((connection) -> Mono.from(connection.close()).block(CALM));
		}
	}

	private void verifyLaterStatement(Connection connection) {
		long id = LATER_IDS.incrementAndGet();
		Flux.from(connection.createStatement("insert into storm_later (id) values (" + id + ")").execute())
			.flatMap(Result::getRowsUpdated)
			.blockLast(CALM);
		if (ids("storm_later").contains(id)) {
			return;
		}
		this.faults.add("a later statement ran in a stray transaction");
	}

	private void verifyRows(Collection<Pair> pairs) {
		Set<Long> left = ids("storm_left");
		Set<Long> right = ids("storm_right");
		for (Pair pair : pairs) {
			String fault = pair.fault(left.contains(pair.id()), right.contains(pair.id()));
			if (fault != null) {
				this.faults.add(fault);
			}
		}
	}

	private Set<Long> ids(String table) {
		return new HashSet<>(this.outside.sql("select id from " + table).query(Long.class).list());
	}

}
