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

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Requests that are failed at once because they would wait for each other for ever: none
 * of them waits for long, but they are victims all the same.
 */
@Timeout(120)
class DeadlockIncidentTests {

	private static final int REQUESTS = 4 * Service.CONNECTIONS;

	private final Service service = new Service("spring.datasource.hikari.connection-timeout=30000");

	private final Witnesses witnesses = this.service.witnesses();

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void thoseWhoAreFailedByADeadlockAreVictims() throws Exception {
		AtomicReference<Throwable> victim = new AtomicReference<>();
		CountDownLatch failed = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		List<FutureTask<Void>> requests = this.service.crowd(REQUESTS, "placing", (there) -> {
			there.run();
			while (end.getCount() > 0) {
				Throwable failure = catchThrowable(() -> placeOrder(true));
				if (failure != null) {
					assertThat(failure).hasRootCauseInstanceOf(PoolDeadlockException.class);
					victim.compareAndSet(null, failure);
					failed.countDown();
				}
			}
		});
		assertThat(failed.await(60, TimeUnit.SECONDS)).as("a deadlock").isTrue();
		for (int i = 0; i < 20; i++) {
			assertThat(this.service.health().at("/status").asString()).isEqualTo("DEGRADED");
			assertThat(this.service.health().at("/details/diagnosis/advice").asString())
				.doesNotContain("Nothing needs to change");
		}
		end.countDown();
		for (FutureTask<Void> request : requests) {
			request.get(60, TimeUnit.SECONDS);
		}
		this.witnesses.of(SelfDeadlock.class, "Deadlock", "scope 'place-order'", "scope 'write-audit'")
			.butNot("held for long", "held but idle")
			.exception(Objects.requireNonNull(victim.get()), "To change: Do the inner work in the outer transaction")
			.log("Incident 1 of orders, the report in full")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 0);
		assertThat(this.witnesses.since("deadlocks")).isPositive()
			.isEqualTo(this.service.health().at("/details/events/deadlocks").asDouble());
	}

	@Test
	void thoseWhoDoTheInnerWorkInTheSameTransactionAreNone() throws Exception {
		List<FutureTask<Void>> requests = this.service.crowd(REQUESTS, "placing", (there) -> {
			there.run();
			for (int i = 0; i < 20; i++) {
				placeOrder(false);
			}
		});
		for (FutureTask<Void> request : requests) {
			request.get(60, TimeUnit.SECONDS);
		}
		this.witnesses.areSilent();
	}

	private void placeOrder(boolean nested) {
		this.service.transactions().named("place-order").run(() -> {
			this.service.jdbc().queryForObject("select 1", Integer.class);
			var audit = this.service.transactions().named("write-audit");
			(nested ? audit.requiresNew() : audit)
				.run(() -> this.service.jdbc().queryForObject("select 2", Integer.class));
		});
	}

}
