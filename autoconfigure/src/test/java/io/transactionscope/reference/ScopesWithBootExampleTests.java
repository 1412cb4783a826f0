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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import javax.sql.DataSource;

import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.InvalidScopedTransactionException;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * The examples of the chapter "Scopes" for which there must be an application.
 */
@Tag("once")
class ScopesWithBootExampleTests {

	/** As Boot has it in the log. */
	private static final String START_FAILURE = """
			***************************
			APPLICATION FAILED TO START
			***************************

			Description:

			%s

			Action:

			%s
			""";

	private final ApplicationContextRunner application = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, DataSourceAutoConfiguration.class,
				JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
				ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
				ScopedTransactionAutoConfiguration.class, ScopedTransactionVerifierAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.sql.init.mode=never");

	@Test
	void annotation() {
		this.application.withBean(Reports.class).run((context) -> {
			Reports reports = context.getBean(Reports.class);
			assertThat(reports.report()).containsExactly("1");
			assertThatIOException().isThrownBy(() -> reports.load(Path.of("no", "such")));
		});
	}

	@Test
	void methodsThatCannotBeAnnotated() {
		this.application.withBean(Invoices.class).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).isInstanceOfSatisfying(InvalidScopedTransactionException.class,
					(failure) -> RecordedText.of("scopes-start-failure.txt")
						.verify(START_FAILURE.formatted(failure.getMessage(), failure.action())
							.replace(Invoices.class.getName(), "com.example.shop.Invoices")));
		});
	}

	@Test
	void joining() {
		this.application.withBean(Checkout.class).withBean(Stock.class).run((context) -> {
			JdbcClient jdbc = context.getBean(JdbcClient.class);
			jdbc.sql("create table stock (sku varchar primary key, quantity int)").update();
			jdbc.sql("insert into stock values ('kettle', 2)").update();
			Checkout checkout = context.getBean(Checkout.class);
			checkout.place("kettle");
			assertThat(quantity(jdbc)).isEqualTo(1);
			assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(checkout::placeNothing)
				.withMessageContaining("take-from-stock")
				.withCauseInstanceOf(IllegalStateException.class);
			assertThat(quantity(jdbc)).isEqualTo(1);
		});
	}

	private static int quantity(JdbcClient jdbc) {
		return jdbc.sql("select quantity from stock").query(Integer.class).single();
	}

	@Test
	void severalManagers() {
		this.application.withUserConfiguration(TwoDatabases.class).withBean(Nightly.class).run((context) -> {
			Nightly nightly = context.getBean(Nightly.class);
			assertThat(nightly.urls()).containsExactly("jdbc:h2:mem:orders", "jdbc:h2:mem:reports");
		});
	}

	static class Reports {

		private static final String SQL = "select 1";

		private final JdbcClient jdbc;

		Reports(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		// tag::annotation[]
		@ScopedTransaction(readOnly = true, timeout = "${reports.timeout:5s}")
		public List<String> report() {
			return this.jdbc.sql(SQL).query(String.class).list();
		}
		// end::annotation[]

		@ScopedTransaction
		public String load(Path path) throws IOException {
			return Files.readString(path);
		}

	}

	static class Invoices {

		@ScopedTransaction
		public final void write() {
		}

	}

	static class Checkout {

		private final Stock stock;

		Checkout(Stock stock) {
			this.stock = stock;
		}

		// tag::transactional[]
		@Transactional
		public void place(String sku) {
			this.stock.take(sku); // joins the method's transaction
		}
		// end::transactional[]

		@Transactional
		public void placeNothing() {
			this.stock.take("kettle");
			try {
				this.stock.take("nothing");
			}
			catch (IllegalStateException ex) {
				assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isTrue();
			}
		}

	}

	static class Stock {

		private final TransactionScope transactions;

		private final JdbcClient jdbc;

		Stock(TransactionScope transactions, JdbcClient jdbc) {
			this.transactions = transactions.named("take-from-stock");
			this.jdbc = jdbc;
		}

		void take(String sku) {
			this.transactions.run(() -> {
				int rows = this.jdbc.sql("update stock set quantity = quantity - 1 where sku = ?").param(sku).update();
				if (rows == 0) {
					throw new IllegalStateException("No such thing: " + sku);
				}
			});
		}

	}

	static class Nightly {

		// tag::several[]
		private final TransactionScope orders;

		private final TransactionScope reports;

		Nightly(TransactionScope orders, @Qualifier("reportsTransactionScope") TransactionScope reports) {
			this.orders = orders;
			this.reports = reports;
		}
		// end::several[]

		List<String> urls() throws Exception {
			return List.of(url(this.orders), url(this.reports));
		}

		private static String url(TransactionScope transactions) throws Exception {
			return transactions.<String, Exception>call((tx) -> tx.connection().getMetaData().getURL());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoDatabases {

		// tag::several-managers[]
		@Bean
		@Primary
		PlatformTransactionManager ordersTransactionManager(@Qualifier("orders") DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

		@Bean
		PlatformTransactionManager reportsTransactionManager(@Qualifier("reports") DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}
		// end::several-managers[]

		@Bean
		@Primary
		DataSource orders() {
			return database("orders");
		}

		@Bean
		DataSource reports() {
			return database("reports");
		}

		private static DataSource database(String name) {
			JdbcDataSource dataSource = new JdbcDataSource();
			dataSource.setURL("jdbc:h2:mem:" + name);
			return dataSource;
		}

	}

}
