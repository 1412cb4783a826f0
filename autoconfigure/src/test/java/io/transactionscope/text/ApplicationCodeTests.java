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

package io.transactionscope.text;

import java.util.List;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

@Tag("once")
class ApplicationCodeTests {

	@BeforeAll
	static void start() {
		ApplicationCode.isIn(List.of("org.springframework.samples.hospital", "org.apache.ledger", "com.shop", "",
				"io.transactionscope.pool.tracked"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "com.shop.Orders", "com.elsewhere.Library", "org.springframework.samples.hospital.Wards",
			"org.springframework.samples.hospital.owner.Owner$Pet", "org.apache.ledger.Accounts", "Unnamed",
			"io.transactionscope.sample.Orders" })
	void isOfApplications(String type) {
		assertThat(ApplicationCode.includes(type)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "java.util.List", "org.springframework.samples.hospitals.Other",
			"org.springframework.jdbc.core.JdbcTemplate", "org.apache.catalina.Server",
			"com.zaxxer.hikari.HikariConfig", "io.transactionscope.pool.PoolLedger",
			"io.transactionscope.pool.tracked.TrackedConnection", "io.transactionscope.TransactionScope" })
	void isOfWhatTheyStandOn(String type) {
		assertThat(ApplicationCode.includes(type)).isFalse();
	}

}
