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

package io.transactionscope;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.test.Workers;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Some thousand blocks, most of them cancelled wherever they are: afterwards the database
 * is what their outcomes say, and no connection is out, or in a transaction.
 */
@Tag("storm")
class AsyncBlockStormTests {

	private static final int POOL = 5;

	private static final int AT_ONCE = 20;

	@ParameterizedTest
	@MethodSource("io.transactionscope.test.Workers#all")
	@Timeout(300)
	void a2NothingIsLeftOfCancelledBlocks(Workers workers) throws Exception {
		int blocks = workers.name().startsWith("H2") ? 4_000 : 1_000;
		DataSource database = workers.database();
		HikariConfig config = new HikariConfig();
		config.setDataSource(database);
		config.setMaximumPoolSize(POOL);
		ExecutorService executor = workers.executor();
		try (HikariDataSource pool = new HikariDataSource(config)) {
			TrackedDataSource tracked = new TrackedDataSource(pool);
			JdbcClient jdbc = JdbcClient.create(tracked);
			jdbc.sql("drop table if exists storm").update();
			jdbc.sql("create table storm (n int, part varchar(10))").update();
			TransactionScope.Async storm = TransactionScope.create(new ScopedJdbcTransactionManager(tracked))
				.named("storm")
				.async(executor);
			Set<Integer> committed = rage(blocks, storm, jdbc);
			executor.shutdown();
			assertThat(executor.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
			await().until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
			assertThat(pool.getHikariPoolMXBean().getThreadsAwaitingConnection()).isZero();
			JdbcClient outside = JdbcClient.create(database);
			assertThat(outside.sql(
					"select part || ' alone of ' || n from storm where n in (select n from storm group by n having count(*) <> 2)")
				.query(String.class)
				.list()).as("committed: %s", committed).isEmpty();
			assertThat(outside.sql("select distinct n from storm").query(Integer.class).set()).isEqualTo(committed);
			assertThat(committed).hasSizeBetween(1, blocks - 1);
			for (int i = 1; i <= 4 * POOL; i++) {
				jdbc.sql("insert into storm values (-1, 'later')").update();
				assertThat(outside.sql("select count(*) from storm where n = -1").query(Integer.class).single())
					.isEqualTo(i);
			}
		}
	}

	private static Set<Integer> rage(int blocks, TransactionScope.Async storm, JdbcClient jdbc) throws Exception {
		Random random = new Random(14);
		Set<Integer> committed = new HashSet<>();
		List<BlockFuture<?>> open = new ArrayList<>();
		for (int i = 0; i < blocks; i += AT_ONCE) {
			open.clear();
			for (int j = i; j < i + AT_ONCE; j++) {
				int n = j;
				open.add(storm.run((tx) -> {
					jdbc.sql("insert into storm values (?, 'first')").param(n).update();
					tx.savepoint((inner) -> jdbc.sql("insert into storm values (?, 'second')").param(n).update());
				}));
				if (random.nextInt(3) == 0) {
					open.get(random.nextInt(open.size())).cancel(true);
				}
			}
			for (BlockFuture<?> each : open) {
				LockSupport.parkNanos(random.nextInt(400_000));
				if (random.nextInt(10) != 0) {
					each.cancel(true);
				}
			}
			for (int j = 0; j < AT_ONCE; j++) {
				Outcome outcome = open.get(j).ended().toCompletableFuture().get(60, TimeUnit.SECONDS);
				assertThat(outcome.isUnknown()).as("block %d: %s", i + j, outcome).isFalse();
				if (outcome.isSuccess()) {
					committed.add(i + j);
				}
			}
		}
		return committed;
	}

}
