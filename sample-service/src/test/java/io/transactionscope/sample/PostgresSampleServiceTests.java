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

package io.transactionscope.sample;

import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Waiter;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;

/**
 * The service on PostgreSQL.
 */
@Import(PostgresServer.class)
class PostgresSampleServiceTests extends SampleServiceTests {

	@MockitoSpyBean
	FollowUps followUps;

	@Test
	void runsOnPostgres() {
		assertThat(this.jdbc.sql("SELECT version()").query(String.class).single()).startsWith("PostgreSQL 18");
	}

	@Test
	void saysThatAnOrderIsInDoubtWhoseCommitWasNotAnswered() {
		doAnswer((last) -> {
			last.callRealMethod();
			cutTheConnectionOfThisTransaction();
			return null;
		}).when(this.followUps).of(any());
		place("Ada", new OrderLine("beans", 2)).expectStatus()
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.outcome")
			.isEqualTo("UNKNOWN");
		assertThatNothingHappened();
	}

	@Test
	void tellsWhoHasRunThePoolDry() {
		assertThat(catchThrowable(this::nestBlocks)).rootCause()
			.asInstanceOf(type(PoolDeadlockException.class))
			.extracting(PoolDeadlockException::report)
			.satisfies((report) -> {
				assertThat(report.holders()).hasSize(report.snapshot().maximum())
					.extracting(Holder::lease)
					.allSatisfy((lease) -> assertThat(lease.serverProcess()).isNotNull())
					.extracting(Lease::scope)
					.containsOnly("nested");
				assertThat(report.borrower()).isNotNull().returns("nested", Waiter::scope);
				assertThat(get("/actuator/pools/" + report.pool(), String.class)).contains("\"trigger\":\"DEADLOCK\"",
						"'nested' on " + Thread.currentThread().getName());
			});
	}

	private void nestBlocks() {
		this.transactions.named("nested").requiresNew().run(this::nestBlocks);
	}

	private void cutTheConnectionOfThisTransaction() {
		int process = this.jdbc.sql("SELECT pg_backend_pid()").query(Integer.class).single();
		this.transactions.requiresNew()
			.run(() -> assertThat(
					this.jdbc.sql("SELECT pg_terminate_backend(?, 10000)").param(process).query(Boolean.class).single())
				.isTrue());
	}

}
