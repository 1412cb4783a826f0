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

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The options of a scope, and the name that it has without one.
 */
class TransactionScopeOptionsTests {

	private final HikariDataSource pool = pool();

	private final TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(this.pool));

	private static HikariDataSource pool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:options");
		pool.setMaximumPoolSize(1);
		return pool;
	}

	@AfterEach
	void closePool() {
		assertThat(this.pool.isRunning() ? this.pool.getHikariPoolMXBean().getActiveConnections() : 0).isZero();
		this.pool.close();
	}

	@Test
	void worksOnAManagerWhoseDataSourceIsSetLater() {
		ScopedJdbcTransactionManager manager = new ScopedJdbcTransactionManager();
		assertThatIllegalArgumentException().isThrownBy(manager::afterPropertiesSet)
			.withMessage("Property 'dataSource' is required");
		manager.setDataSource(this.pool);
		manager.afterPropertiesSet();
		TransactionScope.create(manager).run((tx) -> assertThat(tx.connection()).isNotNull());
		assertThat(manager.isNestedTransactionAllowed()).isTrue();
	}

	@Test
	void areOfANewScopeEach() {
		TransactionScope named = this.scope.named("named");
		assertThat(named).isNotSameAs(this.scope);
		assertThat(this.scope.name()).isNull();
		assertThat(named.readOnly().timeout(Duration.ofSeconds(1)).name()).isEqualTo("named");
	}

	@Test
	void reachSpringAndTheConnection() throws SQLException {
		this.scope.named("audit").readOnly().isolation(Isolation.SERIALIZABLE).run((tx) -> {
			assertThat(TransactionSynchronizationManager.getCurrentTransactionName()).isEqualTo("audit");
			assertThat(TransactionSynchronizationManager.isCurrentTransactionReadOnly()).isTrue();
			assertThat(tx.connection().getTransactionIsolation()).isEqualTo(Isolation.SERIALIZABLE.value());
		});
		this.scope.run((tx) -> assertThat(tx.connection().getTransactionIsolation())
			.isNotEqualTo(Isolation.SERIALIZABLE.value()));
	}

	@Test
	void refuseABlankName() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.scope.named(" "))
			.withMessage("Invalid scope name ' ': must not be blank.");
	}

	@Test
	void t7BoundsStatementsByTheLongestTimeout() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setUrl("jdbc:h2:mem:longest");
		HikariConfig config = new HikariConfig();
		config.setDataSource(h2);
		config.setMaximumPoolSize(1);
		try (HikariDataSource pool = new HikariDataSource(config);
				PoolLedger ledger = new PoolLedger(pool, PoolSettings.defaults())) {
			for (DataSource each : List.of(pool, new TrackedDataSource(ledger))) {
				TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(each))
					.timeout(Duration.ofMillis(Integer.MAX_VALUE));
				assertThat(scope.<Integer, RuntimeException>call(
						() -> JdbcClient.create(each).sql("select 1").query(Integer.class).single()))
					.isOne();
			}
		}
	}

	@Test
	void refuseATimeoutOutOfBounds() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.scope.timeout(Duration.ZERO))
			.withMessageContaining("Invalid timeout PT0S: must be at least PT0.001S");
		assertThatIllegalArgumentException().isThrownBy(() -> this.scope.timeout(Duration.ofDays(25)))
			.withMessageContaining("at most PT596H31M23.647S");
		assertThatIllegalArgumentException().isThrownBy(() -> this.scope.timeout(Duration.ofSeconds(Long.MAX_VALUE)))
			.withMessageContaining("Invalid timeout");
	}

	@Test
	void refuseToCommitOnWhatCannotBeThrown() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.scope.commitOn(String.class))
			.withMessage("Invalid type java.lang.String to commit on: must be a Throwable.");
	}

	@Test
	void refuseASlowThresholdThatIsNotPositive() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.scope.slowThreshold(Duration.ofMillis(-1)))
			.withMessage("Invalid slow threshold PT-0.001S: must be positive and at most PT8760H.");
	}

	@Test
	@DisplayName("T1, T12: a slow threshold that cannot be counted is refused at once, not after the commit")
	void t12RefuseASlowThresholdThatCannotBeCounted() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.scope.slowThreshold(Duration.ofDays(366)))
			.withMessage("Invalid slow threshold PT8784H: must be positive and at most PT8760H.");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.scope.slowThreshold(Duration.ofSeconds(Long.MAX_VALUE)))
			.withMessageContaining("at most PT8760H");
		this.scope.slowThreshold(Duration.ofDays(365)).run(() -> {
		});
	}

	@Test
	void nameABlockAfterTheMethodItIsWrittenIn() {
		assertThat(nameOfALambda()).isEqualTo("TransactionScopeOptionsTests.nameOfALambda");
		assertThat(nameOfALambda()).isEqualTo("TransactionScopeOptionsTests.nameOfALambda");
		assertThat(nameOfOpen()).isEqualTo("TransactionScopeOptionsTests.nameOfOpen");
	}

	private String nameOfALambda() {
		return this.scope.call((tx) -> tx.name());
	}

	private String nameOfOpen() {
		try (OpenScope tx = this.scope.open()) {
			return tx.name();
		}
	}

}
