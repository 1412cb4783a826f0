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

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.test.PostgresServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
import org.springframework.core.retry.RetryPolicy;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.annotation.Isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The examples of the section on blocks that are repeated.
 */
@Tag("once")
@Timeout(60)
class RepeatingExampleTests {

	@Test
	void transfers() throws Exception {
		HikariConfig config = new HikariConfig();
		config.setDataSource(PostgresServer.running().dataSource());
		config.setMaximumPoolSize(3);
		ExecutorService threads = Executors.newFixedThreadPool(2);
		try (HikariDataSource pool = new HikariDataSource(config)) {
			JdbcClient jdbc = JdbcClient.create(pool);
			jdbc.sql("drop table if exists bank_account").update();
			jdbc.sql("create table bank_account (id int primary key, balance int)").update();
			jdbc.sql("insert into bank_account values (1, 100), (2, 100)").update();
			Accounts accounts = new Accounts(jdbc);
			Bank bank = new Bank(TransactionScope.create(new ScopedJdbcTransactionManager(pool)), accounts);
			Callable<@Nullable Void> first = () -> transfer(bank, 1, 2);
			Callable<@Nullable Void> second = () -> transfer(bank, 2, 1);
			for (Future<@Nullable Void> each : threads.invokeAll(List.of(first, second))) {
				each.get();
			}
			assertThat(accounts.looks).hasValueGreaterThan(2);
			assertThat(bank.confirmed).containsExactlyInAnyOrder("1 to 2", "2 to 1");
			assertThat(accounts.balance(1)).isEqualTo(100);
			assertThat(accounts.balance(2)).isEqualTo(100);
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> bank.transfer(1, 2, 1000));
			jdbc.sql("drop table bank_account").update();
		}
		finally {
			threads.shutdown();
		}
	}

	private static @Nullable Void transfer(Bank bank, int from, int to) {
		bank.transfer(from, to, 10);
		return null;
	}

	@Test
	void annotated() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, DataSourceAutoConfiguration.class,
					JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
					ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
					ScopedTransactionAutoConfiguration.class))
			.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.sql.init.mode=never")
			.withUserConfiguration(Policies.class)
			.withBean(AnnotatedBank.class)
			.run((context) -> {
				AnnotatedBank bank = context.getBean(AnnotatedBank.class);
				bank.transfer(1, 2, 10);
				assertThat(bank.attempts()).isEqualTo(2);
			});
	}

	@Test
	void adds() {
		RetryPolicy policy = patient();
		assertThat(policy.shouldRetry(new CannotCreateTransactionException("no connection"))).isTrue();
		assertThat(policy.shouldRetry(new IllegalStateException())).isFalse();
	}

	private static RetryPolicy patient() {
		// tag::adds[]
		RetryPolicy patient = RetryPolicy.builder()
			.includes(CannotCreateTransactionException.class) // no connection could be
																// had
			.maxRetries(3)
			.delay(Duration.ofSeconds(1))
			.build();
		// end::adds[]
		return patient;
	}

	private static final class Bank {

		// tag::transfer[]
		private static final RetryPolicy CONTENTION = RetryPolicy.builder()
			.maxRetries(5)
			.delay(Duration.ofMillis(10))
			.jitter(Duration.ofMillis(10)) // or those who collide collide again
			.multiplier(2)
			.build();

		// end::transfer[]

		private final TransactionScope transactions;

		private final Accounts accounts;

		private final List<String> confirmed = new CopyOnWriteArrayList<>();

		private Bank(TransactionScope transactions, Accounts accounts) {
			this.transactions = transactions;
			this.accounts = accounts;
		}

		// tag::transfer[]
		void transfer(int from, int to, int amount) {
			this.transactions.named("transfer")
				.isolation(Isolation.SERIALIZABLE)
				.timeout(Duration.ofSeconds(20))
				.retry(CONTENTION)
				.run((tx) -> {
					if (this.accounts.balance(from) < amount) {
						throw new IllegalStateException("Not enough in account " + from); // not
																							// repeated
					}
					this.accounts.add(from, -amount);
					this.accounts.add(to, amount);
					tx.afterCommit(() -> confirm(from, to)); // once
				});
		}
		// end::transfer[]

		private void confirm(int from, int to) {
			this.confirmed.add(from + " to " + to);
		}

	}

	private static final class Accounts {

		private final JdbcClient jdbc;

		private final AtomicInteger looks = new AtomicInteger();

		private final CyclicBarrier met = new CyclicBarrier(2);

		private Accounts(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		private int balance(int id) {
			int balance = this.jdbc.sql("select balance from bank_account where id = ?")
				.param(id)
				.query(Integer.class)
				.single();
			if (this.looks.incrementAndGet() <= 2) {
				try {
					this.met.await(20, TimeUnit.SECONDS);
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
			}
			return balance;
		}

		private void add(int id, int amount) {
			this.jdbc.sql("update bank_account set balance = balance + ? where id = ?")
				.param(amount)
				.param(id)
				.update();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Policies {

		// tag::annotation[]
		@Bean
		RetryPolicy contention() {
			return RetryPolicy.builder()
				.maxRetries(5)
				.delay(Duration.ofMillis(10))
				.jitter(Duration.ofMillis(10))
				.build();
		}

		// end::annotation[]

	}

	static class AnnotatedBank {

		private int attempts;

		// tag::annotation[]
		@ScopedTransaction(isolation = Isolation.SERIALIZABLE, timeout = "2s", retryPolicy = "contention")
		public void transfer(int from, int to, int amount) {
			// end::annotation[]
			if (++this.attempts < 2) {
				throw new CannotAcquireLockException("could not serialize access");
			}
			// tag::annotation[]
		}
		// end::annotation[]

		int attempts() {
			return this.attempts;
		}

	}

}
