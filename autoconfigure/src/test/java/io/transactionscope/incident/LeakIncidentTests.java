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

package io.transactionscope.incident;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.pool.diagnosis.Leak;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.web.bind.annotation.ResponseBody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Connections that their holders will not give back.
 */
@Timeout(120)
class LeakIncidentTests {

	private final Service service = new Service("transaction-scope.pool.leak-threshold=1s");

	private final Witnesses witnesses = this.service.witnesses();

	private final ExecutorService worker = Executors.newSingleThreadExecutor((task) -> new Thread(task, "worker"));

	@AfterEach
	void close() throws Exception {
		this.worker.shutdownNow();
		this.service.close();
	}

	@Test
	void connectionsThatRequestsLeakAreLeaksWithTheirPlace() throws Exception {
		this.service.answer("/leak", new Careless(this.service.dataSource()), Careless.class.getDeclaredMethod("leak"));
		for (int i = 0; i < Service.CONNECTIONS; i++) {
			this.service.get("/leak");
		}
		this.witnesses.of(Leak.class, "connections are leaked")
			.butNot("Deadlock")
			.exception(catchThrowable(this.service::borrow), "Careless.leak(")
			.log("Careless.leak(")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1)
			.meter("leaks", Service.CONNECTIONS);
		assertThat(this.witnesses.since("long.leases")).isZero();
		assertThat(this.witnesses.ofOurs("WARN"))
			.anySatisfy((event) -> assertThat(event).contains("Leak, the thread ", "Careless.leak("));
	}

	@Test
	void workThatFollowsOnALeakingThreadIsNoDeadlockAndDoesNotHideTheLeak() throws Exception {
		Careless careless = new Careless(this.service.dataSource());
		CountDownLatch end = new CountDownLatch(1);
		Future<Boolean> leaking = this.worker.submit(() -> {
			for (int i = 0; i < Service.CONNECTIONS; i++) {
				careless.leak();
			}
			return true;
		});
		Future<Throwable> innocent = this.worker.submit(() -> catchThrowable(this.service::borrow));
		Future<Boolean> blocked = this.worker.submit(() -> end.await(60, TimeUnit.SECONDS));
		assertThat(leaking.get(30, TimeUnit.SECONDS)).isTrue();
		assertThat(innocent.get(30, TimeUnit.SECONDS)).isNotInstanceOf(PoolDeadlockException.class);
		this.witnesses.of(Leak.class, "5 connections are leaked", "has returned from the code that borrowed")
			.butNot("Diagnosis: Deadlock")
			.exception(innocent.get())
			.log()
			.health("DEGRADED")
			.page()
			.meter("leaks", Service.CONNECTIONS)
			.meter("deadlocks", 0);
		assertThat(this.service.page().at("/diagnosis/details/leases").asInt()).isEqualTo(5);
		assertThat(this.service.log()).contains("Leak, the thread has returned from the code that borrowed");
		end.countDown();
		assertThat(blocked.get(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void batchThatLastsIsALongLease() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		Future<Boolean> batch = this.worker.submit(() -> this.service.transactions().named("close-books").call(() -> {
			while (!end.await(100, TimeUnit.MILLISECONDS)) {
				this.service.jdbc().queryForObject("select 1", Integer.class);
			}
			return true;
		}));
		await().untilAsserted(() -> {
			assertThat(this.service.meter("transaction.scope.pool.long.leases")).isOne();
			assertThat(this.service.log()).contains("A connection has been held for long: 'close-books'");
		});
		this.witnesses.areSilent();
		end.countDown();
		assertThat(batch.get(30, TimeUnit.SECONDS)).isTrue();
	}

	/** Borrows and forgets. */
	static final class Careless {

		private final DataSource dataSource;

		Careless(DataSource dataSource) {
			this.dataSource = dataSource;
		}

		@ResponseBody
		String leak() throws SQLException {
			Connection connection = this.dataSource.getConnection();
			return connection.isReadOnly() ? "{\"readOnly\": true}" : "{}";
		}

	}

}
