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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.diagnosis.Closed;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.Suspended;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * What somebody does to the pool: it is suspended, or closed, or its connections are
 * evicted while they are lent.
 */
@Tag("once")
@Timeout(120)
class OperatedPoolIncidentTests {

	private final Service service = new Service("spring.datasource.hikari.allow-pool-suspension=true");

	private final Witnesses witnesses = this.service.witnesses();

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void aSuspendedPoolIsNamedWhoeverWaits() throws Exception {
		this.service.pool().getHikariPoolMXBean().suspendPool();
		FutureTask<Void> waiting = this.service.insist();
		this.witnesses.of(Suspended.class, "The pool is suspended", "resumePool()")
			.log("Incident 1: nobody has got a connection for")
			.health("DEGRADED")
			.page()
			.nobodyFails();
		Throwable failure = catchThrowable(() -> this.service.transactions()
			.named("place-order")
			.timeout(Duration.ofSeconds(1))
			.run(() -> this.service.jdbc().execute("select 1")));
		this.witnesses.of(Suspended.class, "The pool is suspended", "resumePool()")
			.exception(failure, "No connection for scope 'place-order'")
			.page()
			.meter("exhaustions", 1);
		this.service.pool().getHikariPoolMXBean().resumePool();
		waiting.get(60, TimeUnit.SECONDS);
	}

	@Test
	void aPoolThatIsResumedAtOnceIsNoIncident() throws Exception {
		this.service.pool().getHikariPoolMXBean().suspendPool();
		this.service.pool().getHikariPoolMXBean().resumePool();
		this.service.borrow();
		this.witnesses.areSilent();
	}

	@Test
	void aClosedPoolIsNamed() {
		this.service.pool().close();
		// It is the pool that says no, and says so.
		assertThat(catchThrowable(this.service::borrow)).isInstanceOf(SQLException.class)
			.hasMessageContaining("closed");
		assertThat(this.service.health().at("/status").asString()).isEqualTo("OUT_OF_SERVICE");
		assertThat(this.service.health().at("/details/diagnosis/kind").asString())
			.isEqualTo(Closed.class.getSimpleName());
		assertThat(this.service.health().at("/details/diagnosis/summary").asString()).contains("has been closed");
		// It has left the page and the meters, and there is no incident of it.
		assertThat(this.service.pages().at("/pools")).isEmpty();
		await().untilAsserted(() -> assertThat(this.service.isMetered(Service.POOL)).isFalse());
		assertThat(this.witnesses.ofOurs("WARN", "ERROR")).isEmpty();
	}

	@Test
	void whoHoldsAConnectionThatWasEvictedIsNotWhomOthersWaitFor() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		List<Connection> evicted = new ArrayList<>();
		for (int i = 0; i < Service.CONNECTIONS; i++) {
			Connection lent = this.service.dataSource().getConnection();
			lent.createStatement().execute("select 1");
			evicted.add(lent);
			this.service.pool().evictConnection(lent.unwrap(com.zaxxer.hikari.pool.ProxyConnection.class));
		}
		this.service.borrow();
		this.witnesses.areSilent();
		await().until(() -> this.service.ledger().snapshot().idle() == Service.CONNECTIONS);
		List<FutureTask<Void>> holders = this.service.crowd(Service.CONNECTIONS, "charging",
				(there) -> this.service.transactions().named("charge").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					end.await();
				}));
		this.witnesses.of(HeldButIdle.class, "held but idle", "scope 'charge'")
			.butNot("code outside of any scope holds one", "leak")
			.exception(catchThrowable(this.service::borrow), "charging-0")
			.log("charging-0")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		assertThat(this.service.page().at("/holders")).hasSize(Service.CONNECTIONS);
		end.countDown();
		for (FutureTask<Void> holder : holders) {
			holder.get(60, TimeUnit.SECONDS);
		}
		for (Connection each : evicted) {
			each.close();
		}
	}

}
