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

import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.Undersized;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import org.springframework.transaction.CannotCreateTransactionException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Whether the figures are those of the incident.
 */
@Timeout(120)
class FiguresIncidentTests {

	private final Service service = new Service();

	private final Witnesses witnesses = this.service.witnesses();

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void scopeThatHasGoneIsNotNamed() throws Exception {
		CountDownLatch answer = new CountDownLatch(1);
		var exports = this.service.crowd(Service.CONNECTIONS, "exporting",
				(there) -> this.service.transactions().named("export").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					answer.await();
				}));
		this.witnesses.of(HeldButIdle.class, "scope 'export'")
			.exception(catchThrowable(this.service::borrow))
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		await().untilAsserted(
				() -> assertThat(duration(usage("export"), "/lastMinute/held")).isGreaterThan(Duration.ofSeconds(15)));
		answer.countDown();
		for (Future<Void> each : exports) {
			each.get(30, TimeUnit.SECONDS);
		}
		AtomicBoolean over = new AtomicBoolean();
		var charges = this.service.crowd(4 * Service.CONNECTIONS, "charging", (there) -> {
			there.run();
			while (!over.get()) {
				try {
					this.service.transactions().named("charge").run(() -> {
						this.service.jdbc().queryForObject("select 1", Integer.class);
						Thread.sleep(20);
					});
				}
				catch (CannotCreateTransactionException ex) {
					// On a machine that stands still for as long as they wait.
					assertThat(ex).hasRootCauseInstanceOf(SQLTransientConnectionException.class);
				}
			}
		});
		await().untilAsserted(() -> {
			Diagnosis diagnosis = this.service.ledger().report().diagnosis();
			assertThat(diagnosis.summary()).doesNotContain("export");
			assertThat(diagnosis).isInstanceOfAny(HeldButIdle.class, Undersized.class);
			assertThat(this.service.health().at("/details/diagnosis/summary").asString()).doesNotContain("export");
			assertThat(this.service.page().at("/diagnosis/summary").asString()).doesNotContain("export");
		});
		assertThat(duration(usage("export"), "/lastMinute/held")).isGreaterThan(Duration.ofSeconds(15));
		over.set(true);
		for (Future<Void> each : charges) {
			each.get(30, TimeUnit.SECONDS);
		}
	}

	private JsonNode usage(String scope) {
		for (JsonNode each : this.service.page().at("/snapshot/scopes")) {
			if (each.at("/scope").asString().equals(scope)) {
				return each;
			}
		}
		throw new AssertionError("No figures of " + scope);
	}

	private static Duration duration(JsonNode node, String path) {
		return Duration.parse(node.at(path).asString());
	}

}
