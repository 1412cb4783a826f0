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

package io.transactionscope.autoconfigure.pool;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import javax.management.Attribute;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.pool.tracked.TrackedHikariDataSource;
import io.transactionscope.pool.tracked.TrackedPool;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.Before;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.actuate.autoconfigure.context.properties.ConfigurationPropertiesReportEndpointAutoConfiguration;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.jmx.JmxAutoConfiguration;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.metrics.DataSourcePoolMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.autoconfigure.ConfigurationPropertiesRebinderAutoConfiguration;
import org.springframework.cloud.autoconfigure.RefreshAutoConfiguration;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.properties.ConfigurationPropertiesRebinder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The pool that an application has is the one that it has asked for, with its type, its
 * settings, its meters and its MBean, though a ledger is kept of it.
 */
class DataSourceTypeTests {

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class));

	private final ApplicationContextRunner boot = this.bare
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.datasource.hikari.pool-name=orders",
				"spring.datasource.hikari.maximum-pool-size=3", "spring.datasource.hikari.minimum-idle=1",
				"spring.datasource.hikari.connection-timeout=7000");

	@Test
	void isInjectedByEitherType() {
		this.boot.withBean(Consumer.class).run((context) -> {
			Consumer consumer = context.getBean(Consumer.class);
			assertThat(consumer.hikari).isSameAs(consumer.dataSource)
				.isSameAs(context.getBean("dataSource"))
				.isInstanceOf(TrackedPool.class)
				.returns("orders", HikariDataSource::getPoolName)
				.returns(3, HikariDataSource::getMaximumPoolSize)
				.returns(7000L, HikariDataSource::getConnectionTimeout);
			assertThat(consumer.hikari.unwrap(HikariDataSource.class)).isSameAs(consumer.hikari);
			assertThat(DataSourceUnwrapper.unwrapRoot(consumer.dataSource)).isSameAs(consumer.hikari);
			assertThatItIsWatched(context, consumer.hikari);
		});
	}

	@Test
	void connectsToWhereAServiceIs() {
		this.boot.withBean(JdbcConnectionDetails.class, Service::new).run((context) -> {
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			assertThat(pool.getJdbcUrl()).isEqualTo("jdbc:h2:mem:service");
			assertThatItIsWatched(context, pool);
		});
	}

	@Test
	void othersAreDerivedFromIt() {
		this.boot.run((context) -> {
			DataSourceBuilder<?> builder = DataSourceBuilder.derivedFrom(context.getBean(DataSource.class))
				.username("sa");
			try (HikariDataSource derived = (HikariDataSource) builder.build();
					Connection connection = derived.getConnection()) {
				assertThat(derived.getJdbcUrl()).isEqualTo(context.getBean(HikariDataSource.class).getJdbcUrl());
				assertThat(connection.isValid(1)).isTrue();
			}
			assertThat(builder.type(SimpleDriverDataSource.class).build().getUrl())
				.isEqualTo(context.getBean(HikariDataSource.class).getJdbcUrl());
		});
	}

	@Test
	void isGivenToWhoCallsItsBeanMethod() {
		this.bare.withUserConfiguration(CalledByAnother.class).run((context) -> {
			assertThat(context.getBean(LazyConnectionDataSourceProxy.class).getTargetDataSource())
				.isSameAs(context.getBean(HikariDataSource.class));
			assertThatItIsWatched(context, context.getBean(HikariDataSource.class));
		});
	}

	@Test
	void hasTheMetersOfBoot() {
		this.boot
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					SimpleMetricsExportAutoConfiguration.class, DataSourcePoolMetricsAutoConfiguration.class))
			// Boot looks what a pool can tell before it binds that, so as it has started.
			.withBean(Migration.class)
			.run((context) -> {
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				try (Connection connection = context.getBean(DataSource.class).getConnection()) {
					assertThat(connection.isValid(1)).isTrue();
					assertThat(registry.get("jdbc.connections.active").gauge().value()).isEqualTo(1);
					assertThat(registry.get("jdbc.connections.max").gauge().value()).isEqualTo(3);
					assertThat(registry.get("hikaricp.connections.active").gauge().value()).isEqualTo(1);
				}
			});
	}

	@Test
	void hasItsMBeanByTheNameItHadBefore() {
		this.boot.withConfiguration(AutoConfigurations.of(JmxAutoConfiguration.class))
			.withPropertyValues("spring.jmx.enabled=true", "spring.jmx.unique-names=false")
			.run((context) -> {
				MBeanServer server = context.getBean(MBeanServer.class);
				ObjectName name = new ObjectName("com.zaxxer.hikari:name=dataSource,type=HikariDataSource");
				assertThat(server.getAttribute(name, "PoolName")).isEqualTo("orders");
				server.setAttribute(name, new Attribute("MaximumPoolSize", 7));
				assertThat(ledger(context).snapshot().maximum()).isEqualTo(7);
			});
	}

	@Test
	void isAmongTheConfigurationProperties() {
		this.boot.withConfiguration(AutoConfigurations.of(ConfigurationPropertiesReportEndpointAutoConfiguration.class))
			.withPropertyValues("management.endpoints.jmx.exposure.include=configprops",
					"management.endpoint.configprops.show-values=always", "spring.jmx.enabled=true")
			.run((context) -> {
				new JdbcTemplate(context.getBean(DataSource.class)).execute("select 1");
				Map<String, @Nullable Object> properties = new HashMap<>();
				context.getBean(ConfigurationPropertiesReportEndpoint.class)
					.configurationProperties()
					.getContexts()
					.values()
					.forEach((each) -> each.getBeans()
						.forEach((name, bean) -> properties
							.putAll(name.equals("dataSource") ? bean.getProperties() : Map.of())));
				assertThat(properties).containsEntry("poolName", "orders").containsEntry("maximumPoolSize", 3);
			});
	}

	@Test
	void isLeftAloneByARefreshOfTheConfiguration() {
		this.boot
			.withConfiguration(AutoConfigurations.of(ConfigurationPropertiesRebinderAutoConfiguration.class,
					RefreshAutoConfiguration.class))
			.run((context) -> {
				JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
				jdbc.execute("create table orders (id int)");
				context.publishEvent(new EnvironmentChangeEvent(context, Set.of("greeting")));
				assertThat(context.getBean(ConfigurationPropertiesRebinder.class).getErrors()).isEmpty();
				jdbc.execute("insert into orders values (1)");
				assertThatItIsWatched(context, context.getBean(HikariDataSource.class));
			});
	}

	@Test
	void isTheSamePoolForWhoBorrowedBefore() {
		this.bare.withUserConfiguration(BorrowedBefore.class).run((context) -> {
			BorrowedBefore before = context.getBean(BorrowedBefore.class);
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			assertThat(pool).isInstanceOf(TrackedPool.class).isNotSameAs(before.pool);
			assertThat(pool.getHikariPoolMXBean()).isSameAs(before.pool.getHikariPoolMXBean());
			assertThat(before.early.isValid(1)).isTrue();
			assertThatItIsWatched(context, pool);
			pool.setMaximumPoolSize(9);
			assertThat(before.pool.getMaximumPoolSize()).isEqualTo(9);
			before.early.close();
			assertThat(ledger(context).snapshot()).returns(0, (snapshot) -> snapshot.active())
				.returns(9, (snapshot) -> snapshot.maximum());
		});
	}

	@Test
	void isTheSamePoolForWhoHasKeptIt() {
		this.bare.withUserConfiguration(Kept.class).run((context) -> {
			HikariDataSource kept = context.getBean(Kept.class).pool;
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			PoolLedger ledger = ledger(context);
			assertThatItIsWatched(context, pool);
			try (Connection connection = kept.getConnection()) {
				assertThat(connection.isValid(1)).isTrue();
				assertThat(kept.getHikariPoolMXBean()).isSameAs(pool.getHikariPoolMXBean());
				assertThat(ledger(context).snapshot()).returns(1, (snapshot) -> snapshot.active())
					.returns(1, (snapshot) -> snapshot.unknown());
			}
			kept.close();
			assertThat(pool.isClosed()).isTrue();
			assertThatExceptionOfType(SQLException.class).isThrownBy(pool::getConnection)
				.withMessageContaining("has been closed");
			assertThat(ledger.snapshot().state()).isEqualTo(State.CLOSED);
		});
	}

	@Test
	void isTheSamePoolIfWhoHasKeptItStartsIt() {
		this.bare.withUserConfiguration(Kept.class).run((context) -> {
			HikariDataSource kept = context.getBean(Kept.class).pool;
			kept.getConnection().close();
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			assertThatItIsWatched(context, pool);
			assertThat(kept.getHikariPoolMXBean()).isSameAs(pool.getHikariPoolMXBean());
			pool.close();
			assertThat(kept.isClosed()).isTrue();
			assertThat(kept.getHikariPoolMXBean().getTotalConnections()).isZero();
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { Kept.class, KeptOfOnesOwn.class })
	void sharesTheTransactionsOfWhoHasKeptIt(Class<?> configuration) {
		this.bare.withUserConfiguration(configuration).run((context) -> {
			JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
			jdbc.execute("create table orders (id int)");
			HikariDataSource kept = context.getBean(Keeper.class).pool;
			assertThat(kept).isNotSameAs(jdbc.getDataSource());
			for (DataSource dataSource : List.of(kept, context.getBean(DataSource.class))) {
				for (PlatformTransactionManager manager : List.of(new JdbcTransactionManager(dataSource),
						new ScopedJdbcTransactionManager(dataSource))) {
					new TransactionTemplate(manager).executeWithoutResult((status) -> {
						jdbc.update("insert into orders values (1)");
						new JdbcTemplate(kept).update("insert into orders values (2)");
						TransactionScope.create(new ScopedJdbcTransactionManager(kept))
							.mandatory()
							.run(() -> jdbc.update("insert into orders values (3)"));
						status.setRollbackOnly();
					});
				}
				assertThat(jdbc.queryForObject("select count(*) from orders", Integer.class)).isZero();
			}
		});
	}

	@Test
	void sharesTheTransactionsOfWhoHasKeptTheAspectAroundIt() {
		this.boot.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withBean(Counting.class)
			.withBean(Keeping.class)
			.run((context) -> {
				JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
				jdbc.execute("create table orders (id int)");
				DataSource kept = context.getBean(Keeping.class).dataSource;
				assertThat(kept).isNotSameAs(jdbc.getDataSource());
				new TransactionTemplate(new JdbcTransactionManager(Objects.requireNonNull(kept)))
					.executeWithoutResult((status) -> {
						jdbc.update("insert into orders values (1)");
						status.setRollbackOnly();
					});
				assertThat(jdbc.queryForObject("select count(*) from orders", Integer.class)).isZero();
			});
	}

	@Test
	void tellsWhoHasKeptItFromNoneIfThatOneStartsIt() throws SQLException {
		HikariDataSource kept = pool();
		HikariDataSource pool = (HikariDataSource) TrackedHikariDataSource.inPlaceOf(kept, PoolSettings.defaults());
		assertThat(pool.isRunning()).isFalse();
		assertThat(pool.isWrapperFor(DriverDataSource.class)).isFalse();
		kept.getConnection().close();
		assertThat(pool.isWrapperFor(DriverDataSource.class)).isTrue();
		assertThat(pool.unwrap(DriverDataSource.class)).isSameAs(kept.unwrap(DriverDataSource.class));
		assertThat(pool.isRunning()).isTrue();
		assertThat(pool.getHikariPoolMXBean()).isSameAs(kept.getHikariPoolMXBean());
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void isClosedForWhoHasKeptItAlthoughNobodyElseHasUsedIt(boolean started) throws SQLException {
		HikariDataSource kept = pool();
		HikariDataSource pool = (HikariDataSource) TrackedHikariDataSource.inPlaceOf(kept, PoolSettings.defaults());
		if (started) {
			kept.getConnection().close();
		}
		pool.close();
		assertThat(pool.isClosed()).isTrue();
		assertThat(kept.isClosed()).isTrue();
		assertThat(kept.isRunning()).isFalse();
	}

	@Test
	void evictsWhatItHasLent() {
		this.boot.run((context) -> {
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			try (Connection connection = pool.getConnection()) {
				Connection evicted = connection.unwrap(Connection.class);
				pool.evictConnection(connection);
				await().until(evicted::isClosed);
			}
			assertThat(ledger(context).snapshot().leases()).isEmpty();
			assertThatItIsWatched(context, pool);
		});
	}

	@Test
	void staysOneWhereAnAspectSeesWhoBorrows() {
		Counting counting = new Counting();
		this.boot.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withBean(Counting.class, () -> counting)
			.withBean(Consumer.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				HikariDataSource pool = context.getBean(Consumer.class).hikari;
				assertThat(pool).isSameAs(context.getBean("dataSource"))
					.isInstanceOf(TrackedPool.class)
					.returns(3, HikariDataSource::getMaximumPoolSize);
				MeterRegistry registry = new SimpleMeterRegistry();
				pool.setMetricRegistry(registry);
				assertThatItIsWatched(context, pool);
				assertThat(counting.borrowed).isEqualTo(1);
				assertThat(registry.find("hikaricp.connections").gauge()).isNotNull();
				pool.setMaximumPoolSize(4);
				assertThat(ledger(context).snapshot()).returns(4, (snapshot) -> snapshot.maximum());
				context.close();
				assertThat(pool.isClosed()).isTrue();
				assertThat(pool.isRunning()).isFalse();
			});
	}

	@Test
	void isClosedWithTheContext() {
		this.boot.run((context) -> {
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			assertThatItIsWatched(context, pool);
			context.close();
			assertThat(pool.isClosed()).isTrue();
			assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isZero();
		});
	}

	@Test
	void thatWasNeverUsedIsClosedWithTheContext() {
		this.boot.run((context) -> {
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			context.close();
			assertThat(pool.isClosed()).isTrue();
			assertThatExceptionOfType(SQLException.class).isThrownBy(pool::getConnection)
				.withMessageContaining("has been closed");
		});
	}

	@Test
	void ofAClassOfTheApplicationsOwnStaysOfThatClass() {
		this.bare.withBean("dataSource", Derived.class, Derived::new).run((context) -> {
			Derived pool = context.getBean(Derived.class);
			assertThat(pool).isSameAs(context.getBean(HikariDataSource.class))
				.isSameAs(context.getBean(DataSource.class))
				.isInstanceOf(TrackedPool.class)
				.returns("jdbc:h2:mem:derived", HikariDataSource::getJdbcUrl);
			assertThat(TrackedPools.byBeanName(context.getBeanFactory()))
				.containsOnly(Map.entry("dataSource", (TrackedPool) pool));
			assertThat(TrackedPools.behind(new LazyConnectionDataSourceProxy(pool))).isSameAs(pool);
			assertThat(DataSourceUnwrapper.unwrapRoot(pool)).isInstanceOf(HikariDataSource.class);
			assertThat(DataSourceUnwrapper.unwrap(pool, HikariConfigMXBean.class, HikariDataSource.class)).isNotNull();
			try (Connection connection = pool.getConnection()) {
				assertThat(connection.isReadOnly()).as("what getConnection of the application's does").isTrue();
				assertThat(ledger(context).snapshot().leases()).hasSize(1);
				assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isOne();
			}
			context.close();
			assertThat(pool.isClosed()).isTrue();
		});
	}

	@Test
	void ofAClassOfTheApplicationsOwnEvictsWhatItHasLent() {
		this.bare.withBean("dataSource", Writable.class, Writable::new).run((context) -> {
			HikariDataSource pool = context.getBean(Writable.class);
			try (Connection connection = pool.getConnection()) {
				Connection evicted = connection.unwrap(Connection.class);
				pool.evictConnection(connection);
				await().until(evicted::isClosed);
			}
		});
	}

	@Test
	void ofAClassOfTheApplicationsOwnLetsOthersBeDerivedFromIt() {
		this.bare.withBean("dataSource", Derived.class, Derived::new).run((context) -> {
			HikariDataSource other = (HikariDataSource) DataSourceBuilder.derivedFrom(context.getBean(DataSource.class))
				.build();
			assertThat(other).isExactlyInstanceOf(Derived.class);
			this.bare.withBean("dataSource", DataSource.class, () -> other).run((another) -> {
				JdbcTemplate jdbc = new JdbcTemplate(another.getBean(DataSource.class));
				assertThat(jdbc.queryForObject("select 1", Integer.class)).isOne();
			});
		});
	}

	@Test
	void ofAnAnonymousClassIsOneOfHikariCPs() {
		this.bare.withBean("dataSource", HikariDataSource.class, () -> new HikariDataSource(pool()) {

			@Override
			public String getPassword() {
				return "";
			}

		}).run((context) -> assertThatItIsWatched(context, context.getBean(HikariDataSource.class)));
	}

	@Test
	void ofAFinalClassIsNotReplacedButHasOneInFront() {
		this.bare.withBean("dataSource", DataSource.class, FinallyDerived::new).run((context) -> {
			assertThat(context.getBean("dataSource")).isInstanceOf(TrackedDataSource.class);
			try (Connection connection = context.getBean(DataSource.class).getConnection()) {
				assertThat(connection.isReadOnly()).isTrue();
				assertThat(ledger(context).snapshot().leases()).hasSize(1);
			}
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { FinallyDerived.class, WithFinalMethod.class, WithField.class })
	void ofAClassThatNothingElseCanBeIsLeftWhereItIsAskedForByThat(Class<? extends HikariDataSource> type) {
		this.bare.withBean("dataSource", type).withBean(Consumer.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean("dataSource").getClass()).isSameAs(type);
			assertThat(context.getBean(PoolLedgers.class).all()).isEmpty();
		});
		this.bare.withBean("dataSource", DataSource.class, () -> BeanUtils.instantiateClass(type))
			.run((context) -> assertThat(context.getBean("dataSource")).isInstanceOf(TrackedPool.class));
	}

	@Test
	void ofAClassThatNothingElseCanBeIsLeftToAMethodThatSaysSo() {
		this.bare.withUserConfiguration(Final.class).withBean(Consumer.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(HikariDataSource.class)).isExactlyInstanceOf(FinallyDerived.class);
			assertThat(context.getBean("behind")).isInstanceOf(TrackedDataSource.class);
		});
	}

	@Test
	void ofAFactoryIsTheOneThatTheFactoryCloses() {
		this.bare.withBean("dataSource", Factory.class, () -> new Factory(pool())).run((context) -> {
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			assertThat(pool).isInstanceOf(TrackedHikariDataSource.class);
			assertThatItIsWatched(context, pool);
			context.getBean(Factory.class).pool.close();
			assertThat(pool.isClosed()).isTrue();
		});
	}

	@Test
	void isOneForContextsThatShareIt() {
		try (HikariDataSource shared = pool()) {
			this.bare.withBean("dataSource", Factory.class, () -> new Factory(shared))
				.run((one) -> this.bare.withBean("dataSource", Factory.class, () -> new Factory(shared))
					.run((other) -> {
						HikariDataSource pool = one.getBean(HikariDataSource.class);
						HikariDataSource same = other.getBean(HikariDataSource.class);
						assertThatItIsWatched(one, pool);
						assertThatItIsWatched(other, same);
						assertThat(same).isNotSameAs(pool);
						assertThat(same.getHikariPoolMXBean()).isSameAs(pool.getHikariPoolMXBean());
						other.close();
						assertThatItIsWatched(one, pool);
					}));
			assertThat(shared.isRunning()).isTrue();
		}
	}

	@Test
	void isThatOfTheParentForItsChildren() {
		this.boot.run((parent) -> this.bare.withParent(parent).withBean(Consumer.class).run((child) -> {
			assertThat(child.getBean(Consumer.class).hikari).isSameAs(parent.getBean(HikariDataSource.class));
			assertThatItIsWatched(parent, child.getBean(Consumer.class).hikari);
		}));
	}

	private static void assertThatItIsWatched(ApplicationContext context, HikariDataSource pool) throws SQLException {
		try (Connection connection = pool.getConnection()) {
			assertThat(connection.isValid(1)).isTrue();
			assertThat(ledger(context).snapshot().leases()).hasSize(1);
		}
		assertThat(ledger(context).snapshot().leases()).isEmpty();
	}

	private static PoolLedger ledger(ApplicationContext context) {
		return context.getBean(PoolLedgers.class).all().get(0);
	}

	private static HikariDataSource pool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:typed");
		pool.setMaximumPoolSize(2);
		return pool;
	}

	static class Consumer {

		private final HikariDataSource hikari;

		private final DataSource dataSource;

		Consumer(HikariDataSource hikari, DataSource dataSource) {
			this.hikari = hikari;
			this.dataSource = dataSource;
		}

	}

	static class Service implements JdbcConnectionDetails {

		@Override
		public String getUsername() {
			return "sa";
		}

		@Override
		public String getPassword() {
			return "";
		}

		@Override
		public String getJdbcUrl() {
			return "jdbc:h2:mem:service";
		}

	}

	@Aspect
	static class Counting {

		private int borrowed;

		@Before("execution(* javax.sql.DataSource.getConnection())")
		void count() {
			this.borrowed++;
		}

	}

	static class Migration {

		Migration(DataSource dataSource) {
			new JdbcTemplate(dataSource).execute("select 1");
		}

	}

	@Configuration
	static class CalledByAnother {

		@Bean
		HikariDataSource pool() {
			return DataSourceTypeTests.pool();
		}

		@Bean(defaultCandidate = false)
		LazyConnectionDataSourceProxy lazy() {
			return new LazyConnectionDataSourceProxy(pool());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@SuppressWarnings("NullAway.Init")
	static class BorrowedBefore {

		private HikariDataSource pool;

		private Connection early;

		@Bean
		HikariDataSource dataSource() throws SQLException {
			this.pool = DataSourceTypeTests.pool();
			this.early = this.pool.getConnection();
			return this.pool;
		}

	}

	abstract static class Keeper {

		final HikariDataSource pool;

		Keeper(HikariDataSource pool) {
			this.pool = pool;
		}

		@Bean
		HikariDataSource dataSource() {
			return this.pool;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Kept extends Keeper {

		Kept() {
			super(DataSourceTypeTests.pool());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class KeptOfOnesOwn extends Keeper {

		KeptOfOnesOwn() {
			super(new Writable());
		}

	}

	static class Writable extends HikariDataSource {

		Writable() {
			setJdbcUrl("jdbc:h2:mem:writable");
		}

	}

	static class Keeping implements BeanPostProcessor, Ordered {

		private @Nullable DataSource dataSource;

		@Override
		public int getOrder() {
			return -200;
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			this.dataSource = (bean instanceof DataSource dataSource) ? dataSource : this.dataSource;
			return bean;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Final {

		@Bean
		HikariDataSource dataSource() {
			return new FinallyDerived();
		}

		@Bean(defaultCandidate = false)
		DataSource behind() {
			return new FinallyDerived();
		}

	}

	static final class FinallyDerived extends Derived {

	}

	static class WithFinalMethod extends Derived {

		private final String tenant = "tenant";

		final String tenant() {
			return this.tenant;
		}

	}

	static class WithField extends Derived {

		final String tenant = "tenant";

	}

	static class Derived extends HikariDataSource {

		Derived() {
			setJdbcUrl("jdbc:h2:mem:derived");
		}

		@Override
		public Connection getConnection() throws SQLException {
			Connection connection = super.getConnection();
			connection.setReadOnly(true);
			return connection;
		}

	}

	static class Factory implements FactoryBean<HikariDataSource> {

		private final HikariDataSource pool;

		Factory(HikariDataSource pool) {
			this.pool = pool;
		}

		@Override
		public HikariDataSource getObject() {
			return this.pool;
		}

		@Override
		public Class<?> getObjectType() {
			return HikariDataSource.class;
		}

	}

}
