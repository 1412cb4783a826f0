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

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.EmptyPersistenceUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Hibernate that takes its connection at the first statement, on a pool that has none.
 */
class LateJpaConnectionTests {

	private final HikariDataSource pool = pool();

	private final EmptyPersistenceUnit unit = new EmptyPersistenceUnit(new TrackedDataSource(this.pool),
			Map.of("hibernate.connection.provider_disables_autocommit", true));

	@SuppressWarnings("NullAway.Init")
	private Connection only;

	private static HikariDataSource pool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		pool.setAutoCommit(false);
		pool.setMaximumPoolSize(1);
		pool.setConnectionTimeout(250);
		return pool;
	}

	@BeforeEach
	void takeTheOnlyConnection() throws SQLException {
		this.only = this.pool.getConnection();
	}

	@AfterEach
	void giveItBack() throws SQLException {
		this.only.close();
		this.unit.close();
		this.pool.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@DisplayName("T2: a rollback of what has used no connection borrows none")
	void t2RollbackOfWhatHasUsedNoConnectionBorrowsNone(boolean ours) {
		JpaTransactionManager manager = manager(ours);
		IOException failure = new IOException("the body's");
		assertThat(catchThrowable(() -> TransactionScope.create(manager).run(() -> {
			throw failure;
		}))).isSameAs(failure).hasNoSuppressedExceptions();
		IllegalStateException unchecked = new IllegalStateException("the body's");
		assertThat(catchThrowable(() -> new TransactionTemplate(manager).executeWithoutResult((status) -> {
			throw unchecked;
		}))).isSameAs(unchecked).hasNoSuppressedExceptions();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@DisplayName("T2: nor does a commit, nor a callback before it, nor the question whether it can commit")
	void t2CommitOfWhatHasUsedNoConnectionBorrowsNone(boolean ours) {
		JpaTransactionManager manager = manager(ours);
		assertThat(catchThrowable(() -> new TransactionTemplate(manager).executeWithoutResult((status) -> {
		}))).isNull();
		assertThat(catchThrowable(() -> TransactionScope.create(manager).run((tx) -> {
			tx.beforeCommit(() -> {
			});
			assertThat(tx.isRollbackOnly()).isFalse();
		}))).isNull();
	}

	private JpaTransactionManager manager(boolean ours) {
		JpaTransactionManager manager = ours ? new ScopedJpaTransactionManager(this.unit.entityManagers())
				: new JpaTransactionManager(this.unit.entityManagers());
		manager.afterPropertiesSet();
		return manager;
	}

}
