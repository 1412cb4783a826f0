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

package io.transactionscope.test.scope;

import java.time.Duration;

import io.transactionscope.test.spring.AutoConfigureDatabaseFaults;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Deadlines that pass when a test says so, with a database.
 */
class ScopeDeadlinesTests {

	private static final Duration TIMEOUT = Duration.ofMinutes(2);

	@Nested
	@SpringBootTest(classes = Shop.Jdbc.class)
	class WithJdbc extends Contract {

	}

	@Nested
	@SpringBootTest(classes = Shop.StockJdbc.class)
	class WithSpringsJdbcManager extends Contract {

	}

	@Nested
	@SpringBootTest(classes = Shop.Jpa.class)
	class WithJpa extends Contract {

	}

	@Nested
	@SpringBootTest(classes = Shop.StockJpa.class)
	class WithSpringsJpaManager extends Contract {

	}

	@AutoConfigureDatabaseFaults
	@SuppressWarnings("NullAway.Init")
	abstract static class Contract {

		@Autowired
		Shop shop;

		@Test
		void letNothingBeCommittedThatIsLate() {
			assertThatExceptionOfType(TransactionTimedOutException.class)
				.isThrownBy(() -> this.shop.scope().timeout(TIMEOUT).run(() -> {
					this.shop.insert("pen");
					ScopeDeadlines.advance(TIMEOUT);
				}));
			assertThat(this.shop.items()).isEmpty();
		}

		@Test
		void letNoStatementBeSent() {
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> this.shop.scope().timeout(TIMEOUT).run(() -> {
					ScopeDeadlines.advance(TIMEOUT);
					this.shop.insert("pen");
				}))
				.withStackTraceContaining("Shop.insert")
				.withStackTraceContaining("eadline");
			assertThat(this.shop.items()).isEmpty();
		}

		@Test
		void letThatBeDoneForWhichThereIsTime() {
			this.shop.scope().timeout(TIMEOUT).run(() -> {
				ScopeDeadlines.advance(TIMEOUT.dividedBy(2));
				this.shop.insert("pen");
			});
			assertThat(this.shop.items()).containsExactly("pen");
			this.shop.clear();
		}

		@Test
		@Transactional
		void passInTheTransactionOfATestAndLeaveItAlone() {
			assertThatExceptionOfType(TransactionTimedOutException.class)
				.isThrownBy(() -> this.shop.scope().timeout(TIMEOUT).run(() -> ScopeDeadlines.advance(TIMEOUT)));
			this.shop.insert("pen");
			assertThat(this.shop.items()).containsExactly("pen");
		}

	}

}
