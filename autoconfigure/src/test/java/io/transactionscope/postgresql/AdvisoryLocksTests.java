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

package io.transactionscope.postgresql;

import java.time.Duration;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.ScopedJdbcTransactionManager;
import io.transactionscope.TransactionScope;
import io.transactionscope.pool.TrackedDataSource;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.test.PostgresServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Advisory locks of a real server.
 */
class AdvisoryLocksTests {

	private static final long KEY = 815;

	private static final Duration SHORT = Duration.ofMillis(50);

	private final HikariDataSource pool = pool();

	private final TrackedDataSource dataSource = new TrackedDataSource(this.pool);

	private final TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(this.dataSource));

	private final JdbcClient outside = JdbcClient.create(PostgresServer.running().dataSource());

	private static HikariDataSource pool() {
		HikariConfig config = new HikariConfig();
		config.setDataSource(PostgresServer.running().dataSource());
		config.setMaximumPoolSize(2);
		return new HikariDataSource(config);
	}

	@AfterEach
	void everythingIsFree() {
		assertThat(isFree()).isTrue();
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		this.pool.close();
	}

	@Test
	void areHeldUntilTheTransactionEnds() {
		this.scope.run((tx) -> {
			assertThat(tx.enter(AdvisoryLocks.transaction(KEY, SHORT))).isEqualTo(KEY);
			assertThat(isFree()).isFalse();
			tx.afterCommit(() -> assertThat(isFree()).isTrue());
		});
		this.scope.run((tx) -> {
			tx.enter(AdvisoryLocks.session(KEY, SHORT));
			assertThat(isFree()).isFalse();
			tx.afterCommit(() -> assertThat(isFree()).isTrue());
		});
	}

	@Test
	void areFreeAfterARollback() {
		for (Resource<Long> lock : locks()) {
			assertThatIllegalStateException().isThrownBy(() -> this.scope.run((tx) -> {
				tx.enter(lock);
				throw new IllegalStateException("body");
			})).withMessage("body");
			assertThat(isFree()).isTrue();
		}
	}

	@Test
	void ofTheTransactionEndWithTheirSavepointAndOfTheSessionDoNot() {
		this.scope.run((tx) -> {
			assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
				savepoint.enter(AdvisoryLocks.transaction(KEY, SHORT));
				throw new IllegalStateException("body");
			}));
			assertThat(isFree()).isTrue();
			assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
				savepoint.enter(AdvisoryLocks.session(KEY, SHORT));
				throw new IllegalStateException("body");
			}));
			assertThat(isFree()).isFalse();
		});
	}

	@Test
	void waitNoLongerThanAllowedAndSayWhatFor() {
		this.scope.run((tx) -> {
			tx.enter(AdvisoryLocks.transaction(KEY, SHORT));
			for (Resource<Long> lock : locks()) {
				assertThatExceptionOfType(ResourceUnavailableException.class)
					.isThrownBy(() -> this.scope.requiresNew().run((inner) -> inner.enter(lock)))
					.withMessageContaining("Could not have advisory lock 815 within PT0.05S")
					.satisfies((ex) -> assertThat(ex.waited()).isGreaterThanOrEqualTo(SHORT));
			}
		});
	}

	@Test
	void leaveTheLockTimeoutOfTheTransactionAsItWas() {
		this.scope.run((tx) -> {
			JdbcClient jdbc = JdbcClient.create(this.dataSource);
			jdbc.sql("set local lock_timeout = '7s'").update();
			tx.enter(AdvisoryLocks.transaction(KEY, SHORT));
			assertThat(jdbc.sql("show lock_timeout").query(String.class).single()).isEqualTo("7s");
		});
	}

	@Test
	void refuseAWaitOfNothing() {
		assertThatIllegalArgumentException().isThrownBy(() -> AdvisoryLocks.transaction(KEY, Duration.ZERO))
			.withMessage(
					"Invalid wait PT0S for advisory lock 815: must be at least PT0.001S and at most PT596H31M23.647S.");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> AdvisoryLocks.session(KEY, Duration.ofSeconds(Long.MAX_VALUE)))
			.withMessageContaining("at most");
	}

	private static Iterable<Resource<Long>> locks() {
		return java.util.List.of(AdvisoryLocks.transaction(KEY, SHORT), AdvisoryLocks.session(KEY, SHORT));
	}

	private boolean isFree() {
		return this.outside.sql("select pg_try_advisory_lock(?) and pg_advisory_unlock(?)")
			.params(KEY, KEY)
			.query(Boolean.class)
			.single();
	}

}
