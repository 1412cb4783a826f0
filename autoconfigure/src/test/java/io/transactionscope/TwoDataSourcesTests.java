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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.test.Phase;
import io.transactionscope.test.Faults;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.LeakCheck;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.persistence.EntityManagerFactory;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * T11: what holds of one data source is never concluded from another.
 */
@DisplayName("T11, two data sources")
class TwoDataSourcesTests {

	private final List<AutoCloseable> closing = new ArrayList<>();

	@AfterEach
	void nothingIsLeftBehind() throws Exception {
		try {
			for (AutoCloseable each : this.closing) {
				each.close();
			}
		}
		finally {
			LeakCheck.clearThread();
		}
	}

	static Stream<Arguments> managers() {
		return Stream.of(Kind.values())
			.flatMap((a) -> Stream.of(Kind.values()).filter((b) -> isChosen(a, b)).map((b) -> Arguments.of(a, b)));
	}

	/** Few with JPA, which takes its time to start. */
	private static boolean isChosen(Kind a, Kind b) {
		return (!a.isJpa() && !b.isJpa()) || a == Kind.SCOPED || b == Kind.SCOPED;
	}

	static Stream<Arguments> pairs() {
		return Stream.of(Kind.values())
			.flatMap((a) -> Stream.of(Kind.values())
				.filter((b) -> isChosen(a, b))
				.flatMap((b) -> Stream.of(Way.values())
					.filter((way) -> way == Way.RUN || b == Kind.SCOPED || (a == Kind.SCOPED && !b.isJpa()))
					.map((way) -> Arguments.of(a, b, way))));
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void t11RollsBackItsOwnWhenTheThreadHasReadOutsideOfATransaction(Kind kindA, Kind kindB, Way way) {
		Store a = store(kindA);
		Store b = store(kindB);
		a.template().executeWithoutResult((status) -> {
			a.insert();
			assertThat(b.rows()).isZero();
			assertThatIllegalStateException().isThrownBy(() -> way.run(b, () -> {
				b.insert();
				throw new IllegalStateException("body");
			})).withMessage("body");
			way.run(b, b::insert);
			assertThat(b.rowsSeenFromOutside()).isOne();
			assertThat(b.rows()).isOne();
		});
		assertThat(a.rows()).isOne();
		assertThat(b.rows()).isOne();
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void t11RollsBackItsOwnInsideABlockOfTheOther(Kind kindA, Kind kindB, Way way) {
		Store a = store(kindA);
		Store b = store(kindB);
		a.scope.run((tx) -> {
			a.insert();
			assertThat(b.rows()).isZero();
			assertThatIllegalStateException().isThrownBy(() -> way.run(b, () -> {
				b.insert();
				throw new IllegalStateException("body");
			})).withMessage("body");
			way.run(b, b::insert);
			assertThat(b.rowsSeenFromOutside()).isOne();
		});
		assertThat(a.rows()).isOne();
		assertThat(b.rows()).isOne();
	}

	@ParameterizedTest
	@MethodSource("managers")
	void t11CommitsItsOwnWhereTheOtherRollsBack(Kind kindA, Kind kindB) {
		Store a = store(kindA);
		Store b = store(kindB);
		a.template().executeWithoutResult((status) -> {
			a.insert();
			b.rows();
			b.scope.run((tx) -> b.insert());
			b.template().executeWithoutResult((inner) -> b.insert());
			status.setRollbackOnly();
		});
		assertThat(a.rows()).isZero();
		assertThat(b.rows()).isEqualTo(2);
	}

	@ParameterizedTest
	@MethodSource("managers")
	void t11FollowsUpAsSoonAsItsOwnHasEnded(Kind kindA, Kind kindB) {
		Store a = store(kindA);
		Store b = store(kindB);
		List<String> order = new ArrayList<>();
		a.template().executeWithoutResult((status) -> {
			b.rows();
			b.scope.run((tx) -> {
				b.insert();
				tx.afterCommit(() -> order.add("b: " + b.rowsSeenFromOutside()));
			});
			order.add("a");
		});
		assertThat(order).containsExactly("b: 1", "a");
	}

	@ParameterizedTest
	@MethodSource("managers")
	void t11EveryPropagationAsksItsOwn(Kind kindA, Kind kindB) {
		Store a = store(kindA);
		Store b = store(kindB);
		a.template().executeWithoutResult((status) -> {
			b.rows();
			b.scope.nested().run((tx) -> b.insert());
			b.scope.outermost().run((tx) -> b.insert());
			b.scope.requiresNew().run((tx) -> b.insert());
			assertThat(b.rowsSeenFromOutside()).isEqualTo(3);
			assertThatNoException().isThrownBy(() -> b.scope.never().run((tx) -> b.rows()));
			b.scope.withoutTransaction().run((tx) -> b.insert());
			assertThat(b.rowsSeenFromOutside()).isEqualTo(4);
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> b.scope.mandatory().run((tx) -> b.insert()));
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> a.scope.never().run((tx) -> a.insert()));
			a.scope.mandatory().run((tx) -> a.insert());
			status.setRollbackOnly();
		});
		assertThat(a.rows()).isZero();
		assertThat(b.rows()).isEqualTo(4);
	}

	@ParameterizedTest
	@EnumSource(Way.class)
	void t11JoinsItsOwnThroughTheOther(Way way) {
		Store a = store(Kind.SCOPED);
		Store b = store(Kind.SCOPED);
		assertThatIllegalStateException().isThrownBy(() -> way.run(b, () -> {
			b.insert();
			way.run(a, () -> {
				a.insert();
				way.run(b, b::insert);
			});
			assertThat(b.rowsSeenFromOutside()).isZero();
			assertThat(a.rowsSeenFromOutside()).isOne();
			throw new IllegalStateException("body");
		})).withMessage("body");
		assertThat(a.rows()).isOne();
		assertThat(b.rows()).isZero();
	}

	@ParameterizedTest
	@MethodSource("managers")
	void t11PutsTheConnectionBackThatWasReadWith(Kind kindA, Kind kindB) {
		Store a = store(kindA);
		Store b = store(kindB);
		a.template().executeWithoutResult((status) -> {
			b.rows();
			Object holder = TransactionSynchronizationManager.getResource(b.pool);
			b.scope.run((tx) -> b.insert());
			assertThat(TransactionSynchronizationManager.getResource(b.pool)).isSameAs(holder);
			b.template().executeWithoutResult((inner) -> b.insert());
			assertThat(TransactionSynchronizationManager.getResource(b.pool)).isSameAs(holder);
		});
	}

	@ParameterizedTest
	@EnumSource(value = Kind.class, names = { "SCOPED", "JDBC", "DATA_SOURCE" })
	void t11PutsTheConnectionBackWhereItCannotBegin(Kind kindB) {
		Store a = store(Kind.SCOPED);
		Store b = store(kindB);
		a.template().executeWithoutResult((status) -> {
			a.insert();
			b.rows();
			Object holder = TransactionSynchronizationManager.getResource(b.pool);
			b.driver.failAt(Phase.BEGIN, Faults.lostLink());
			assertThatExceptionOfType(CannotCreateTransactionException.class)
				.isThrownBy(() -> b.scope.run((tx) -> b.insert()));
			assertThatExceptionOfType(CannotCreateTransactionException.class)
				.isThrownBy(() -> b.template().executeWithoutResult((inner) -> b.insert()));
			b.driver.heal();
			assertThat(TransactionSynchronizationManager.getResource(b.pool)).isSameAs(holder);
		});
		assertThat(a.rows()).isOne();
		assertThat(b.rows()).isZero();
	}

	@ParameterizedTest
	@EnumSource(value = Kind.class, names = { "SCOPED", "JDBC", "DATA_SOURCE" })
	void t11APartOfAScopeBeginsWhereTheThreadHasReadOutsideOfATransaction(Kind kindB) {
		Store a = store(Kind.SCOPED);
		Store b = store(kindB);
		a.scope.run((tx) -> {
			a.insert();
			b.rows();
			tx.enter(b.scope);
			b.insert();
			b.scope.run((inner) -> b.insert());
			assertThat(b.rowsSeenFromOutside()).isZero();
		});
		assertThat(b.rows()).isEqualTo(2);
		assertThatIllegalStateException().isThrownBy(() -> a.scope.run((tx) -> {
			b.rows();
			tx.enter(b.scope);
			b.insert();
			throw new IllegalStateException("body");
		})).withMessage("body");
		assertThat(a.rows()).isOne();
		assertThat(b.rows()).isEqualTo(2);
	}

	@Test
	void t11APartOfAScopeDoesNotBeginBesideAConnectionInUse() {
		Store a = store(Kind.SCOPED);
		Store b = store(Kind.SCOPED);
		b.scope.run((tx) -> b.insert());
		a.scope.run((tx) -> {
			try (Stream<Integer> reading = JdbcClient.create(b.pool)
				.sql("select id from t")
				.query(Integer.class)
				.stream()) {
				assertThatExceptionOfType(IllegalTransactionStateException.class).isThrownBy(() -> tx.enter(b.scope))
					.withMessageContaining("still in use");
				assertThat(reading).hasSize(1);
			}
			tx.enter(b.scope);
			b.insert();
		});
		assertThat(b.rows()).isEqualTo(2);
	}

	@ParameterizedTest
	@EnumSource(Kind.class)
	void t5BeforeCommitIsNotForATransactionThatCanOnlyBeRolledBack(Kind kind) {
		Store store = store(kind);
		for (int synchronization : List.of(AbstractPlatformTransactionManager.SYNCHRONIZATION_ALWAYS,
				AbstractPlatformTransactionManager.SYNCHRONIZATION_NEVER)) {
			List<String> called = new ArrayList<>();
			AbstractPlatformTransactionManager outer = store.another();
			outer.setTransactionSynchronization(synchronization);
			assertThatException().isThrownBy(() -> new TransactionTemplate(outer).executeWithoutResult((status) -> {
				store.insert();
				store.template().executeWithoutResult((inner) -> inner.setRollbackOnly());
				store.scope.run((tx) -> tx.beforeCommit(() -> called.add("before commit")));
			}));
			assertThat(called).isEmpty();
			assertThat(store.rows()).isZero();
		}
	}

	@ParameterizedTest
	@EnumSource(value = Kind.class, names = { "SCOPED", "JDBC", "DATA_SOURCE" })
	void t10JoinsATransactionThatDoesNotSynchronize(Kind kind) {
		Store store = store(kind);
		List<TransactionOutcome> outcomes = new ArrayList<>();
		List<String> committed = new ArrayList<>();
		DataSourceTransactionManager silent = new DataSourceTransactionManager(store.pool);
		silent.setTransactionSynchronization(AbstractPlatformTransactionManager.SYNCHRONIZATION_NEVER);
		new TransactionTemplate(silent).executeWithoutResult((status) -> {
			store.insert();
			store.scope.run((tx) -> {
				store.insert();
				tx.onCompletion(outcomes::add);
				tx.afterCommit(() -> committed.add("committed"));
			});
			store.template().executeWithoutResult((inner) -> store.insert());
			TransactionTemplate nested = store.template();
			nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
			nested.executeWithoutResult((inner) -> {
				store.insert();
				inner.setRollbackOnly();
			});
			assertThat(store.rows()).isEqualTo(3);
			assertThat(store.rowsSeenFromOutside()).isZero();
			status.setRollbackOnly();
		});
		assertThat(store.rows()).isZero();
		assertThat(committed).isEmpty();
		assertThat(outcomes).containsExactly(TransactionOutcome.UNKNOWN);
	}

	@ParameterizedTest
	@EnumSource(value = Kind.class, names = { "SCOPED", "JDBC", "DATA_SOURCE" })
	void t11BeginsOnTheConnectionThatSomebodyHasBound(Kind kind) throws SQLException {
		Store store = store(kind);
		try (Connection connection = store.pool.getConnection()) {
			ConnectionHolder holder = new ConnectionHolder(connection);
			TransactionSynchronizationManager.bindResource(store.pool, holder);
			store.scope.run((tx) -> store.insert());
			store.template().executeWithoutResult((status) -> store.insert());
			assertThatIllegalStateException().isThrownBy(() -> store.scope.run((tx) -> {
				store.insert();
				assertThat(DataSourceUtils.getConnection(store.pool)).isSameAs(connection);
				DataSourceUtils.releaseConnection(connection, store.pool);
				throw new IllegalStateException("body");
			}));
			store.template().executeWithoutResult((status) -> {
				store.insert();
				status.setRollbackOnly();
			});
			assertThat(TransactionSynchronizationManager.getResource(store.pool)).isSameAs(holder);
			assertThat(connection.getAutoCommit()).isTrue();
			assertThat(store.rows()).isEqualTo(2);
			TransactionSynchronizationManager.unbindResource(store.pool);
		}
	}

	@ParameterizedTest
	@EnumSource(value = Kind.class, names = { "SCOPED", "JDBC", "DATA_SOURCE" })
	void cannotBeginWhereTheRouteIsUnknown(Kind kind) {
		AbstractRoutingDataSource routing = new AbstractRoutingDataSource() {
			@Override
			protected @Nullable Object determineCurrentLookupKey() {
				return null;
			}
		};
		routing.setTargetDataSources(Map.of());
		routing.afterPropertiesSet();
		PlatformTransactionManager manager = kind.manager(routing);
		List<String> heard = new ArrayList<>();
		((ConfigurableTransactionManager) manager).addListener(new TransactionExecutionListener() {
			@Override
			public void afterBegin(TransactionExecution transaction, @Nullable Throwable failure) {
				heard.add((failure != null) ? failure.getClass().getSimpleName() : "begun");
			}
		});
		assertThatExceptionOfType(CannotCreateTransactionException.class)
			.isThrownBy(() -> TransactionScope.create(manager).run(() -> {
			}))
			.withCauseInstanceOf(IllegalStateException.class);
		assertThatExceptionOfType(CannotCreateTransactionException.class)
			.isThrownBy(() -> new TransactionTemplate(manager).executeWithoutResult((status) -> {
			}))
			.withCauseInstanceOf(IllegalStateException.class);
		assertThat(heard).containsExactly("CannotCreateTransactionException", "CannotCreateTransactionException");
		LeakCheck.verifyThread();
	}

	private Store store(Kind kind) {
		Store store = new Store(kind);
		this.closing.add(store);
		return store;
	}

	/**
	 * Which transaction manager.
	 */
	enum Kind {

		SCOPED, JDBC, DATA_SOURCE, SCOPED_JPA, JPA;

		boolean isJpa() {
			return this == SCOPED_JPA || this == JPA;
		}

		PlatformTransactionManager manager(DataSource dataSource) {
			return switch (this) {
				case SCOPED -> new ScopedJdbcTransactionManager(dataSource);
				case JDBC -> new JdbcTransactionManager(dataSource);
				case DATA_SOURCE -> new DataSourceTransactionManager(dataSource);
				case SCOPED_JPA, JPA -> throw new IllegalArgumentException("not on a data source");
			};
		}

		PlatformTransactionManager manager(EntityManagerFactory factory) {
			JpaTransactionManager manager = (this == SCOPED_JPA) ? new ScopedJpaTransactionManager(factory)
					: new JpaTransactionManager(factory);
			manager.afterPropertiesSet();
			return manager;
		}

	}

	/**
	 * How a transaction on the second data source is written.
	 */
	enum Way {

		RUN {
			@Override
			void run(Store store, Runnable body) {
				store.scope.run(body::run);
			}
		},

		OPEN {
			@Override
			void run(Store store, Runnable body) {
				try (OpenScope tx = store.scope.open()) {
					body.run();
					tx.complete();
				}
			}
		},

		TEMPLATE {
			@Override
			void run(Store store, Runnable body) {
				store.template().executeWithoutResult((status) -> body.run());
			}
		};

		abstract void run(Store store, Runnable body);

	}

	private static final class Store implements AutoCloseable {

		private final FaultyDriver driver;

		private final HikariDataSource pool;

		private final PlatformTransactionManager manager;

		private final TransactionScope scope;

		private final JdbcClient jdbc;

		private final JdbcDataSource outside = new JdbcDataSource();

		private final @Nullable LocalContainerEntityManagerFactoryBean factory;

		private Store(Kind kind) {
			this.outside.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
			JdbcClient.create(this.outside).sql("create table t (id int auto_increment primary key)").update();
			this.driver = new FaultyDriver(this.outside);
			HikariConfig config = new HikariConfig();
			config.setDataSource(this.driver);
			config.setMaximumPoolSize(3);
			this.pool = new HikariDataSource(config);
			this.factory = kind.isJpa() ? factory(this.pool) : null;
			this.manager = (this.factory == null) ? kind.manager(this.pool)
					: kind.manager(Objects.requireNonNull(this.factory.getObject()));
			this.scope = TransactionScope.create(this.manager);
			this.jdbc = JdbcClient.create(this.pool);
		}

		private static LocalContainerEntityManagerFactoryBean factory(DataSource dataSource) {
			LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
			factory.setDataSource(dataSource);
			factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
			factory.setPackagesToScan("io.transactionscope.contract");
			factory.afterPropertiesSet();
			return factory;
		}

		/** Another transaction manager for the same transactions, one of Spring's own. */
		private AbstractPlatformTransactionManager another() {
			return (this.factory == null) ? new DataSourceTransactionManager(this.pool)
					: new JpaTransactionManager(Objects.requireNonNull(this.factory.getObject()));
		}

		private TransactionTemplate template() {
			return new TransactionTemplate(this.manager);
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

		@Override
		public void close() throws SQLException {
			if (this.factory != null) {
				this.factory.destroy();
			}
			try {
				new LeakCheck(this.driver, this.pool).verify();
			}
			finally {
				this.pool.close();
			}
		}

	}

}
