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

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.LongHolders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Connections that are held while the database has nothing to do for them.
 */
@Timeout(120)
class HeldButIdleIncidentTests {

	private final Service service = new Service();

	private final Witnesses witnesses = this.service.witnesses();

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void aRemoteCallBetweenStatementsIsNamedWithItsScope() throws Exception {
		CountDownLatch answer = new CountDownLatch(1);
		this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					answer.await();
				}));
		Throwable failure = catchThrowable(this.service::borrow);
		this.witnesses
			.of(HeldButIdle.class, "Connections are held but idle", "scope 'place-order'", "between its statements")
			.butNot("held for long by statements")
			.exception(failure, "placing-0")
			.log("Incident 1 of orders, the report in full", "placing-0")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		assertThat(this.service.page().at("/reports/0/diagnosis/details/scope").asString()).isEqualTo("place-order");
		Future<Void> waiting = this.service.insist();
		await().untilAsserted(() -> {
			assertThat(this.service.page().at("/diagnosis/kind").asString()).isEqualTo("HeldButIdle");
			assertThat(this.service.health().at("/details/diagnosis/summary").asString()).contains("'place-order'");
		});
		answer.countDown();
		waiting.get(30, TimeUnit.SECONDS);
	}

	@Test
	void statementsThatLastAreNotIdle() throws Exception {
		this.service.crowd(Service.CONNECTIONS, "closing",
				(there) -> this.service.transactions().named("close-books").run(() -> {
					there.run();
					this.service.jdbc().queryForObject("select count(pg_sleep(4))", Integer.class);
				}));
		this.witnesses.of(LongHolders.class, "held for long by statements", "scope 'close-books'")
			.butNot("held but idle")
			.exception(catchThrowable(this.service::borrow))
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
	}

}
