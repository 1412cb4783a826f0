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

package io.transactionscope.pool.diagnosis;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Undersized}: which size is advised, if any.
 */
class UndersizedTests {

	@ParameterizedTest
	@CsvSource(textBlock = """
			,    , set spring.datasource.hikari.maximum-pool-size to 12 if the database has room for it
			,  20, 'set spring.datasource.hikari.maximum-pool-size to 12, for which the database has room'
			,   8, 'set spring.datasource.hikari.maximum-pool-size to 8, for which the database has room'
			,   5, the database has no room for a larger pool
			7,  8, set spring.datasource.hikari.maximum-pool-size to 8
			4, 20, Hold connections for their statements only
			""")
	void adviceNeverExceedsWhatTheDatabaseHasRoomFor(@Nullable Double withoutIdle, @Nullable Integer room,
			String advice) {
		Undersized undersized = new Undersized(11.4, withoutIdle, 5, Duration.ofSeconds(40), room);
		assertThat(undersized.advice()).contains(advice);
		assertThat(undersized.summary()).startsWith("Over the last 40.0 s, the load needed 11 connections");
	}

}
