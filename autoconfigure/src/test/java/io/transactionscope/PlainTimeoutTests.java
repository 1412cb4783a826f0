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

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.transaction.TransactionOutcome;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The timeout of a plain {@code @Transactional} method or {@link TransactionTemplate}:
 * what follows it is Spring's, with our managers as with its own (T7, T10).
 */
@Tag("once")
class PlainTimeoutTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(1);

	private final JdbcDataSource h2 = new JdbcDataSource();

	private final List<AutoCloseable> closing = new ArrayList<>();

	private final List<Integer> heard = new ArrayList<>();

	private Duration connectsIn = Duration.ZERO;

	@SuppressWarnings("NullAway.Init")
	private TrackedDataSource dataSource;

	@SuppressWarnings("NullAway.Init")
	private PlatformTransactionManager manager;

	@AfterEach
	void closesWhatItOpened() throws Exception {
		for (AutoCloseable each : this.closing) {
			each.close();
		}
	}

	@ParameterizedTest
	@EnumSource
	void t7LateStatementIsToldAsSpringTellsIt(Kind kind) {
		use(kind);
		assertThatExceptionOfType(TransactionTimedOutException.class).isThrownBy(() -> hurried(() -> {
			insert();
			pass(TIMEOUT);
			insert();
		})).withMessageNotContainingAny("scope", "Scope");
		assertThat(this.heard).containsExactly(TransactionSynchronization.STATUS_ROLLED_BACK);
		assertThat(rows()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void t7LateStatementIsToldAsSpringTellsItWhenTheConnectionWasLongInComing(Kind kind) {
		use(kind);
		// Little of it, so that the connection is there in time on a busy machine, too
		this.connectsIn = TIMEOUT.dividedBy(4);
		assertThatExceptionOfType(TransactionTimedOutException.class).isThrownBy(() -> hurried(() -> {
			pass(TIMEOUT.minus(this.connectsIn));
			insert();
		}));
		assertThat(rows()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void t7LateStatementOfABlockThatJoinedIsToldAsSpringTellsIt(Kind kind) {
		use(kind);
		assertThatExceptionOfType(TransactionTimedOutException.class)
			.isThrownBy(() -> hurried(() -> TransactionScope.create(this.manager).named("joined").run((tx) -> {
				pass(TIMEOUT);
				insert();
			})));
		assertThat(rows()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void t7LateCommitCommitsAsWithSpring(Kind kind) {
		use(kind);
		hurried(() -> {
			insert();
			pass(TIMEOUT);
		});
		assertThat(this.heard).containsExactly(TransactionSynchronization.STATUS_COMMITTED);
		assertThat(rows()).isOne();
	}

	@ParameterizedTest
	@EnumSource
	void t7LateCommitCommitsWhatABlockThatJoinedInTimeHasDone(Kind kind) {
		use(kind);
		List<TransactionOutcome> outcomes = new ArrayList<>();
		hurried(() -> {
			TransactionScope.create(this.manager).run((tx) -> {
				tx.onCompletion(outcomes::add);
				insert();
			});
			pass(TIMEOUT);
		});
		assertThat(outcomes).containsExactly(TransactionOutcome.COMMITTED);
		assertThat(rows()).isOne();
	}

	@ParameterizedTest
	@EnumSource
	void t7BlockThatSwallowsALateStatementIsToldThatItIsLate(Kind kind) {
		use(kind);
		Duration deadline = Duration.ofSeconds(1);
		assertThatExceptionOfType(TransactionTimedOutException.class)
			.isThrownBy(() -> TransactionScope.create(this.manager).named("late").timeout(deadline).run((tx) -> {
				insert();
				pass(deadline);
				assertThatException().isThrownBy(this::insert);
			}))
			.withMessageContaining("'late'");
		assertThat(rows()).isZero();
	}

	private void use(Kind kind) {
		this.h2.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		JdbcClient.create(this.h2).sql("create table item (id int)").update();
		HikariConfig config = new HikariConfig();
		config.setDataSource(new LateDriver());
		config.setMaximumPoolSize(2);
		config.setMinimumIdle(0);
		HikariDataSource pool = new HikariDataSource(config);
		this.closing.add(pool);
		this.dataSource = new TrackedDataSource(pool);
		this.manager = (kind == Kind.JDBC) ? new ScopedJdbcTransactionManager(this.dataSource) : jpa();
		pool.getHikariPoolMXBean().softEvictConnections();
	}

	private PlatformTransactionManager jpa() {
		EmptyPersistenceUnit unit = new EmptyPersistenceUnit(this.dataSource);
		this.closing.add(unit);
		ScopedJpaTransactionManager manager = new ScopedJpaTransactionManager(unit.entityManagers());
		manager.afterPropertiesSet();
		return manager;
	}

	private void hurried(Runnable body) {
		TransactionTemplate template = new TransactionTemplate(this.manager);
		template.setTimeout((int) TIMEOUT.toSeconds());
		template.executeWithoutResult((status) -> {
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCompletion(int outcome) {
					PlainTimeoutTests.this.heard.add(outcome);
				}

			});
			body.run();
		});
	}

	private static void pass(Duration time) {
		try {
			assertThat(new CountDownLatch(1).await(time.toMillis() + 20, TimeUnit.MILLISECONDS)).isFalse();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void insert() {
		JdbcClient.create(this.dataSource).sql("insert into item values (1)").update();
	}

	private int rows() {
		return JdbcClient.create(this.h2).sql("select count(*) from item").query(Integer.class).single();
	}

	enum Kind {

		JDBC, JPA

	}

	/**
	 * A driver that takes its time to connect.
	 */
	private final class LateDriver extends DelegatingDataSource {

		private LateDriver() {
			super(PlainTimeoutTests.this.h2);
		}

		@Override
		public Connection getConnection() throws SQLException {
			if (!PlainTimeoutTests.this.connectsIn.isZero()) {
				pass(PlainTimeoutTests.this.connectsIn);
			}
			return super.getConnection();
		}

	}

}
