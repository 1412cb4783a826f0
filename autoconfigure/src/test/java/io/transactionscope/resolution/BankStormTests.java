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

package io.transactionscope.resolution;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.OwnPostgresServer;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import org.springframework.core.retry.RetryPolicy;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Isolation;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A bank whose transfers get into each other's way, over links that are cut around
 * COMMIT, on a server that crashes and is restarted: each is booked once, or reported as
 * not booked. {@code -Dtransaction-scope.test.storm.bank} says for how long, and
 * {@code -Dtransaction-scope.test.seed} what happens.
 */
@Tag("storm")
class BankStormTests {

	private static final Duration DURATION = Duration
		.parse(System.getProperty("transaction-scope.test.storm.bank", "PT5S"));

	private static final long SEED = Long.getLong("transaction-scope.test.seed", System.nanoTime());

	private static final int ACCOUNTS = 10;

	private static final int THREADS = 8;

	private static final int BALANCE = 1_000;

	/** Of the COMMITs. */
	private static final int PERCENT_CUT = 10;

	/** Between two blows, so that a few seconds have one of each kind. */
	private static final long CALM = 800;

	private static final Duration DEADLINE = Duration.ofSeconds(10);

	/** How long it takes to ask again, after a pause. */
	private static final Duration MOMENT = Duration.ofMillis(1_500);

	/** Where it is told by the hundred what becomes of whom, and what the driver says. */
	private static final List<String> LOGGERS = List.of(org.slf4j.Logger.ROOT_LOGGER_NAME, "io.transactionscope");

	private final SplittableRandom random = new SplittableRandom(SEED);

	private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();

	private final Map<Fate, AtomicInteger> fates = new ConcurrentHashMap<>();

	private final AtomicLong attempts = new AtomicLong();

	@Test
	void eachTransferIsBookedOnceOrReportedAsNotBooked() throws Exception {
		System.out.println("Seed of the bank: " + SEED);
		Map<String, @Nullable Level> levels = new HashMap<>();
		LOGGERS.forEach((name) -> {
			Logger logger = (Logger) LoggerFactory.getLogger(name);
			levels.put(name, logger.getLevel());
			logger.setLevel(Level.OFF);
		});
		try (OwnPostgresServer server = OwnPostgresServer.create()) {
			JdbcClient observer = JdbcClient.create(server.dataSource());
			observer.sql("create table account (id int primary key, balance int not null)").update();
			observer
				.sql("insert into account select n, %d from generate_series(0, %d) n".formatted(BALANCE, ACCOUNTS - 1))
				.update();
			observer.sql("create table transfer (id int primary key, payer int, payee int, amount int)").update();
			Havoc havoc = new Havoc(server, this.random.split());
			rage(server, havoc);
			assertThat(faults(observer, havoc)).isEmpty();
		}
		finally {
			levels.forEach((name, level) -> ((Logger) LoggerFactory.getLogger(name)).setLevel(level));
		}
	}

	private void rage(OwnPostgresServer server, Havoc havoc) throws Exception {
		LinkProxy link = server.link();
		SplittableRandom fates = this.random.split();
		link.atCommit(() -> {
			synchronized (fates) {
				Fate fate = fate(fates);
				this.fates.computeIfAbsent(fate, (key) -> new AtomicInteger()).incrementAndGet();
				return fate;
			}
		});
		HikariConfig config = new HikariConfig();
		config.setDataSource(server.dataSource(link));
		config.setMaximumPoolSize(THREADS);
		try (HikariDataSource pool = new HikariDataSource(config);
				TrackedDataSource tracked = new TrackedDataSource(pool)) {
			TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(tracked))
				.named("transfer")
				.isolation(Isolation.SERIALIZABLE)
				.timeout(DEADLINE)
				.resolveCommit()
				.retry(RetryPolicy.builder()
					.maxRetries(100)
					.delay(Duration.ofMillis(2))
					.multiplier(1.5)
					.maxDelay(Duration.ofMillis(100))
					.jitter(Duration.ofMillis(2))
					.build());
			CountDownLatch over = new CountDownLatch(1);
			AtomicInteger ids = new AtomicInteger();
			List<Thread> threads = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				SplittableRandom random = this.random.split();
				threads.add(new Thread(() -> {
					while (over.getCount() > 0) {
						transfer(scope, JdbcClient.create(tracked), ids.incrementAndGet(), random);
					}
				}));
			}
			threads.forEach(Thread::start);
			long end = System.nanoTime() + DURATION.toNanos();
			try {
				while (end - System.nanoTime() > 0) {
					// A storm is calm now and then, and nothing is awaited.
					over.await(CALM, TimeUnit.MILLISECONDS);
					havoc.strike();
				}
			}
			finally {
				over.countDown();
				for (Thread thread : threads) {
					thread.join();
				}
			}
			assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		}
	}

	private static Fate fate(SplittableRandom random) {
		if (random.nextInt(100) >= PERCENT_CUT) {
			return Fate.PASSED;
		}
		return switch (random.nextInt(4)) {
			case 0 -> Fate.LOST;
			case 1 -> Fate.STRANDED;
			case 2 -> Fate.UNANSWERED;
			default -> Fate.SNAPPED;
		};
	}

	private void transfer(TransactionScope scope, JdbcClient jdbc, int id, SplittableRandom random) {
		int payer = random.nextInt(ACCOUNTS);
		int payee = (payer + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
		int amount = 1 + random.nextInt(20);
		long begin = System.nanoTime();
		Throwable failure = null;
		try {
			scope.run(() -> {
				this.attempts.incrementAndGet();
				int paid = balance(jdbc, payer) - amount;
				int received = balance(jdbc, payee) + amount;
				setBalance(jdbc, payer, paid);
				setBalance(jdbc, payee, received);
				jdbc.sql("insert into transfer values (?, ?, ?, ?)").params(id, payer, payee, amount).update();
			});
		}
		catch (Throwable ex) {
			failure = ex;
		}
		this.answers.add(new Answer(id, begin, System.nanoTime(), failure));
	}

	private static int balance(JdbcClient jdbc, int account) {
		return jdbc.sql("select balance from account where id = ?").param(account).query(Integer.class).single();
	}

	private static void setBalance(JdbcClient jdbc, int account, int balance) {
		jdbc.sql("update account set balance = ? where id = ?").params(balance, account).update();
	}

	private List<String> faults(JdbcClient observer, Havoc havoc) {
		List<String> faults = new ArrayList<>(observer
			.sql("""
					select 'account ' || a.id || ' has ' || a.balance || ', which is not what was transferred' from account a
					where a.balance <> ? + (select coalesce(sum(amount), 0) from transfer where payee = a.id)
						- (select coalesce(sum(amount), 0) from transfer where payer = a.id)
					""")
			.param(BALANCE)
			.query(String.class)
			.list());
		int sum = observer.sql("select sum(balance) from account").query(Integer.class).single();
		if (sum != ACCOUNTS * BALANCE) {
			faults.add("the sum is " + sum);
		}
		Set<Integer> booked = observer.sql("select id from transfer").query(Integer.class).set();
		Map<TransactionOutcome, Integer> counts = new EnumMap<>(TransactionOutcome.class);
		for (Answer answer : this.answers) {
			counts.merge(answer.outcome(), 1, Integer::sum);
			boolean right = switch (answer.outcome()) {
				case COMMITTED -> booked.contains(answer.id);
				case ROLLED_BACK -> !booked.contains(answer.id);
				default -> havoc.hasCrashed(answer.begin, answer.end) || havoc.wasDown(answer.end, MOMENT.toNanos());
			};
			if (!right || answer.failure instanceof DuplicateKeyException) {
				faults.add("%s, booked: %s".formatted(answer, booked.contains(answer.id)));
			}
		}
		assertThat(counts.get(TransactionOutcome.COMMITTED)).isPositive();
		System.out.printf("%d transfers %s in %d attempts, COMMIT %s, %s%n", this.answers.size(), counts,
				this.attempts.get(), this.fates, havoc.blows());
		return faults;
	}

	private record Answer(int id, long begin, long end, @Nullable Throwable failure) {

		TransactionOutcome outcome() {
			if (this.failure == null || this.failure instanceof AfterCommitException) {
				// Such as that the isolation level could not be put back on a dead link.
				return TransactionOutcome.COMMITTED;
			}
			return (this.failure instanceof CommitFailedException failed) ? failed.outcome()
					: TransactionOutcome.ROLLED_BACK;
		}

	}

}
