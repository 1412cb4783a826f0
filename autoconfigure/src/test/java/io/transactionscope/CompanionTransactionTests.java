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
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.Resources;
import io.transactionscope.test.Phase;
import io.transactionscope.test.Faults;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.LeakCheck;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * A transaction on a second database as a part of a scope.
 */
class CompanionTransactionTests {

	private final Store orders = new Store();

	private final Store archive = new Store();

	@AfterEach
	void nothingIsLeftBehind() throws SQLException {
		this.orders.close();
		this.archive.close();
	}

	@Test
	void isCommittedAfterTheFirst() {
		List<String> order = new ArrayList<>();
		this.orders.scope.run((tx) -> {
			tx.enter(this.archive.scope);
			this.orders.insert();
			this.archive.insert();
			tx.afterCommit(() -> order
				.add("orders %d, archive %d".formatted(this.orders.rows(), this.archive.rowsSeenFromOutside())));
		});
		assertThat(order).containsExactly("orders 1, archive 0");
		assertThat(this.archive.rows()).isOne();
	}

	@Test
	void isRolledBackWithTheFirst() {
		assertThatIllegalStateException().isThrownBy(() -> this.orders.scope.run((tx) -> {
			tx.enter(this.archive.scope);
			this.orders.insert();
			this.archive.insert();
			throw new IllegalStateException("body");
		})).withMessage("body");
		assertThat(this.orders.rows() + this.archive.rows()).isZero();
	}

	@Test
	void t3WhatIsEnteredInABlockOfItTranslatesTheFailureOfTheFirst() {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> this.orders.scope.run((tx) -> {
			tx.enter(this.archive.scope);
			this.archive.scope.run((inner) -> inner
				.enter(Resources.translating(IllegalStateException.class, UnsupportedOperationException::new)));
			throw failure;
		})).withCause(failure).satisfies((ex) -> assertThat(ex).hasNoSuppressedExceptions());
		assertThat(failure).hasNoSuppressedExceptions();
	}

	@Test
	void isRolledBackWhereTheFirstCannotCommit() {
		this.orders.driver.failAt(Phase.COMMIT, Faults.refused());
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(this::insertIntoBoth)
			.satisfies((ex) -> assertThat(ex.outcome()).isEqualTo(TransactionOutcome.ROLLED_BACK));
		this.orders.driver.heal();
		assertThat(this.orders.rows() + this.archive.rows()).isZero();
	}

	@Test
	void tellsWhatIsCommittedWhereItCannotCommitItself() {
		this.archive.driver.failAt(Phase.COMMIT, Faults.lostLink());
		assertThatExceptionOfType(AfterCommitException.class).isThrownBy(this::insertIntoBoth)
			.withMessageContaining("The data of 'orders' is committed")
			.withCauseInstanceOf(CommitFailedException.class)
			.havingCause()
			.withMessageContaining("Commit of 'archive' is in doubt")
			.asInstanceOf(InstanceOfAssertFactories.type(CommitFailedException.class))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		this.archive.driver.heal();
		assertThat(this.orders.rows()).isOne();
		assertThat(this.archive.rows()).isZero();
	}

	@Test
	void preventsTheFirstCommitWhereItIsDoomed() {
		TransactionTemplate template = new TransactionTemplate(this.archive.manager);
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> this.orders.scope.run((tx) -> {
			tx.enter(this.archive.scope);
			this.orders.insert();
			template.executeWithoutResult((status) -> status.setRollbackOnly());
		})).withMessageContaining("Transaction of 'archive' is rolled back");
		assertThat(this.orders.rows() + this.archive.rows()).isZero();
	}

	@Test
	void isJoinedByScopesAndTransactionalMethodsOfItsDataSource() {
		TransactionTemplate template = new TransactionTemplate(this.archive.manager);
		List<TransactionOutcome> outcomes = new ArrayList<>();
		this.orders.scope.run((tx) -> {
			tx.enter(this.archive.scope);
			template.executeWithoutResult((status) -> this.archive.insert());
			this.archive.scope.run((inner) -> {
				this.archive.insert();
				inner.onCompletion(outcomes::add);
			});
			assertThat(this.archive.rowsSeenFromOutside()).isZero();
			assertThat(outcomes).isEmpty();
		});
		assertThat(this.archive.rows()).isEqualTo(2);
		assertThat(outcomes).containsExactly(TransactionOutcome.COMMITTED);
	}

	@Test
	void isRolledBackWithTheSavepointItWasEnteredIn() {
		this.orders.scope.run((tx) -> {
			this.orders.insert();
			assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
				savepoint.enter(this.archive.scope);
				this.archive.insert();
				throw new IllegalStateException("inner");
			}));
		});
		assertThat(this.orders.rows()).isOne();
		assertThat(this.archive.rows()).isZero();
	}

	@Test
	void t1WhatComesAfterTheSavepointItWasEnteredInIsNoPartOfIt() {
		List<TransactionOutcome> outcomes = new ArrayList<>();
		this.orders.scope.run((tx) -> {
			this.orders.insert();
			assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
				savepoint.enter(this.archive.scope);
				this.archive.insert();
				throw new IllegalStateException("inner");
			}));
			this.archive.scope.run((own) -> {
				this.archive.insert();
				own.onCompletion(outcomes::add);
			});
			assertThat(outcomes).containsExactly(TransactionOutcome.COMMITTED);
			tx.enter(this.archive.scope);
			this.archive.insert();
			assertThat(this.archive.rowsSeenFromOutside()).isOne();
		});
		assertThat(this.orders.rows()).isOne();
		assertThat(this.archive.rows()).isEqualTo(2);
	}

	@Test
	void t3CannotBeRolledBackWithTheSavepointItWasEnteredIn() {
		SQLException failure = this.archive.driver.failAt(Phase.ROLLBACK, Faults.lostLink());
		assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> this.orders.scope.run((tx) -> {
			this.orders.insert();
			assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
				savepoint.enter(this.archive.scope);
				this.archive.insert();
				throw new IllegalStateException("inner");
			}));
			this.archive.driver.heal();
			assertThat(this.archive.rows()).isZero();
		})).satisfies((thrown) -> assertThat(thrown.getCause()).hasCause(failure));
		assertThat(this.orders.rows()).isOne();
	}

	@Test
	void cannotBeOnADataSourceThatHasATransaction() {
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> this.orders.scope.run((tx) -> tx.enter(this.orders.scope)))
			.withMessageContaining("the thread has one on the same data source already");
	}

	@Test
	void cannotBeAScopeOfSomebodyElse() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.orders.scope.run((tx) -> tx.enter(org.mockito.Mockito.mock(TransactionScope.class))))
			.withMessageContaining("'other' must be a scope of this library");
	}

	private void insertIntoBoth() {
		this.orders.scope.named("orders").run((tx) -> {
			tx.enter(this.archive.scope.named("archive"));
			this.orders.insert();
			this.archive.insert();
		});
	}

	private static final class Store {

		private final FaultyDriver driver;

		private final HikariDataSource pool;

		private final ScopedJdbcTransactionManager manager;

		private final TransactionScope scope;

		private final JdbcClient jdbc;

		private final JdbcDataSource outside = new JdbcDataSource();

		private Store() {
			this.outside.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
			JdbcClient.create(this.outside).sql("create table t (id int auto_increment primary key)").update();
			this.driver = new FaultyDriver(this.outside);
			HikariConfig config = new HikariConfig();
			config.setDataSource(this.driver);
			config.setMaximumPoolSize(2);
			this.pool = new HikariDataSource(config);
			this.manager = new ScopedJdbcTransactionManager(this.pool);
			this.scope = TransactionScope.create(this.manager).named("archive");
			this.jdbc = JdbcClient.create(this.pool);
		}

		private void insert() {
			this.jdbc.sql("insert into t default values").update();
		}

		private int rows() {
			return this.jdbc.sql("select count(*) from t").query(Integer.class).single();
		}

		private int rowsSeenFromOutside() {
			return JdbcClient.create(this.outside).sql("select count(*) from t").query(Integer.class).single();
		}

		private void close() throws SQLException {
			new LeakCheck(this.driver, this.pool).verify();
			this.pool.close();
		}

	}

}
