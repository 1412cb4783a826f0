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
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import com.baomidou.dynamic.datasource.DynamicRoutingDataSource;
import com.baomidou.dynamic.datasource.ds.ItemDataSource;
import com.baomidou.dynamic.datasource.enums.SeataMode;
import com.baomidou.dynamic.datasource.toolkit.DynamicDataSourceContextHolder;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.Before;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.PriorityOrdered;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.util.Assert;

import static io.transactionscope.test.RoutedPools.pool;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Pools that are no beans, but what beans lead to, have ledgers, too; and those that have
 * none are named at the start.
 */
@ExtendWith(OutputCaptureExtension.class)
class PoolInventoryTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class));

	@Test
	void poolBehindAProxyHasALedger(CapturedOutput output) {
		this.runner.withUserConfiguration(BehindProxy.class).run((context) -> {
			assertThat(context).hasNotFailed();
			PoolLedger ledger = context.getBean(PoolLedgers.class).find("hidden").orElseThrow();
			try (Connection connection = context.getBean(DataSource.class).getConnection()) {
				assertThat(ledger.snapshot().leases()).as("fetched lazily").isEmpty();
				connection.prepareStatement("select 1").close();
				assertThat(ledger.snapshot().leases()).hasSize(1);
			}
			assertThat(line(output))
				.endsWith("Pools with a ledger: 'dataSource' (hidden). Data sources without one: none.");
			context.close();
			assertThat(ledger.hikari().isClosed()).as("whoever has made it closes it").isFalse();
			ledger.hikari().close();
		});
	}

	@Test
	void poolForReadOnlyTransactionsHasALedgerOfItsOwn(CapturedOutput output) {
		LazyConnectionDataSourceProxy proxy = new LazyConnectionDataSourceProxy(pool("writer"));
		proxy.setReadOnlyDataSource(pool("reader"));
		this.runner.withBean("dataSource", DataSource.class, () -> proxy).run((context) -> {
			try (Connection connection = context.getBean(DataSource.class).getConnection()) {
				connection.setReadOnly(true);
				connection.prepareStatement("select 1").close();
				assertThat(context.getBean(PoolLedgers.class).find("reader").orElseThrow().snapshot().leases())
					.hasSize(1);
			}
			assertThat(line(output)).contains("'dataSource' (writer)", "'dataSource' (reader)");
		});
	}

	@Test
	void whatAFactoryWouldRefuseToMakeIsNotAskedFor(CapturedOutput output) {
		this.runner.withBean("reporting", Refusing.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(line(output)).contains("'reporting' (it has not been made yet)");
		});
	}

	@Test
	void poolsThatAreRoutedToHaveOneEach(CapturedOutput output) {
		this.runner.withUserConfiguration(Routed.class).run((context) -> {
			Router router = context.getBean(Router.class);
			for (String name : new String[] { "writer", "replica", "fallback" }) {
				router.destination = name;
				PoolLedger ledger = context.getBean(PoolLedgers.class).find(name).orElseThrow();
				try (Connection connection = router.getConnection()) {
					assertThat(connection.getMetaData().getURL()).isEqualTo("jdbc:h2:mem:" + name);
					assertThat(ledger.snapshot().leases()).hasSize(1);
				}
				assertThat(ledger.snapshot().leases()).isEmpty();
			}
			assertThat(line(output)).contains("'router' (writer)", "'router' (replica)", "'router' (fallback)")
				.endsWith(". Data sources without one: none.");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void poolsThatAreRoutedToHaveOneAlsoWithAnAspectAroundTheRouter(boolean classes, CapturedOutput output) {
		this.runner.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withPropertyValues("spring.aop.proxy-target-class=" + classes)
			.withBean(Around.class)
			.withUserConfiguration(Routed.class)
			.run((context) -> {
				PoolLedger ledger = context.getBean(PoolLedgers.class).find("fallback").orElseThrow();
				assertThat(AopUtils.isAopProxy(context.getBean("router"))).isTrue();
				try (Connection connection = context.getBean(DataSource.class).getConnection()) {
					assertThat(connection.getMetaData().getURL()).isEqualTo("jdbc:h2:mem:fallback");
					assertThat(ledger.snapshot().leases()).hasSize(1);
				}
				assertThat(line(output)).contains("'router' (writer)", "'router' (replica)", "'router' (fallback)")
					.endsWith(". Data sources without one: none.");
			});
	}

	@Test
	void routesByKeysThatAreNotToBeResolvedTwice() {
		this.runner.withUserConfiguration(RoutedByNumbers.class).run((context) -> {
			assertThat(context).hasNotFailed();
			PoolLedger ledger = context.getBean(PoolLedgers.class).find("second").orElseThrow();
			try (Connection connection = context.getBean(DataSource.class).getConnection()) {
				assertThat(connection.getMetaData().getURL()).isEqualTo("jdbc:h2:mem:second");
				assertThat(ledger.snapshot().leases()).hasSize(1);
			}
		});
	}

	@Test
	void poolsThatDynamicDatasourceRoutesToHaveOneEach(CapturedOutput output) {
		HikariDataSource replica = pool("replica_1");
		this.runner.withBean("router", DynamicRoutingDataSource.class, () -> dynamic(pool("master"), replica))
			.run((context) -> {
				DynamicRoutingDataSource router = context.getBean(DynamicRoutingDataSource.class);
				for (String name : new String[] { "master", "replica_1" }) {
					PoolLedger ledger = context.getBean(PoolLedgers.class).find(name).orElseThrow();
					DynamicDataSourceContextHolder.push(name.replace("_1", ""));
					try (Connection connection = router.getConnection()) {
						assertThat(connection.getMetaData().getURL()).isEqualTo("jdbc:h2:mem:" + name);
						assertThat(ledger.snapshot().leases()).hasSize(1);
					}
					finally {
						DynamicDataSourceContextHolder.clear();
					}
				}
				assertThat(line(output)).contains("'router' (master)", "'router' (replica_1)")
					.endsWith(". Data sources without one: none.");
				router.removeDataSource("replica_1");
				assertThat(replica.isClosed()).isTrue();
			});
	}

	private static DynamicRoutingDataSource dynamic(HikariDataSource master, HikariDataSource replica) {
		ItemDataSource item = new ItemDataSource("replica_1", replica, replica, false, false, SeataMode.AT);
		return new DynamicRoutingDataSource(List.of(() -> Map.of("master", master, "replica_1", item)));
	}

	@Test
	void poolsThatAreMadeLateHaveLedgersFromThenOn(CapturedOutput output) {
		this.runner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.withUserConfiguration(BehindProxy.class)
			.run((context) -> {
				assertThat(line(output)).endsWith(
						"Pools with a ledger: none. Data sources without one: 'dataSource' (it has not been made yet).");
				try (Connection connection = context.getBean(DataSource.class).getConnection()) {
					connection.prepareStatement("select 1").close();
					PoolLedger ledger = context.getBean(PoolLedgers.class).find("hidden").orElseThrow();
					assertThat(ledger.snapshot().leases()).hasSize(1);
				}
			});
	}

	@Test
	void whatHasNoneIsNamedWithTheReason(CapturedOutput output) {
		this.runner.withUserConfiguration(WithoutLedger.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(line(output)).contains("Pools with a ledger: 'watched' (watched).")
				.contains("'scoped' (it has a scope of its own)", "'proxied' (it has a scope of its own)")
				.contains("'late' (it has not been made yet)")
				.contains("'early' (it was made before there were ledgers, for a bean that is needed early)")
				.contains("'wrapper' (" + Wrapper.class.getName()
						+ " leads to a pool of HikariCP's and is no DelegatingDataSource)")
				.contains("'none' (" + SimpleDriverDataSource.class.getName() + " is no pool of HikariCP's)");
			assertThat(line(output)).doesNotContain("scopedTarget");
			assertThat(context.getBeanFactory().containsSingleton("late")).isFalse();
		});
	}

	@Test
	void whatDecidesByItselfWhereItLeadsIsNeitherAskedNorTold(CapturedOutput output) {
		this.runner.withUserConfiguration(LeftToThemselves.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(line(output)).contains("Pools with a ledger: none.")
				.contains("'choosing' (%s decides by itself where it leads)".formatted(Choosing.class.getName()),
						"'lazily' (%s decides by itself where it leads)".formatted(Choosing.class.getName()),
						"'settled' (%s decides by itself where it leads)".formatted(Settled.class.getName()));
			assertThat(TrackedPools.byBeanName(context.getBeanFactory())).isEmpty();
			new JdbcTemplate(context.getBean("settled", DataSource.class)).execute("select 1");
		});
	}

	@Test
	void poolsThatNothingElseCanBeHaveNone(CapturedOutput output) {
		this.runner.withBean("dataSource", Final.class, Final::new)
			.run((context) -> assertThat(line(output)).contains("Pools with a ledger: none.")
				.contains("'dataSource' (nothing else can be a " + Final.class.getName()));
		this.runner.withBean("behind", DataSource.class, Final::new)
			.run((context) -> assertThat(line(output)).contains("Pools with a ledger: 'behind'"));
	}

	@Test
	void nothingIsSaidWithoutDataSources(CapturedOutput output) {
		this.runner.run((context) -> assertThat(output).doesNotContain("Pools with a ledger"));
	}

	private static String line(CapturedOutput output) {
		return output.getOut()
			.lines()
			.filter((line) -> line.contains("Pools with a ledger"))
			.reduce((one, other) -> one + "\n" + other)
			.orElseThrow();
	}

	@Configuration(proxyBeanMethods = false)
	static class BehindProxy {

		@Bean
		DataSource dataSource() {
			return new LazyConnectionDataSourceProxy(pool("hidden"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Routed {

		@Bean
		Router router() {
			Router router = new Router();
			router.setTargetDataSources(
					Map.of("writer", pool("writer"), "replica", new LazyConnectionDataSourceProxy(pool("replica"))));
			router.setDefaultTargetDataSource(pool("fallback"));
			return router;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RoutedByNumbers {

		@Bean
		DataSource router() {
			AbstractRoutingDataSource router = new AbstractRoutingDataSource() {

				@Override
				protected Object resolveSpecifiedLookupKey(Object key) {
					return Integer.valueOf((String) key);
				}

				@Override
				protected Object determineCurrentLookupKey() {
					return 2;
				}

			};
			router.setTargetDataSources(Map.of("1", pool("first"), "2", pool("second")));
			return router;
		}

	}

	static class Router extends AbstractRoutingDataSource {

		private String destination = "";

		@Override
		protected Object determineCurrentLookupKey() {
			return this.destination;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WithoutLedger {

		@Bean
		HikariDataSource watched() {
			return pool("watched");
		}

		@Bean
		@Scope("prototype")
		HikariDataSource scoped() {
			return pool("scoped");
		}

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		HikariDataSource proxied() {
			return pool("proxied");
		}

		@Bean
		@Lazy
		HikariDataSource late() {
			return pool("late");
		}

		@Bean
		static HikariDataSource early() {
			return pool("early");
		}

		@Bean
		static NeededEarly neededEarly(HikariDataSource early) {
			return new NeededEarly(early);
		}

		@Bean
		DataSource wrapper() {
			return new Wrapper(pool("wrapped"));
		}

		@Bean
		DataSource none() {
			return new SimpleDriverDataSource();
		}

	}

	@Aspect
	static class Around {

		@Before("execution(* javax.sql.DataSource.getConnection())")
		void borrowing() {
		}

	}

	static class Refusing implements FactoryBean<DataSource> {

		@Override
		public DataSource getObject() {
			throw new IllegalStateException("Nobody has configured it");
		}

		@Override
		public Class<?> getObjectType() {
			return DataSource.class;
		}

	}

	static class NeededEarly implements BeanPostProcessor, PriorityOrdered {

		private final HikariDataSource pool;

		NeededEarly(HikariDataSource pool) {
			this.pool = pool;
		}

		@Override
		public int getOrder() {
			return this.pool.getMaximumPoolSize();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LeftToThemselves {

		@Bean
		DataSource choosing() {
			return new Choosing();
		}

		@Bean
		DataSource lazily() {
			LazyConnectionDataSourceProxy lazily = new LazyConnectionDataSourceProxy();
			lazily.setDefaultAutoCommit(true);
			lazily.setDefaultTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
			lazily.setTargetDataSource(new Choosing());
			return lazily;
		}

		@Bean
		DataSource settled() {
			return new Settled(pool("settled"));
		}

	}

	static class Choosing extends DelegatingDataSource {

		@Override
		public DataSource getTargetDataSource() {
			throw new IllegalStateException("There is no tenant");
		}

		@Override
		public void afterPropertiesSet() {
		}

	}

	static class Settled extends DelegatingDataSource {

		Settled(DataSource target) {
			super(target);
		}

		@Override
		public void setTargetDataSource(@Nullable DataSource target) {
			Assert.state(getTargetDataSource() == null, "It leads where it leads");
			super.setTargetDataSource(target);
		}

	}

	static final class Final extends HikariDataSource {

		Final() {
			setJdbcUrl("jdbc:h2:mem:final");
		}

	}

	static class Wrapper extends AbstractDataSource {

		private final DataSource target;

		Wrapper(DataSource target) {
			this.target = target;
		}

		@Override
		public Connection getConnection() throws SQLException {
			return this.target.getConnection();
		}

		@Override
		public Connection getConnection(String username, String password) throws SQLException {
			return this.target.getConnection(username, password);
		}

		@Override
		public <T> T unwrap(Class<T> type) throws SQLException {
			return type.isInstance(this) ? type.cast(this) : this.target.unwrap(type);
		}

		@Override
		public boolean isWrapperFor(Class<?> type) throws SQLException {
			return type.isInstance(this) || this.target.isWrapperFor(type);
		}

	}

}
