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
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import io.transactionscope.pool.PoolExhaustedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What Prometheus is told of a pool while something is the matter with it.
 */
@Timeout(120)
class ScrapedMetersIncidentTests {

	private static final Pattern DIAGNOSIS = Pattern
		.compile("transaction_scope_pool_diagnosis\\{kind=\"(\\w+)\",pool=\"orders\"} (\\S+)");

	private final Service service = new Service(
			"management.metrics.distribution.slo.transaction.scope.pool.wait=900ms");

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void theDiagnosisIsThatOfTheHealthWhileItLastsAndNoneAfterwards() throws Exception {
		this.service.borrow();
		await().untilAsserted(() -> assertThat(current()).containsExactly("Healthy"));
		CountDownLatch answer = new CountDownLatch(1);
		hold(answer);
		assertThatExceptionOfType(PoolExhaustedException.class).isThrownBy(this.service::borrow);
		await().untilAsserted(() -> assertThat(current()).containsExactly("HeldButIdle", "TurnedAway"));
		assertThat(this.service.health().at("/details/diagnosis/kind").asString()).isEqualTo("TurnedAway");
		Future<Void> waiting = waiting();
		await().untilAsserted(() -> {
			assertThat(current()).containsExactly("HeldButIdle");
			assertThat(this.service.health().at("/details/diagnosis/kind").asString()).isEqualTo("HeldButIdle");
		});
		assertThat(this.service.meter("transaction.scope.pool.diagnosis", "kind", "Healthy")).isZero();
		answer.countDown();
		waiting.get(30, TimeUnit.SECONDS);
	}

	@Test
	void whoWaitedInVainIsInTheHistogramAndWhoDidNotWaitIsNoLongWait() throws Exception {
		this.service.transactions().named("prompt-order").run(() -> {
		});
		CountDownLatch answer = new CountDownLatch(1);
		hold(answer);
		assertThatExceptionOfType(PoolExhaustedException.class).isThrownBy(this.service::borrow);
		await().untilAsserted(() -> {
			String scrape = scrape();
			assertThat(scrape).contains(bucket("unnamed", "0.9", 0), bucket("unnamed", "+Inf", 1),
					bucket("place-order", "0.9", Service.CONNECTIONS), bucket("prompt-order", "0.9", 1),
					bucket("prompt-order", "+Inf", 1));
		});
		answer.countDown();
	}

	private static String bucket(String scope, String bound, int count) {
		return "transaction_scope_pool_wait_seconds_bucket{pool=\"orders\",scope=\"%s\",le=\"%s\"} %d".formatted(scope,
				bound, count);
	}

	/** Everybody calls elsewhere in the middle of a transaction. */
	private void hold(CountDownLatch answer) throws InterruptedException {
		this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					answer.await();
				}));
	}

	/** Somebody who tries until there is a connection. */
	private Future<Void> waiting() {
		return this.service.begin("waiting", () -> {
			while (true) {
				try {
					this.service.borrow();
					return null;
				}
				catch (PoolExhaustedException ex) {
					// Once more
				}
			}
		});
	}

	private List<String> current() {
		Map<String, String> diagnoses = new TreeMap<>();
		DIAGNOSIS.matcher(scrape()).results().forEach((each) -> diagnoses.put(each.group(1), each.group(2)));
		diagnoses.values().removeIf("0.0"::equals);
		assertThat(diagnoses.values()).allMatch("1.0"::equals);
		return List.copyOf(diagnoses.keySet());
	}

	private String scrape() {
		return this.service.text("/actuator/prometheus");
	}

}
