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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Names of scopes, transactions and threads that would begin a line of their own in the
 * log, or in the message of an exception.
 */
@ExtendWith(OutputCaptureExtension.class)
class ForgedScopeNamesTests {

	private static final String FORGED = "\r\nINFO forged \u202E";

	private static final String SHOWN = "\\r\\nINFO forged \\u202E";

	private final HikariDataSource pool = pool();

	private final ScopedJdbcTransactionManager manager = new ScopedJdbcTransactionManager(this.pool);

	private final TransactionScope scope = TransactionScope.create(this.manager).named("scope" + FORGED);

	private static HikariDataSource pool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:forged");
		pool.setMaximumPoolSize(1);
		return pool;
	}

	@AfterEach
	void closePool() {
		this.pool.close();
	}

	@Test
	void standInOneLineOfAMessage() {
		TransactionTemplate template = new TransactionTemplate(this.manager);
		template.setName("transaction" + FORGED);
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> template.executeWithoutResult((status) -> this.scope.outermost().run(() -> {
			})))
			.withMessageContainingAll("'scope" + SHOWN + "'", "'transaction" + SHOWN + "'")
			.withMessageNotContainingAny("\r", "\n", "\u202E");
	}

	@Test
	void ofAThreadStandInOneLineOfAMessage() {
		Executor forged = (task) -> new Thread(task, "thread" + FORGED).start();
		this.scope.run((tx) -> assertThatExceptionOfType(CompletionException.class)
			.isThrownBy(() -> CompletableFuture.runAsync(() -> tx.setRollbackOnly("late"), forged).join())
			.withMessageContaining("'thread" + SHOWN + "'")
			.withMessageNotContainingAny("\r", "\n", "\u202E"));
	}

	@Test
	void standInOneLineOfTheLog(CapturedOutput output) {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new Failing());
		this.scope.observationRegistry(registry).run(() -> {
		});
		assertThat(output).contains("'scope" + SHOWN + "'").doesNotContain(FORGED);
	}

	private static final class Failing implements ObservationHandler<Observation.Context> {

		@Override
		public void onStart(Observation.Context context) {
			throw new IllegalStateException("broken");
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

}
