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

package io.transactionscope.javadoc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * The samples of ledgers.
 */
class PoolSamplesTests {

	private final List<String> said = new CopyOnWriteArrayList<>();

	private final Log log = (text, arguments) -> this.said.add(text + " " + List.of(arguments));

	private final TrackedDataSource dataSource = new TrackedDataSource(new HikariDataSource(config()));

	private final PoolLedger ledger = this.dataSource.ledger();

	private final TransactionScope transactions = TransactionScope
		.create(new ScopedJdbcTransactionManager(this.dataSource));

	private static HikariConfig config() {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		config.setMaximumPoolSize(1);
		config.setPoolName("orders");
		return config;
	}

	@AfterEach
	void close() {
		this.dataSource.close();
	}

	@Test
	void poolLedger() {
		this.transactions.named("place-order").run(() -> tellHolders());
		assertThat(this.said).singleElement()
			.asString()
			.startsWith("{} has had a connection for {}: {} [place-order, PT")
			.endsWith(", BEFORE_FIRST_STATEMENT]");
	}

	private void tellHolders() {
		PoolSnapshot now = ledger.snapshot();
		for (Lease lease : now.leases()) {
			log.info("{} has had a connection for {}: {}", lease.scope(), lease.age(), lease.phase());
		}
	}

	@Test
	void poolLedgers() throws InterruptedException {
		PoolLedgers ledgers = new PoolLedgers();
		ledgers.add(this.ledger);
		tellTrouble(ledgers);
		assertThat(this.said).isEmpty();
		Thread waiting = new Thread(() -> this.transactions.named("report").run(() -> {
		}));
		this.transactions.named("place-order").run(() -> {
			waiting.start();
			await().until(() -> this.ledger.snapshot().waiting() > 0);
			tellTrouble(ledgers);
		});
		waiting.join();
		assertThat(this.said).singleElement().asString().startsWith("Nobody gets a connection of {}: {} [orders, ");
	}

	private void tellTrouble(PoolLedgers ledgers) {
		for (PoolLedger ledger : ledgers.all()) {
			if (ledger.snapshot().waiting() > 0) {
				log.info("Nobody gets a connection of {}: {}", ledger.pool(), ledger.diagnosis().summary());
			}
		}
	}

	@Test
	void trackedDataSource() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean(HikariConfig.class, () -> config());
			context.register(PoolConfiguration.class);
			context.refresh();
			TrackedDataSource pool = context.getBean(TrackedDataSource.class);
			TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(pool));
			scope.named("outer")
				.run(() -> assertThatException().isThrownBy(() -> scope.requiresNew().run(() -> this.said.add("run"))));
			assertThat(this.said).isEmpty();
			assertThat(pool.ledger().events().deadlocks()).isOne();
		}
	}

	@Test
	void borrower() {
		Runnable report = () -> {
			try (Connection connection = this.dataSource.getConnection()) {
				assertThat(connection).isNotNull();
				this.said.add("" + this.ledger.snapshot().leases().get(0).scope());
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		};
		Borrower borrower = Borrower.current();
		String previous = borrower.exchangeName("place-order");
		try {
			report.run(); // the connections that it borrows are held by "place-order"
		}
		finally {
			borrower.exchangeName(previous);
		}
		assertThat(this.said).containsExactly("place-order");
	}

	@Configuration(proxyBeanMethods = false)
	static class PoolConfiguration {

		@Bean
		TrackedDataSource dataSource(HikariConfig config) {
			PoolSettings settings = PoolSettings.defaults().withMaxWaiting(50);
			return new TrackedDataSource(new PoolLedger(new HikariDataSource(config), settings));
		}

	}

	interface Log {

		void info(String text, Object... arguments);

	}

}
