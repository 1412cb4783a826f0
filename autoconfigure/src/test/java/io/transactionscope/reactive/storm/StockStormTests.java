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

package io.transactionscope.reactive.storm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.r2dbc.connection.R2dbcTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The reference: what a storm does to Spring's own manager. It is here so that the other
 * storms are known to be able to fail.
 */
@Tag("storm")
class StockStormTests {

	private static final String STRAY = "a later statement ran in a stray transaction";

	/** Most often one storm will do. */
	private static final int ENOUGH = 20;

	@Test
	void leavesTransactionsBehindInThePoolOfPostgresql() {
		assertThat(faults(StormDatabase::postgresql)).contains(STRAY)
			.anyMatch((fault) -> fault.endsWith("idle in a transaction"));
	}

	/** One that has written nothing yet is not to be seen from outside. */
	@Test
	void leavesTransactionsBehindInThePoolOfH2() {
		assertThat(faults(StormDatabase::h2)).contains(STRAY);
	}

	private static List<String> faults(Supplier<StormDatabase> database) {
		List<String> faults = new ArrayList<>();
		for (int i = 0; i < ENOUGH && !faults.contains(STRAY); i++) {
			try (Storm storm = new Storm(database.get())) {
				Transactor stock = new OperatorTransactor(new R2dbcTransactionManager(storm.connections()));
				assertThat(storm.calm(200, stock::write)).isEmpty();
				faults.addAll(storm.rage(2000, stock::write));
			}
		}
		return faults;
	}

}
