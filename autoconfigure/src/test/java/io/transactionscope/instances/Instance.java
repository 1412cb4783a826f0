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

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.PostgresServer;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.provider.jdbctemplate.JdbcTemplateLockProvider;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.integration.jdbc.lock.DefaultLockRepository;
import org.springframework.integration.jdbc.lock.JdbcLockRegistry;
import org.springframework.integration.redis.util.RedisLockRegistry;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * One instance of an application, with a pool and locks of its own.
 */
final class Instance implements AutoCloseable {

	/** How often a registry tries again. */
	private static final Duration BETWEEN_TRIES = Duration.ofMillis(5);

	private static final String REDIS_LOCKS = "locks";

	private final HikariDataSource pool;

	private final TrackedDataSource dataSource;

	private final TransactionScope scope;

	private final JdbcClient jdbc;

	/** After which a lock is over that is not renewed. */
	private Duration timeToLive = Duration.ofMinutes(1);

	private @Nullable LettuceConnectionFactory redis;

	Instance(int connections) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(PostgresServer.running().dataSource());
		config.setMaximumPoolSize(connections);
		config.setConnectionTimeout(10_000);
		this.pool = new HikariDataSource(config);
		this.dataSource = new TrackedDataSource(this.pool);
		this.scope = TransactionScope.create(new ScopedJdbcTransactionManager(this.dataSource));
		this.jdbc = JdbcClient.create(this.dataSource);
	}

	/** Spring Integration's locks in a table. */
	JdbcLockRegistry jdbcLocks() {
		return jdbcLocks(" ON CONFLICT DO NOTHING");
	}

	/**
	 * The same.
	 * @param onConflict what to do where the row is there, at the end of the INSERT
	 */
	JdbcLockRegistry jdbcLocks(String onConflict) {
		DefaultLockRepository repository = new DefaultLockRepository(this.dataSource);
		repository.setInsertQuery(repository.getInsertQuery() + onConflict);
		repository.setTransactionManager(new ScopedJdbcTransactionManager(this.dataSource));
		repository.afterPropertiesSet();
		repository.afterSingletonsInstantiated();
		repository.start();
		JdbcLockRegistry registry = new JdbcLockRegistry(repository, this.timeToLive);
		registry.setIdleBetweenTries(BETWEEN_TRIES);
		return registry;
	}

	/**
	 * Spring Integration's locks in Redis.
	 * @param patience how long Redis may take to answer
	 */
	RedisLockRegistry redisLocks(String host, int port, Duration patience) {
		LettuceConnectionFactory redis = new LettuceConnectionFactory(new RedisStandaloneConfiguration(host, port),
				LettuceClientConfiguration.builder().commandTimeout(patience).build());
		redis.afterPropertiesSet();
		redis.start();
		this.redis = redis;
		RedisLockRegistry registry = new RedisLockRegistry(redis, REDIS_LOCKS, this.timeToLive);
		registry.setIdleBetweenTries(BETWEEN_TRIES);
		return registry;
	}

	/** How many milliseconds Redis still keeps a lock for. */
	long leftInRedis(String key) {
		StringRedisTemplate template = new StringRedisTemplate(Objects.requireNonNull(this.redis));
		return Objects.requireNonNull(template.getExpire(REDIS_LOCKS + ":" + key, TimeUnit.MILLISECONDS));
	}

	/** ShedLock's locks in a table. */
	LockProvider shedLock() {
		return new JdbcTemplateLockProvider(JdbcTemplateLockProvider.Configuration.builder()
			.withJdbcTemplate(new JdbcTemplate(this.dataSource))
			.usingDbTime()
			.build());
	}

	void setTimeToLive(Duration timeToLive) {
		this.timeToLive = timeToLive;
	}

	Duration timeToLive() {
		return this.timeToLive;
	}

	TrackedDataSource dataSource() {
		return this.dataSource;
	}

	TransactionScope scope() {
		return this.scope;
	}

	JdbcClient jdbc() {
		return this.jdbc;
	}

	int leased() {
		return this.pool.getHikariPoolMXBean().getActiveConnections();
	}

	@Override
	public void close() {
		this.pool.close();
		if (this.redis != null) {
			this.redis.destroy();
		}
	}

}
