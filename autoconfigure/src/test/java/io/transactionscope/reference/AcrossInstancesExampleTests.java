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

package io.transactionscope.reference;

import java.time.Duration;
import java.util.concurrent.locks.Lock;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.ratelimit.RateLimitByKey;
import io.transactionscope.resource.ratelimit.RateLimitResources;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.integration.jdbc.lock.DefaultLockRepository;
import org.springframework.integration.jdbc.lock.JdbcLockRegistry;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the chapter "Across instances" shows.
 */
@Tag("once")
class AcrossInstancesExampleTests {

	private final HikariDataSource pool = pool();

	private final TrackedDataSource dataSource = new TrackedDataSource(this.pool);

	private final PlatformTransactionManager transactionManager = new ScopedJdbcTransactionManager(this.dataSource);

	private final TransactionScope transactions = TransactionScope.create(this.transactionManager);

	private final JdbcClient jdbc = JdbcClient.create(this.dataSource);

	private static HikariDataSource pool() {
		HikariConfig config = new HikariConfig();
		config.setDataSource(PostgresServer.running().dataSource());
		config.setMaximumPoolSize(2);
		return new HikariDataSource(config);
	}

	@BeforeEach
	void createTables() {
		this.jdbc.sql("drop table if exists int_lock, bucket").update();
		this.jdbc.sql("""
				create table int_lock (lock_key char(36) not null, region varchar(100) not null, client_id char(36),
				created_date timestamp not null, expired_after timestamp not null, primary key (lock_key, region))""")
			.update();
		this.jdbc.sql("create table bucket (id varchar(64) primary key, state bytea, expires_at bigint)").update();
	}

	@AfterEach
	void close() {
		this.jdbc.sql("drop table int_lock, bucket").update();
		this.pool.close();
	}

	// tag::lock-repository[]
	DefaultLockRepository lockRepository(DataSource dataSource, PlatformTransactionManager transactionManager) {
		DefaultLockRepository repository = new DefaultLockRepository(dataSource);
		repository.setTransactionManager(transactionManager);
		repository.setInsertQuery(repository.getInsertQuery() + " ON CONFLICT DO NOTHING");
		return repository;
	}
	// end::lock-repository[]

	@Test
	void lockOfARegistryIsHeldAroundTheBlockAndRenewedBeforeTheCommit() {
		DefaultLockRepository repository = lockRepository(this.dataSource, this.transactionManager);
		repository.afterPropertiesSet();
		repository.afterSingletonsInstantiated();
		repository.start();
		JdbcLockRegistry registry = new JdbcLockRegistry(repository, Duration.ofMinutes(1));
		// tag::lock-and-renew[]
		Lock lock = registry.obtain("import");
		ResourceScope.run((scope) -> {
			scope.enter(LockResources.lock("import", lock, Duration.ofSeconds(2)));
			this.transactions.outermost().run((tx) -> {
				tx.beforeCommit(() -> registry.renewLock("import"));
				importOrders();
			});
		});
		// end::lock-and-renew[]
		assertThat(this.jdbc.sql("select count(*) from int_lock").query(Integer.class).single()).isZero();
	}

	private void importOrders() {
		assertThat(this.jdbc.sql("select count(*) from int_lock").query(Integer.class).single()).isOne();
	}

	@Test
	void tokensAreCountedForAllInstances() {
		TrackedDataSource dataSource = this.dataSource;
		// tag::tokens[]
		ProxyManager<String> buckets = Bucket4jPostgreSQL.selectForUpdateBasedBuilder(dataSource)
			.primaryKeyMapper(PrimaryKeyMapper.STRING)
			.expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ZERO))
			.requestTimeout(Duration.ofSeconds(1))
			.build();
		BucketConfiguration tenAMinute = BucketConfiguration.builder()
			.addLimit((limit) -> limit.capacity(10).refillGreedy(10, Duration.ofMinutes(1)))
			.build();

		RateLimitByKey<String> perUser = RateLimitResources.perKey((user) -> buckets.getProxy(user, () -> tenAMinute),
				Duration.ZERO);
		// end::tokens[]
		for (int i = 0; i < 10; i++) {
			perUser.of("alice").runInside(() -> {
			});
		}
		assertThatExceptionOfType(ResourceUnavailableException.class)
			.isThrownBy(() -> perUser.of("alice").runInside(() -> {
			}));
	}

}
