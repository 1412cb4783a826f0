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

package io.transactionscope.retry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.retry.RetryPolicy;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Isolation;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A bank whose transfers get into each other's way, while links are lost at COMMIT and
 * sessions are ended at the server: each is booked once, or reported as not booked, or as
 * in doubt.
 */
@Tag("storm")
class RepetitionStormTests {

	/** More of them take their time. */
	private static final int TRANSFERS = 100 * Integer.getInteger("transaction-scope.test.rounds", 1);

	private static final int ACCOUNTS = 10;

	private static final int THREADS = 8;

	private final JdbcClient observer = JdbcClient.create(PostgresServer.running().dataSource());

	/** What was answered for those that have not returned. */
	private final Map<Integer, Throwable> failed = new ConcurrentHashMap<>();

	private final AtomicInteger attempts = new AtomicInteger();

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@Timeout(600)
	void t4EachTransferIsBookedOnceOrReported(boolean resolves) throws Exception {
		this.observer.sql("drop table if exists storm_booking, storm_account").update();
		this.observer.sql("create table storm_account (id int primary key, balance int)").update();
		this.observer.sql("create table storm_booking (id int)").update();
		this.observer.sql("insert into storm_account select i, 1000 from generate_series(0, 9) i").update();
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try (LinkProxy link = PostgresServer.running().link()) {
			HikariConfig config = new HikariConfig();
			config.setDataSource(PostgresServer.running().dataSource(link));
			config.setMaximumPoolSize(THREADS);
			try (HikariDataSource pool = new HikariDataSource(config)) {
				link.atCommit(RepetitionStormTests::fate);
				rage(threads, new TrackedDataSource(pool), resolves);
				link.atCommit(() -> Fate.PASSED);
			}
		}
		finally {
			threads.shutdown();
		}
		assertThat(this.observer.sql("select sum(balance) from storm_account").query(Integer.class).single())
			.isEqualTo(1000 * ACCOUNTS);
		Map<Integer, Long> booked = this.observer.sql("select id from storm_booking")
			.query(Integer.class)
			.list()
			.stream()
			.collect(Collectors.groupingBy((id) -> id, Collectors.counting()));
		assertThat(booked.values()).allMatch((times) -> times == 1);
		for (int id = 0; id < TRANSFERS; id++) {
			Throwable answer = this.failed.get(id);
			if (answer == null || answer instanceof AfterCommitException) {
				assertThat(booked).as("reported as booked").containsKey(id);
			}
			else if (!isUnknown(answer)) {
				assertThat(booked).as("reported as not booked: %s", answer).doesNotContainKey(id);
			}
			else {
				assertThat(resolves).as("in doubt: %s", answer).isFalse();
			}
		}
		assertThat(booked).hasSizeGreaterThan(TRANSFERS / 2);
		assertThat(this.attempts).hasValueGreaterThan(TRANSFERS);
	}

	private static boolean isUnknown(Throwable failure) {
		return failure instanceof CommitFailedException commit && commit.outcome() == TransactionOutcome.UNKNOWN;
	}

	/** Every tenth COMMIT or so. */
	private static Fate fate() {
		int drawn = ThreadLocalRandom.current().nextInt(20);
		return (drawn == 0) ? Fate.LOST : (drawn == 1) ? Fate.UNANSWERED : Fate.PASSED;
	}

	private void rage(ExecutorService threads, TrackedDataSource pool, boolean resolves) throws Exception {
		JdbcClient jdbc = JdbcClient.create(pool);
		TransactionScope plain = TransactionScope.create(new ScopedJdbcTransactionManager(pool))
			.named("transfer")
			.isolation(Isolation.SERIALIZABLE)
			.timeout(Duration.ofSeconds(60))
			.retry(RetryPolicy.builder()
				.maxRetries(200)
				.delay(Duration.ofMillis(2))
				.jitter(Duration.ofMillis(20))
				.build());
		TransactionScope scope = resolves ? plain.resolveCommit() : plain;
		List<Future<?>> running = new ArrayList<>();
		for (int id = 0; id < TRANSFERS; id++) {
			int transfer = id;
			running.add(threads.submit(() -> transfer(scope, jdbc, transfer)));
			if (id % 25 == 24) {
				running.get(id - 10).get();
				this.observer.sql("""
						select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
						where query like '%storm_%' and pid <> pg_backend_pid() limit 1) victim""")
					.query(Integer.class)
					.single();
			}
		}
		for (Future<?> each : running) {
			each.get();
		}
	}

	private @Nullable Void transfer(TransactionScope scope, JdbcClient jdbc, int id) {
		Random random = new Random(id);
		int from = random.nextInt(ACCOUNTS);
		int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
		try {
			scope.run(() -> {
				this.attempts.incrementAndGet();
				int taken = balance(jdbc, from) - 1;
				int given = balance(jdbc, to) + 1;
				jdbc.sql("insert into storm_booking values (?)").param(id).update();
				set(jdbc, from, taken);
				set(jdbc, to, given);
			});
		}
		catch (Throwable ex) {
			this.failed.put(id, ex);
		}
		return null;
	}

	private static int balance(JdbcClient jdbc, int id) {
		return jdbc.sql("select balance from storm_account where id = ?").param(id).query(Integer.class).single();
	}

	private static void set(JdbcClient jdbc, int id, int balance) {
		jdbc.sql("update storm_account set balance = ? where id = ?").param(balance).param(id).update();
	}

}
