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

package io.transactionscope;

import java.time.Duration;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.transaction.ScopePropagation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What scopes report of themselves: observations, and slow ones in the log.
 */
@ExtendWith(OutputCaptureExtension.class)
class ScopeReportingTests {

	private final HikariDataSource pool = pool();

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	private final TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(this.pool))
		.named("work")
		.observationRegistry(this.registry);

	private static HikariDataSource pool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:reporting");
		pool.setMaximumPoolSize(2);
		return pool;
	}

	@AfterEach
	void closePool() {
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		this.pool.close();
	}

	@Test
	void tellTheOutcomeOfARollbackWithItsError() {
		assertThatIllegalStateException().isThrownBy(() -> this.scope.run(() -> {
			throw new IllegalStateException("failed");
		}));
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasSingleObservationThat()
			.hasLowCardinalityKeyValue("transaction.scope.outcome", "rolled_back")
			.hasError()
			.hasBeenStopped();
	}

	@Test
	void tellJoinedBlocksFromThoseThatEndTheTransaction() {
		this.scope.run(() -> this.scope.named("inner").propagation(ScopePropagation.MANDATORY).run(() -> {
		}));
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasAnObservation((observation) -> observation.hasContextualNameEqualTo("inner")
				.hasLowCardinalityKeyValue("transaction.scope.outcome", "joined")
				.hasLowCardinalityKeyValue("transaction.scope.propagation", "mandatory"));
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasAnObservation((observation) -> observation.hasContextualNameEqualTo("work")
				.hasLowCardinalityKeyValue("transaction.scope.outcome", "committed"));
	}

	@Test
	void areTheCurrentObservationOfTheirBody() {
		this.scope.run(() -> assertThat(this.registry.getCurrentObservation()).isNotNull()
			.extracting((observation) -> observation.getContextView().getName())
			.isEqualTo("transaction.scope"));
		assertThat(this.registry.getCurrentObservation()).isNull();
	}

	@Test
	void areNotBrokenByAnObserver(CapturedOutput output) {
		this.registry.observationConfig().observationHandler(new ObservationHandler<>() {

			@Override
			public void onStart(Observation.Context context) {
				throw new IllegalStateException("observer");
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return true;
			}

		});
		assertThat(this.scope.<String, RuntimeException>call(() -> "done")).isEqualTo("done");
		assertThat(output).contains("An observer of scope 'work' failed; the scope is not affected");
	}

	@Test
	void logASlowBlockWithItsSplit(CapturedOutput output) {
		this.scope.slowThreshold(Duration.ofNanos(1)).run(() -> {
		});
		assertThat(output).containsPattern(
				"WARN .*Scope 'work' took \\d+ ms, more than transaction-scope.slow-threshold \\(0 ms\\): \\d+ ms waiting for the connection, \\d+ ms in its body, \\d+ ms to end \\(committed\\)");
	}

	@Test
	void doNotLogABlockBelowTheThreshold(CapturedOutput output) {
		this.scope.slowThreshold(Duration.ofMinutes(1)).run(() -> {
		});
		assertThat(output).doesNotContain("more than transaction-scope.slow-threshold");
	}

}
