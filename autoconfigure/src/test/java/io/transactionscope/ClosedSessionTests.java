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
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Hibernate whose sessions are closed while they are in a transaction, as by the end of
 * the application.
 */
class ClosedSessionTests {

	private final HikariDataSource pool = pool();

	private final TrackedDataSource dataSource = new TrackedDataSource(this.pool);

	private final EmptyPersistenceUnit unit = new EmptyPersistenceUnit(this.dataSource);

	private final JdbcClient jdbc = JdbcClient.create(this.dataSource);

	private final List<Object> log = new ArrayList<>();

	ClosedSessionTests() {
		this.jdbc.sql("create table t (id int)").update();
	}

	private static HikariDataSource pool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		// Spring closes no session of a factory that is closed, so that one stays lent.
		pool.setMaximumPoolSize(2);
		return pool;
	}

	@AfterEach
	void close() {
		this.unit.close();
		this.dataSource.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@DisplayName("T1, T2: a block whose session is closed in its body commits, as it does with Spring alone")
	void t2BlockThatClosesItsSessionCommits(boolean ours) {
		TransactionScope.create(manager(ours)).run((tx) -> {
			tx.onCompletion(this.log::add);
			insert();
			this.unit.close();
		});
		assertThat(this.log).containsExactly(TransactionOutcome.COMMITTED);
		assertThat(rows()).isOne();
		assertNothingIsLeft();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@DisplayName("T1, T2: and rolls back if its body fails")
	void t2BlockThatClosesItsSessionRollsBack(boolean ours) {
		IOException failure = new IOException("the body's");
		assertThat(catchThrowable(() -> TransactionScope.create(manager(ours)).run((tx) -> {
			tx.onCompletion(this.log::add);
			insert();
			this.unit.close();
			throw failure;
		}))).isSameAs(failure);
		assertThat(this.log).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(rows()).isZero();
		assertNothingIsLeft();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@DisplayName("T1, T2: and so does a plain transaction")
	void t2PlainTransactionThatClosesItsSessionCommits(boolean ours) {
		new TransactionTemplate(manager(ours)).executeWithoutResult((status) -> {
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCompletion(int status) {
					ClosedSessionTests.this.log.add(status);
				}

			});
			insert();
			this.unit.close();
		});
		assertThat(this.log).containsExactly(TransactionSynchronization.STATUS_COMMITTED);
		assertThat(rows()).isOne();
		assertNothingIsLeft();
	}

	private void insert() {
		this.jdbc.sql("insert into t values (1)").update();
	}

	private int rows() {
		return this.jdbc.sql("select count(*) from t").query(Integer.class).single();
	}

	private void assertNothingIsLeft() {
		assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
		assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isFalse();
	}

	private JpaTransactionManager manager(boolean ours) {
		JpaTransactionManager manager = ours ? new ScopedJpaTransactionManager(this.unit.entityManagers())
				: new JpaTransactionManager(this.unit.entityManagers());
		manager.afterPropertiesSet();
		return manager;
	}

}
