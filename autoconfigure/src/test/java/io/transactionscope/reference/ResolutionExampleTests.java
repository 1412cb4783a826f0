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
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.Phase;
import io.transactionscope.test.PostgresServer;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The examples of the section on a COMMIT that is not answered.
 */
@Tag("once")
class ResolutionExampleTests {

	private static final UUID PAYMENT = UUID.fromString("9c3b6a52-8d7e-4f10-9a6b-2f4f0c1d7e55");

	@Test
	void aPaymentWhoseCommitIsNotAnsweredIsBooked() throws Exception {
		try (LinkProxy link = PostgresServer.running().link(); HikariDataSource pool = new HikariDataSource()) {
			PGSimpleDataSource driver = (PGSimpleDataSource) PostgresServer.running().dataSource(link);
			driver.setPrepareThreshold(0);
			pool.setDataSource(driver);
			Payments payments = new Payments(pool, "create temporary table payment (id uuid primary key)");
			AtomicReference<Fate> fate = new AtomicReference<>(Fate.UNANSWERED);
			link.atCommit(() -> fate.getAndSet(Fate.PASSED));
			assertThat(
					new Desk(TransactionScope.create(new ScopedJdbcTransactionManager(pool)), payments).book(PAYMENT))
				.isEqualTo("booked");
		}
	}

	@Test
	void theApplicationKnowsWhetherAPaymentIsBooked() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		DatabaseFaults faults = new DatabaseFaults();
		DataSource dataSource = faults.beneath("h2", h2);
		Payments payments = new Payments(dataSource, "create table payment (id uuid primary key)");
		faults.at(Phase.COMMIT).lostLinkAfterwards();
		TransactionScope transactions = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
		UUID id = PAYMENT;
		// tag::verify[]
		transactions.named("book-payment").verifiedBy(() -> payments.exists(id)).run(() -> payments.insert(id));
		// end::verify[]
		faults.clear();
		assertThat(payments.exists(id)).isTrue();
	}

	/**
	 * Where payments are booked.
	 */
	static final class Desk {

		private final TransactionScope transactions;

		private final Payments payments;

		Desk(TransactionScope transactions, Payments payments) {
			// tag::resolve[]
			this.transactions = transactions.named("book-payment").timeout(Duration.ofSeconds(5)).resolveCommit();
			// end::resolve[]
			this.payments = payments;
		}

		String book(UUID id) {
			return this.transactions.call(() -> {
				this.payments.insert(id);
				return "booked";
			});
		}

	}

	/**
	 * The table of payments.
	 */
	static final class Payments {

		private final JdbcClient jdbc;

		Payments(DataSource dataSource, String table) {
			this.jdbc = JdbcClient.create(dataSource);
			this.jdbc.sql(table).update();
		}

		void insert(UUID id) {
			this.jdbc.sql("insert into payment values (?)").param(id).update();
		}

		boolean exists(UUID id) {
			return this.jdbc.sql("select count(*) from payment where id = ?")
				.param(id)
				.query(Integer.class)
				.single() > 0;
		}

	}

}
