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

package io.transactionscope.pool.report;

import java.time.Duration;
import java.util.List;

import io.transactionscope.pool.diagnosis.Burst;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.Waiter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the words of a report.
 */
class PoolReportTests {

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = { "REQUEST", "START", "CONNECTION_TIMEOUT" })
	void borrowersOfAnR2dbcPoolAreSubscriptions(Trigger trigger) {
		assertThat(report(trigger, PoolKind.R2DBC).text()).doesNotContain("thread", "connectionTimeout", "{");
	}

	@ParameterizedTest
	@EnumSource
	void borrowersOfAPoolOfJdbcAreThreads(Trigger trigger) {
		assertThat(report(trigger, PoolKind.JDBC).text()).doesNotContain("subscription", "{")
			.contains("A burst: 3 threads wait for one of 2 connections");
	}

	@Test
	void whatHasEndedTheWaitIsNamedAsThePoolNamesIt() {
		assertThat(report(Trigger.DEADLINE, PoolKind.R2DBC).brief())
			.contains("the scope's deadline ended the wait after 1000 ms, not the pool's max-acquire-time.");
		assertThat(report(Trigger.DEADLINE, PoolKind.JDBC).brief())
			.contains("the scope's deadline ended the wait after 1000 ms, not the pool's connectionTimeout.");
		assertThat(report(Trigger.MAX_WAITING, PoolKind.R2DBC).brief())
			.contains("because as many subscriptions were waiting as max-waiting allows");
	}

	@Test
	void reportSaysWhatItsTextSays() {
		PoolReport report = report(Trigger.ACQUIRE_TIMEOUT, PoolKind.R2DBC);
		assertThat(report.text()).contains("Diagnosis: " + report.summary(), "To change: " + report.advice());
		assertThat(report.summary()).startsWith("A burst: 3 subscriptions wait");
	}

	private static PoolReport report(Trigger trigger, PoolKind kind) {
		Waiter waiter = Waiter.builder().scope("place-order").thread("a").waited(Duration.ofSeconds(1)).build();
		PoolSnapshot snapshot = PoolSnapshot.builder().pool("orders").kind(kind).build();
		return new PoolReport(trigger, waiter, snapshot, List.of(), new Burst(3, 2, Duration.ofSeconds(1)));
	}

}
