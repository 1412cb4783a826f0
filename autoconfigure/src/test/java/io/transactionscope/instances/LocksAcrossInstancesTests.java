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

package io.transactionscope.instances;

import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.transactionscope.postgresql.AdvisoryLocks;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.RedisServer;
import io.transactionscope.transaction.AfterCommitException;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.core.SimpleLock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.integration.jdbc.lock.JdbcLockRegistry;
import org.springframework.integration.support.locks.LockRegistry;
import org.springframework.integration.support.locks.RenewableLockRegistry;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What locks keep two instances apart, and what becomes of them when their holder dies or
 * pauses, or their store loses them.
 */
@Tag("once")
class LocksAcrossInstancesTests {

	private static final String KEY = "import";

	private static final long NUMBER = 4712;

	private static final Duration MAX_WAIT = Duration.ofSeconds(20);

	private static final Duration SHORT = Duration.ofMillis(200);

	/** Passes where a link is cut, and must not before. */
	private static final Duration LINK_PATIENCE = Duration.ofSeconds(2);

	private static final int TURNS = 25;

	private static final JdbcClient SERVER = JdbcClient.create(PostgresServer.running().dataSource());

	private final Instance one = new Instance(3);

	private final Instance other = new Instance(3);

	@BeforeAll
	static void createTables() {
		dropTables();
		// As in Spring Integration's schema-postgresql.sql
		SERVER.sql("""
				create table int_lock (lock_key char(36) not null, region varchar(100) not null, client_id char(36),
				created_date timestamp not null, expired_after timestamp not null, primary key (lock_key, region))""")
			.update();
		SERVER.sql("""
				create table shedlock (name varchar(64) primary key, lock_until timestamp not null,
				locked_at timestamp not null, locked_by varchar(255) not null)""").update();
		SERVER.sql("create table shared_count (n int not null, version int not null)").update();
	}

	@AfterAll
	static void dropTables() {
		SERVER.sql("drop table if exists int_lock, shedlock, shared_count").update();
	}

	@BeforeEach
	void setToZero() {
		SERVER.sql("delete from shared_count").update();
		SERVER.sql("delete from int_lock").update();
		SERVER.sql("delete from shedlock").update();
		SERVER.sql("insert into shared_count values (0, 0)").update();
	}

	@AfterEach
	void close() {
		assertThat(this.one.leased() + this.other.leased()).isZero();
		this.one.close();
		this.other.close();
	}

	static Stream<Kind> kinds() {
		return Stream.of(Kind.values()).filter(Kind::isAvailable);
	}

	/** Those whose locks end by themselves. */
	static Stream<Kind> expiring() {
		return kinds().filter((kind) -> kind != Kind.ADVISORY_TRANSACTION && kind != Kind.ADVISORY_SESSION);
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void r4_noUpdateIsLostBetweenInstances(Kind kind) throws Exception {
		Resource<?> lock = kind.lock(this.one, MAX_WAIT);
		Resource<?> otherLock = kind.lock(this.other, MAX_WAIT);
		inThreads(() -> increment(this.one, lock), () -> increment(this.other, otherLock));
		assertThat(count()).isEqualTo(2 * TURNS);
	}

	private static boolean increment(Instance instance, Resource<?> lock) {
		for (int i = 0; i < TURNS; i++) {
			instance.scope().run((tx) -> {
				tx.enter(lock);
				int n = read(instance);
				write(instance, n + 1);
			});
		}
		return true;
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void lockIsRefusedToTheOtherInstanceUntilTheCommit(Kind kind) {
		Resource<?> lock = kind.lock(this.one, MAX_WAIT);
		Resource<?> otherLock = kind.lock(this.other, Duration.ofMillis(1));
		this.one.scope().run((tx) -> {
			tx.enter(lock);
			write(this.one, 1);
			tx.beforeCommit(() -> assertThat(canHave(this.other, otherLock)).isFalse());
		});
		assertThat(canHave(this.other, otherLock)).isTrue();
		assertThat(count()).isOne();
	}

	// A holder that dies

	@ParameterizedTest
	@EnumSource(names = { "ADVISORY_TRANSACTION", "ADVISORY_SESSION" })
	void lockOfTheDatabaseEndsWithItsSessionAndSoDoesTheTransaction(Kind kind) {
		Resource<?> lock = kind.lock(this.one, MAX_WAIT);
		Resource<?> otherLock = kind.lock(this.other, MAX_WAIT);
		assertThatException().isThrownBy(() -> this.one.scope().run((tx) -> {
			tx.enter(lock);
			write(this.one, 1);
			SERVER.sql("select pg_terminate_backend(?)").param(process(this.one)).query(Boolean.class).single();
			// Nobody who has it now can be overtaken by the former holder
			this.other.scope().run((next) -> {
				next.enter(otherLock);
				write(this.other, 2);
			});
		}));
		assertThat(count()).isEqualTo(2);
	}

	@ParameterizedTest
	@MethodSource("expiring")
	void lockOfAHolderThatDiesIsFreeOnceItsTimeIsOver(Kind kind) throws Exception {
		this.one.setTimeToLive(SHORT);
		// As by a process that ends here
		kind.lock(this.one, MAX_WAIT).acquire();
		Resource<?> otherLock = kind.lock(this.other, Duration.ofMillis(1));
		await().until(() -> canHave(this.other, otherLock));
	}

	// A holder that pauses

	@ParameterizedTest
	@MethodSource("expiring")
	void holderThatPausesForTooLongWritesBesideTheNextOneUnlessTheRowsAreGuarded(Kind kind) {
		this.one.setTimeToLive(SHORT);
		Resource<?> lock = kind.lock(this.one, MAX_WAIT);
		Resource<?> otherLock = kind.lock(this.other, MAX_WAIT);
		Throwable failure = catchThrowable(() -> this.one.scope().run((tx) -> {
			tx.enter(lock);
			int n = read(this.one);
			this.other.scope().run((next) -> {
				next.enter(otherLock);
				write(this.other, n + 1);
			});
			write(this.one, n + 1);
		}));
		assertThat(count()).as("two were counted, and one is lost").isOne();
		if (kind == Kind.SHED_LOCK) {
			assertThat(failure).as("ShedLock tells nobody").isNull();
		}
		else {
			assertThat(failure).as("the data is committed, and the lock had gone")
				.isInstanceOf(AfterCommitException.class)
				.hasRootCauseInstanceOf(ConcurrentModificationException.class);
		}
		assertThatExceptionOfType(OptimisticLockingFailureException.class)
			.isThrownBy(() -> this.one.scope().run((tx) -> {
				tx.enter(lock);
				int version = version(this.one);
				this.other.scope().run((next) -> {
					next.enter(otherLock);
					writeGuarded(this.other, 2, version(this.other));
				});
				writeGuarded(this.one, 2, version);
			}));
		assertThat(count()).isEqualTo(2);
	}

	@ParameterizedTest
	@EnumSource(names = { "JDBC_REGISTRY", "REDIS_REGISTRY" })
	void renewalBeforeTheCommitTellsThatTheLockIsLostAndRollsBack(Kind kind) {
		assumeTrue(kind.isAvailable());
		this.one.setTimeToLive(SHORT);
		RenewableLockRegistry<?> registry = (RenewableLockRegistry<?>) kind.registry(this.one);
		Resource<Lock> lock = LockResources.lock(registry.obtain(KEY), MAX_WAIT);
		Resource<?> otherLock = kind.lock(this.other, MAX_WAIT);
		assertThatIllegalStateException().isThrownBy(() -> this.one.scope().run((tx) -> {
			tx.enter(lock);
			tx.beforeCommit(() -> registry.renewLock(KEY));
			this.other.scope().run((next) -> {
				next.enter(otherLock);
				write(this.other, 2);
			});
			write(this.one, 1);
		})).withMessageStartingWith("Could not renew ");
		assertThat(count()).isEqualTo(2);
	}

	@Test
	@EnabledIf("io.transactionscope.test.RedisServer#isInstalled")
	void lockInRedisIsRenewedForAsLongAsTheHolderLives() {
		ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
		scheduler.afterPropertiesSet();
		try {
			// Of which the first third passes here, before it is renewed
			this.one.setTimeToLive(Duration.ofSeconds(5));
			RenewableLockRegistry<?> registry = (RenewableLockRegistry<?>) Kind.REDIS_REGISTRY.registry(this.one);
			registry.setRenewalTaskScheduler(scheduler);
			Resource<?> otherLock = Kind.REDIS_REGISTRY.lock(this.other, Duration.ofMillis(1));
			this.one.scope().run((tx) -> {
				tx.enter(LockResources.lock(registry.obtain(KEY), MAX_WAIT));
				AtomicLong left = new AtomicLong(Long.MAX_VALUE);
				await().until(() -> {
					long now = this.one.leftInRedis(KEY);
					return now > left.getAndSet(now);
				});
				assertThat(canHave(this.other, otherLock)).isFalse();
			});
			assertThat(canHave(this.other, otherLock)).isTrue();
		}
		finally {
			scheduler.shutdown();
		}
	}

	@Test
	void lockInATableIsRenewedByItsHolder() {
		JdbcLockRegistry registry = this.one.jdbcLocks();
		this.one.scope().run((tx) -> {
			tx.enter(LockResources.lock(registry.obtain(KEY), MAX_WAIT));
			Instant end = end();
			registry.renewLock(KEY);
			assertThat(end()).isAfter(end);
		});
	}

	private static Instant end() {
		return SERVER.sql("select expired_after from int_lock").query(Timestamp.class).single().toInstant();
	}

	// A store that fails

	@Test
	@EnabledIf("io.transactionscope.test.RedisServer#isInstalled")
	void redisThatIsDownFailsTheEntryAndNothingIsHeld() throws Exception {
		try (LinkProxy link = RedisServer.running().link()) {
			Lock lock = this.one.redisLocks(link.host(), link.port(), LINK_PATIENCE).obtain(KEY);
			link.cut();
			assertThatException().isThrownBy(() -> this.one.scope().run((tx) -> {
				write(this.one, 1);
				tx.enter(LockResources.lock(lock, Duration.ofMillis(100)));
			})).satisfies((ex) -> assertThat(ex).hasStackTraceContaining("redis"));
			assertThat(count()).isZero();
			assertThat(this.one.leased()).isZero();
			link.mend();
			this.one.scope().run((tx) -> {
				tx.enter(LockResources.lock(lock, MAX_WAIT));
				write(this.one, 2);
			});
			assertThat(count()).isEqualTo(2);
		}
	}

	@Test
	@EnabledIf("io.transactionscope.test.RedisServer#isInstalled")
	void redisThatIsLostBeforeTheReleaseIsToldOfCommittedDataAndTheLockEndsByItself() throws Exception {
		Resource<?> otherLock = Kind.REDIS_REGISTRY.lock(this.other, Duration.ofMillis(1));
		this.one.setTimeToLive(SHORT.multipliedBy(5));
		try (LinkProxy link = RedisServer.running().link()) {
			Lock lock = this.one.redisLocks(link.host(), link.port(), LINK_PATIENCE).obtain(KEY);
			assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> this.one.scope().run((tx) -> {
				tx.enter(LockResources.lock(lock, MAX_WAIT));
				write(this.one, 1);
				tx.beforeCommit(link::cut);
			}));
			assertThat(count()).isOne();
			await().until(() -> canHave(this.other, otherLock));
		}
	}

	// What else there is to know

	@ParameterizedTest
	@MethodSource("expiring")
	void withinABlockALockOfATableTakesASecondConnection(Kind kind) {
		try (Instance small = new Instance(1)) {
			Resource<?> lock = kind.lock(small, Duration.ofMillis(100));
			Predicate<Instance> within = (instance) -> canHave(instance, lock);
			if (kind == Kind.REDIS_REGISTRY) {
				assertThat(within).accepts(small);
				return;
			}
			assertThatException().isThrownBy(() -> small.scope().run((tx) -> tx.enter(lock)))
				.satisfies((ex) -> assertThat(ex).hasStackTraceContaining("connection"));
			assertThat(small.leased()).isZero();
			// Before the block, it is given back by then.
			ResourceScope.run((scope) -> {
				scope.enter(lock);
				small.scope().outermost().run(() -> write(small, 1));
			});
			assertThat(count()).isOne();
		}
	}

	/**
	 * On PostgreSQL, without ON CONFLICT DO NOTHING: the row is there, and that is caught
	 * in a transaction.
	 */
	@Test
	void registryThatCatchesAnSqlErrorOfPostgresCannotWait() {
		Lock lock = this.one.jdbcLocks().obtain(KEY);
		Lock otherLock = this.other.jdbcLocks("").obtain(KEY);
		this.one.scope().run((tx) -> {
			tx.enter(LockResources.lock(lock, MAX_WAIT));
			assertThatExceptionOfType(CannotAcquireLockException.class)
				.isThrownBy(() -> this.other.scope().run((late) -> late.enter(LockResources.lock(otherLock, MAX_WAIT))))
				.withStackTraceContaining("after an SQL error, which its body has caught");
		});
	}

	private static boolean canHave(Instance instance, Resource<?> lock) {
		try {
			instance.scope().run((tx) -> tx.enter(lock));
			return true;
		}
		catch (ResourceUnavailableException ex) {
			return false;
		}
	}

	private static int process(Instance instance) {
		return instance.jdbc().sql("select pg_backend_pid()").query(Integer.class).single();
	}

	private static int read(Instance instance) {
		return instance.jdbc().sql("select n from shared_count").query(Integer.class).single();
	}

	private static void write(Instance instance, int n) {
		instance.jdbc().sql("update shared_count set n = ?").param(n).update();
	}

	private static int version(Instance instance) {
		return instance.jdbc().sql("select version from shared_count").query(Integer.class).single();
	}

	private static void writeGuarded(Instance instance, int n, int version) {
		if (instance.jdbc()
			.sql("update shared_count set n = ?, version = version + 1 where version = ?")
			.params(n, version)
			.update() == 0) {
			throw new OptimisticLockingFailureException("somebody else has written");
		}
	}

	private static int count() {
		return SERVER.sql("select n from shared_count").query(Integer.class).single();
	}

	private static void inThreads(Callable<Boolean> first, Callable<Boolean> second) throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(2);
		try {
			for (Future<Boolean> future : executor.invokeAll(List.of(first, second), 1, TimeUnit.MINUTES)) {
				assertThat(future.get()).isTrue();
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	/**
	 * What keeps the instances apart.
	 */
	enum Kind {

		ADVISORY_TRANSACTION {

			@Override
			Resource<?> lock(Instance instance, Duration maxWait) {
				return AdvisoryLocks.transaction(NUMBER, maxWait);
			}

		},

		ADVISORY_SESSION {

			@Override
			Resource<?> lock(Instance instance, Duration maxWait) {
				return AdvisoryLocks.session(NUMBER, maxWait);
			}

		},

		JDBC_REGISTRY {

			@Override
			LockRegistry<?> registry(Instance instance) {
				return instance.jdbcLocks();
			}

		},

		REDIS_REGISTRY {

			@Override
			boolean isAvailable() {
				return RedisServer.isInstalled();
			}

			@Override
			LockRegistry<?> registry(Instance instance) {
				return instance.redisLocks(RedisServer.running().host(), RedisServer.running().port(), MAX_WAIT);
			}

		},

		SHED_LOCK {

			@Override
			Resource<?> lock(Instance instance, Duration maxWait) {
				LockProvider provider = instance.shedLock();
				return Resource.of(() -> acquired(provider, instance, maxWait), (lock, outcome) -> lock.unlock());
			}

		};

		boolean isAvailable() {
			return true;
		}

		LockRegistry<?> registry(Instance instance) {
			throw new UnsupportedOperationException(name());
		}

		Resource<?> lock(Instance instance, Duration maxWait) {
			return LockResources.lock(registry(instance).obtain(KEY), maxWait);
		}

		/** It is there or not, and never waits. */
		private static SimpleLock acquired(LockProvider provider, Instance instance, Duration maxWait) {
			long begin = System.nanoTime();
			do {
				Optional<SimpleLock> lock = provider
					.lock(new LockConfiguration(Instant.now(), KEY, instance.timeToLive(), Duration.ZERO));
				if (lock.isPresent()) {
					return lock.get();
				}
				Thread.onSpinWait();
			}
			while (System.nanoTime() - begin < maxWait.toNanos());
			throw new ResourceUnavailableException("Somebody else has it", KEY, maxWait, null);
		}

	}

}
