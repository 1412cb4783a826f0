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
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.MariaDbServer;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.core.retry.RetryPolicy;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What databases throw when blocks get into each other's way, and what becomes of that.
 */
@Tag("once")
@Timeout(120)
class RepetitionOnDatabasesTests {

	private static final RetryPolicy SOON = RetryPolicy.builder()
		.maxRetries(50)
		.delay(Duration.ofMillis(2))
		.jitter(Duration.ofMillis(20))
		.build();

	private final List<AutoCloseable> closing = new ArrayList<>();

	private final ExecutorService threads = Executors.newFixedThreadPool(4);

	private final AtomicInteger attempts = new AtomicInteger();

	@AfterEach
	void close() throws Exception {
		this.threads.shutdown();
		assertThat(this.threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		for (AutoCloseable each : this.closing) {
			each.close();
		}
	}

	@ParameterizedTest
	@EnumSource
	void deadlockIsRepeated(Database database) throws Exception {
		DataSource dataSource = database.open(this);
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource)).retry(SOON);
		deadlock(dataSource, scope);
		assertThat(this.attempts.get()).isGreaterThan(2);
		assertThat(balances(dataSource)).containsExactly(12, 12);
	}

	@ParameterizedTest
	@EnumSource
	void withoutAPolicyADeadlockIsAConcurrencyFailure(Database database) {
		DataSource dataSource = database.open(this);
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
		assertThat(catchThrowable(() -> deadlock(dataSource, scope)))
			.hasCauseInstanceOf(ConcurrencyFailureException.class);
		assertThat(balances(dataSource)).isIn(List.of(10, 10), List.of(11, 11));
	}

	/** Each has what the other one wants, in their first attempts. */
	private void deadlock(DataSource dataSource, TransactionScope scope) throws Exception {
		CyclicBarrier met = new CyclicBarrier(2);
		JdbcClient jdbc = JdbcClient.create(dataSource);
		all(List.of(transfer(scope, jdbc, met, 1, 2), transfer(scope, jdbc, met, 2, 1)));
	}

	private Callable<@Nullable Void> transfer(TransactionScope scope, JdbcClient jdbc, CyclicBarrier met, int first,
			int second) {
		AtomicInteger own = new AtomicInteger();
		return () -> {
			scope.run(() -> {
				this.attempts.incrementAndGet();
				jdbc.sql("update retried_account set balance = balance + 1 where id = ?").param(first).update();
				if (own.incrementAndGet() == 1) {
					met.await(30, TimeUnit.SECONDS);
				}
				jdbc.sql("update retried_account set balance = balance + 1 where id = ?").param(second).update();
			});
			return null;
		};
	}

	@ParameterizedTest
	@EnumSource
	void serializationFailureIsRepeated(Database database) throws Exception {
		DataSource dataSource = database.open(this);
		JdbcClient jdbc = JdbcClient.create(dataSource);
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource))
			.isolation(Isolation.SERIALIZABLE)
			.retry(SOON);
		incrementAtOnce((met) -> scope.run(() -> {
			int balance = jdbc.sql("select balance from retried_account where id = 1").query(Integer.class).single();
			met.run();
			jdbc.sql("update retried_account set balance = ? where id = 1").param(balance + 1).update();
		}));
		assertThat(balances(dataSource)).containsExactly(14, 10);
	}

	@ParameterizedTest
	@EnumSource
	void serializationFailureUnderJpaIsRepeated(Database database) throws Exception {
		DataSource dataSource = database.open(this);
		EntityManagerFactory factory = entityManagers(dataSource);
		EntityManager entityManager = SharedEntityManagerCreator.createSharedEntityManager(factory);
		TransactionScope scope = TransactionScope.create(new ScopedJpaTransactionManager(factory))
			.isolation(Isolation.SERIALIZABLE)
			.retry(SOON);
		incrementAtOnce((met) -> scope.run(() -> {
			Account account = entityManager.find(Account.class, 1);
			met.run();
			account.add(1);
		}));
		assertThat(balances(dataSource)).containsExactly(14, 10);
	}

	@Test
	void writeSkewThatPostgresqlRefusesIsRepeated() throws Exception {
		DataSource dataSource = Database.POSTGRES.open(this);
		JdbcClient jdbc = JdbcClient.create(dataSource);
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource))
			.isolation(Isolation.SERIALIZABLE)
			.retry(SOON);
		AtomicInteger next = new AtomicInteger(100);
		incrementAtOnce((met) -> {
			int id = next.incrementAndGet();
			scope.run(() -> {
				int sum = jdbc.sql("select sum(balance) from retried_account").query(Integer.class).single();
				met.run();
				jdbc.sql("insert into retried_account values (?, ?, 0)").param(id).param(sum).update();
			});
		});
		// Each has seen what the ones before have inserted: 20, 40, 80, 160
		assertThat(balances(dataSource).stream().skip(2)).containsExactlyInAnyOrder(20, 40, 80, 160);
	}

	@Test
	void staleVersionIsRepeatedWithWhatIsInTheDatabaseNow() throws Exception {
		DataSource dataSource = Database.H2.open(this);
		EntityManagerFactory factory = entityManagers(dataSource);
		EntityManager entityManager = SharedEntityManagerCreator.createSharedEntityManager(factory);
		TransactionScope scope = TransactionScope.create(new ScopedJpaTransactionManager(factory)).retry(SOON);
		incrementAtOnce((met) -> scope.run(() -> {
			Account account = entityManager.find(Account.class, 1);
			met.run();
			account.add(1);
			entityManager.flush();
		}));
		assertThat(balances(dataSource)).containsExactly(14, 10);
	}

	@ParameterizedTest
	@EnumSource(names = { "H2", "POSTGRES" })
	void withOpenInViewEachAttemptReadsAnew(Database database) throws Exception {
		DataSource dataSource = database.open(this);
		EntityManagerFactory factory = entityManagers(dataSource);
		EntityManager entityManager = SharedEntityManagerCreator.createSharedEntityManager(factory);
		TransactionScope scope = TransactionScope.create(new ScopedJpaTransactionManager(factory)).retry(SOON);
		for (boolean flushes : new boolean[] { true, false }) {
			this.attempts.set(0);
			TransactionSynchronizationManager.bindResource(factory,
					new EntityManagerHolder(factory.createEntityManager()));
			try {
				entityManager.find(Account.class, 1);
				scope.run(() -> {
					Account account = entityManager.find(Account.class, 1);
					if (this.attempts.incrementAndGet() == 1) {
						this.threads.submit(() -> JdbcClient.create(dataSource)
							.sql("update retried_account set balance = balance + 5, version = version + 1 where id = 1")
							.update()).get();
					}
					account.add(1);
					if (flushes) {
						entityManager.flush();
					}
				});
			}
			finally {
				((EntityManagerHolder) TransactionSynchronizationManager.unbindResource(factory)).getEntityManager()
					.close();
			}
			assertThat(this.attempts).hasValue(2);
		}
		assertThat(balances(dataSource)).containsExactly(22, 10);
	}

	@ParameterizedTest
	@EnumSource(names = { "LOST", "STRANDED", "UNANSWERED" })
	void commitWhoseLinkIsLostIsRepeatedOnlyWhereItIsKnownToBeRolledBack(Fate fate) throws Exception {
		try (LinkProxy link = PostgresServer.running().link()) {
			Database.POSTGRES.open(this);
			DataSource dataSource = pool(PostgresServer.running().dataSource(link));
			JdbcClient jdbc = JdbcClient.create(dataSource);
			TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource))
				.retry(RetryPolicy.builder().includes(Exception.class).delay(Duration.ZERO).build());
			String update = "update retried_account set balance = balance + 1 where id = ?";
			link.atCommit(() -> fate);
			assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> scope.run(() -> {
				this.attempts.incrementAndGet();
				jdbc.sql(update).param(1).update();
			})).satisfies((failure) -> assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN));
			assertThat(this.attempts).hasValue(1);
			this.attempts.set(0);
			scope.resolveCommit().run(() -> {
				jdbc.sql(update).param(2).update();
				if (this.attempts.incrementAndGet() > 1) {
					link.atCommit(() -> Fate.PASSED);
				}
			});
			assertThat(this.attempts).hasValue((fate == Fate.UNANSWERED) ? 1 : 2);
			assertThat(balances(dataSource)).element(1).isEqualTo(11);
		}
	}

	/** Four of them, which are all at the same place in their first attempts. */
	private void incrementAtOnce(Increment increment) throws Exception {
		CyclicBarrier met = new CyclicBarrier(4);
		Supplier<Callable<@Nullable Void>> one = () -> {
			AtomicInteger own = new AtomicInteger();
			return () -> {
				increment.run(() -> {
					if (own.incrementAndGet() == 1) {
						await(met);
					}
				});
				return null;
			};
		};
		all(List.of(one.get(), one.get(), one.get(), one.get()));
	}

	private static void await(CyclicBarrier barrier) {
		try {
			barrier.await(30, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void all(List<Callable<@Nullable Void>> tasks) throws Exception {
		for (Future<@Nullable Void> each : this.threads.invokeAll(tasks)) {
			each.get();
		}
	}

	private static List<Integer> balances(DataSource dataSource) {
		return JdbcClient.create(dataSource)
			.sql("select balance from retried_account order by id")
			.query(Integer.class)
			.list();
	}

	private EntityManagerFactory entityManagers(DataSource dataSource) {
		LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
		factory.setDataSource(dataSource);
		factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
		factory.setManagedTypes(PersistenceManagedTypes.of(Account.class.getName()));
		factory.afterPropertiesSet();
		this.closing.add(0, factory::destroy);
		return Objects.requireNonNull(factory.getObject());
	}

	private TrackedDataSource pool(DataSource driver) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(driver);
		config.setMaximumPoolSize(6);
		TrackedDataSource pool = new TrackedDataSource(new HikariDataSource(config));
		this.closing.add(0, pool);
		return pool;
	}

	@FunctionalInterface
	private interface Increment {

		void run(Runnable meet);

	}

	enum Database {

		H2 {

			@Override
			DataSource driver() {
				JdbcDataSource h2 = new JdbcDataSource();
				h2.setURL("jdbc:h2:mem:repetition;DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=10000");
				return h2;
			}

		},

		POSTGRES {

			@Override
			DataSource driver() {
				return PostgresServer.running().dataSource();
			}

		},

		MARIADB {

			@Override
			DataSource driver() {
				assumeThat(MariaDbServer.isInstalled()).isTrue();
				return MariaDbServer.running().dataSource();
			}

		};

		abstract DataSource driver();

		DataSource open(RepetitionOnDatabasesTests test) {
			DataSource pool = test.pool(driver());
			JdbcClient jdbc = JdbcClient.create(pool);
			jdbc.sql("drop table if exists retried_account").update();
			jdbc.sql("create table retried_account (id int primary key, balance int, version int)").update();
			jdbc.sql("insert into retried_account values (1, 10, 0), (2, 10, 0)").update();
			return pool;
		}

	}

}
