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

package io.transactionscope.sample.reactive;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The service on PostgreSQL.
 */
@Import(PostgresServer.class)
class PostgresReactiveSampleServiceTests extends ReactiveSampleServiceTests {

	@Test
	void runsOnPostgres() {
		assertThat(one("SELECT version()", String.class)).startsWith("PostgreSQL 18");
	}

	@AfterEach
	void noSessionIsLeftInATransaction() {
		await().until(() -> one("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'",
				Long.class) == 0);
	}

}
