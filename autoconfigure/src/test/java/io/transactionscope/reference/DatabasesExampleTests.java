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

package io.transactionscope.reference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Driver;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
// tag::imports[]
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
// end::imports[]
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
// tag::imports[]
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
// end::imports[]
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGProperty;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.annotation.Isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * The examples of the chapter on databases.
 */
@Tag("once")
@Timeout(60)
class DatabasesExampleTests {

	private static final DatabaseFaults FAULTS = new DatabaseFaults();

	private final ApplicationContextRunner application = new ApplicationContextRunner()
		.withUserConfiguration(Application.class)
		.withPropertyValues("ORDERS_PASSWORD=secret", "REPORTS_PASSWORD=secret")
		.withPropertyValues(block("application.properties"));

	@BeforeEach
	void createTables() {
		for (String name : new String[] { "orders", "reports" }) {
			JdbcClient client = JdbcClient.create(h2(name));
			client.sql("create table if not exists entry (id int primary key)").update();
			client.sql("delete from entry").update();
		}
	}

	@AfterEach
	void clear() {
		FAULTS.clear();
	}

	private static JdbcDataSource h2(String name) {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setURL("jdbc:h2:mem:databases-%s;DB_CLOSE_DELAY=-1".formatted(name));
		return h2;
	}

	private static int rows(String name) {
		return JdbcClient.create(h2(name)).sql("select count(*) from entry").query(Integer.class).single();
	}

	@Test
	void eachManagerHasAScope() {
		this.application.run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBeanNamesForType(TransactionScope.class))
				.containsExactlyInAnyOrder("ordersTransactionScope", "reportsTransactionScope");
			assertThat(context.getBean(PoolLedgers.class).all()).hasSize(2);
			Shop shop = context.getBean(Shop.class);
			shop.place(1);
			shop.report(1);
			assertThat(rows("orders")).isOne();
			assertThat(rows("reports")).isOne();
		});
	}

	@Test
	void oneScopeFollowsTheOther() {
		this.application.run((context) -> {
			Shop shop = context.getBean(Shop.class);
			shop.placeAndReport(1);
			assertThat(rows("orders")).isOne();
			assertThat(rows("reports")).isOne();
			assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> shop.placeAndReport(1));
			assertThat(rows("orders")).isOne();
		});
	}

	@Test
	void secondCommitFails() {
		this.application.run((context) -> {
			Shop shop = context.getBean(Shop.class);
			FAULTS.at(Phase.COMMIT).in("reports").once().refused();
			AfterCommitException failure = catchThrowableOfType(AfterCommitException.class,
					() -> shop.placeAndReport(1));
			assertThat(failure.getCause()).isInstanceOfSatisfying(CommitFailedException.class, (cause) -> {
				assertThat(cause.scope()).isEqualTo("count-order");
				assertThat(cause.outcome()).isEqualTo(TransactionOutcome.ROLLED_BACK);
			});
			assertThat(rows("orders")).isOne();
			assertThat(rows("reports")).isZero();
			RecordedText.wrapped("databases-second-commit-failed.txt").verify(failure);
		});
	}

	@Test
	void firstCommitFails() {
		this.application.run((context) -> {
			Shop shop = context.getBean(Shop.class);
			FAULTS.at(Phase.COMMIT).in("orders").once().refused();
			assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> shop.placeAndReport(1))
				.returns("place-order", CommitFailedException::scope);
			assertThat(rows("orders")).isZero();
			assertThat(rows("reports")).isZero();
		});
	}

	@Test
	void oneOfTheSameDataSourceIsRefused() {
		this.application.run((context) -> {
			TransactionScope orders = context.getBean("ordersTransactionScope", TransactionScope.class);
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> orders.named("place-order").run((tx) -> tx.enter(orders.named("once-more"))))
				.withMessage("Transaction 'once-more' cannot be a part of another scope: "
						+ "the thread has one on the same data source already; join it instead.");
		});
	}

	@Test
	void annotationNamesTheManager() {
		this.application.run((context) -> {
			context.getBean(Annotated.class).report(1);
			assertThat(rows("reports")).isOne();
		});
	}

	@Test
	void serializationFailureIsRepeatedFromOutside() {
		this.application.run((context) -> {
			Reservations reservations = context.getBean(Reservations.class);
			FAULTS.at(Phase.COMMIT).in("orders").once().refused();
			reservations.reserve(1);
			assertThat(reservations.attempts()).isEqualTo(2);
			assertThat(rows("orders")).isOne();
		});
	}

	private static String[] block(String title) {
		try {
			Matcher block = Pattern
				.compile("(?s)\n\\.%s\n(?:\\[.*?]\n)?----\n(.*?)\n----".formatted(Pattern.quote(title)))
				.matcher(Reference.read().content("databases.adoc"));
			assertThat(block.find()).isTrue();
			return block.group(1).split("\n");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Test
	void settingsOfDriversAreHandedOn() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
			.withPropertyValues("spring.datasource.url=jdbc:h2:mem:settings")
			.withPropertyValues(block("PostgreSQL"))
			.run((context) -> {
				Properties properties = context.getBean(HikariDataSource.class).getDataSourceProperties();
				assertThat(properties).containsEntry("socketTimeout", "60")
					.containsEntry("connectTimeout", "5")
					.containsEntry("tcpKeepAlive", "true");
				assertThat(properties.stringPropertyNames())
					.allSatisfy((name) -> assertThat(PGProperty.forName(name)).isNotNull());
			});
	}

	@Test
	void driversHaveTheseDefaults() throws SQLException {
		assertThat(Stream
			.of(PGProperty.SOCKET_TIMEOUT, PGProperty.CONNECT_TIMEOUT, PGProperty.TCP_KEEP_ALIVE,
					PGProperty.CANCEL_SIGNAL_TIMEOUT, PGProperty.PREPARE_THRESHOLD, PGProperty.READ_ONLY_MODE)
			.map(PGProperty::getDefaultValue)).containsExactly("0", "10", "false", "10", "5", "transaction");
		assertThat(defaults(new com.mysql.cj.jdbc.Driver(), "jdbc:mysql://localhost/orders"))
			.containsEntry("socketTimeout", "0")
			.containsEntry("connectTimeout", "0")
			.containsEntry("tcpKeepAlive", "true");
		assertThat(defaults(new org.mariadb.jdbc.Driver(), "jdbc:mariadb://localhost/orders"))
			.containsEntry("socketTimeout", "0")
			.containsEntry("connectTimeout", "30000")
			.containsEntry("tcpKeepAlive", "true");
	}

	private static Map<String, String> defaults(Driver driver, String url) throws SQLException {
		return Stream.of(driver.getPropertyInfo(url, new Properties()))
			.filter((each) -> each.value != null)
			.collect(Collectors.toMap((each) -> each.name, (each) -> each.value, (one, other) -> one));
	}

	// tag::two-databases[]
	@Configuration(proxyBeanMethods = false)
	static class TwoDatabases {

		@Bean
		@ConfigurationProperties("orders.datasource") // <1>
		HikariDataSource ordersDataSource() {
			return new HikariDataSource();
		}

		@Bean
		@ConfigurationProperties("reports.datasource")
		HikariDataSource reportsDataSource() {
			return new HikariDataSource();
		}

		@Bean
		ScopedJdbcTransactionManager ordersTransactionManager(
				@Qualifier("ordersDataSource") DataSource ordersDataSource) {
			return new ScopedJdbcTransactionManager(ordersDataSource);
		}

		@Bean
		ScopedJdbcTransactionManager reportsTransactionManager(
				@Qualifier("reportsDataSource") DataSource reportsDataSource) {
			return new ScopedJdbcTransactionManager(reportsDataSource);
		}

	}
	// end::two-databases[]

	/**
	 * Leads the pools to databases in memory, which can fail.
	 */
	static class Databases implements BeanPostProcessor {

		@Override
		public Object postProcessBeforeInitialization(Object bean, String beanName) {
			if (bean instanceof HikariDataSource pool) {
				String name = pool.getPoolName();
				assertThat(pool.getJdbcUrl()).isEqualTo("jdbc:postgresql://localhost/" + name);
				pool.setDataSource(FAULTS.beneath(name, h2(name)));
				pool.setUsername(null);
				pool.setPassword(null);
			}
			return bean;
		}

	}

	// tag::two-scopes[]
	static class Shop {

		private final TransactionScope orders;

		private final TransactionScope reports;

		private final JdbcClient orderTable;

		private final JdbcClient reportTable;

		Shop(@Qualifier("ordersTransactionScope") TransactionScope orders,
				@Qualifier("reportsTransactionScope") TransactionScope reports,
				@Qualifier("ordersDataSource") DataSource ordersDataSource,
				@Qualifier("reportsDataSource") DataSource reportsDataSource) {
			this.orders = orders.named("place-order").timeout(Duration.ofSeconds(2));
			this.reports = reports.named("count-order");
			this.orderTable = JdbcClient.create(ordersDataSource);
			this.reportTable = JdbcClient.create(reportsDataSource);
		}

		void place(int id) {
			this.orders.run(() -> insert(this.orderTable, id));
		}

		void report(int id) {
			this.reports.run(() -> insert(this.reportTable, id));
		}

		// end::two-scopes[]
		// tag::companion[]
		void placeAndReport(int id) {
			this.orders.run((tx) -> {
				tx.enter(this.reports); // <1>
				insert(this.orderTable, id);
				insert(this.reportTable, id); // <2>
			}); // <3>
		}
		// end::companion[]

		private static void insert(JdbcClient table, int id) {
			table.sql("insert into entry values (?)").param(id).update();
		}

		// tag::two-scopes[]

	}
	// end::two-scopes[]

	static class Annotated {

		private final JdbcClient reportTable;

		Annotated(DataSource reportsDataSource) {
			this.reportTable = JdbcClient.create(reportsDataSource);
		}

		// tag::annotated[]
		@ScopedTransaction(transactionManager = "reportsTransactionManager", timeout = "5s")
		public void report(int id) {
			this.reportTable.sql("insert into entry values (?)").param(id).update();
		}
		// end::annotated[]

	}

	static class Reservations {

		private final AtomicInteger attempts = new AtomicInteger();

		private final TransactionScope orders;

		private final JdbcClient orderTable;

		Reservations(TransactionScope orders, JdbcClient orderTable) {
			this.orders = orders;
			this.orderTable = orderTable;
		}

		// tag::retry[]
		@Retryable(includes = ConcurrencyFailureException.class, maxRetries = 3, delay = 20)
		public void reserve(int id) {
			this.attempts.incrementAndGet();
			this.orders.named("reserve").isolation(Isolation.SERIALIZABLE).run((tx) -> insert(id));
		}
		// end::retry[]

		int attempts() {
			return this.attempts.get();
		}

		private void insert(int id) {
			this.orderTable.sql("insert into entry values (?)").param(id).update();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties
	@EnableResilientMethods
	@ImportAutoConfiguration({ AopAutoConfiguration.class, TransactionAutoConfiguration.class,
			TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
			PoolAutoConfiguration.class })
	static class Application extends TwoDatabases {

		@Bean
		static Databases databases() {
			return new Databases();
		}

		@Bean
		Shop shop(@Qualifier("ordersTransactionScope") TransactionScope orders,
				@Qualifier("reportsTransactionScope") TransactionScope reports,
				@Qualifier("ordersDataSource") DataSource ordersDataSource,
				@Qualifier("reportsDataSource") DataSource reportsDataSource) {
			return new Shop(orders, reports, ordersDataSource, reportsDataSource);
		}

		@Bean
		Annotated annotated(@Qualifier("reportsDataSource") DataSource reportsDataSource) {
			return new Annotated(reportsDataSource);
		}

		@Bean
		Reservations reservations(@Qualifier("ordersTransactionScope") TransactionScope orders,
				@Qualifier("ordersDataSource") DataSource ordersDataSource) {
			return new Reservations(orders, JdbcClient.create(ordersDataSource));
		}

	}

}
