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

package io.transactionscope.pool.r2dbc;

import java.net.ConnectException;
import java.time.Duration;

import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcPermissionDeniedException;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import io.transactionscope.pool.snapshot.ConnectFailure;
import io.transactionscope.pool.snapshot.ConnectFailure.Kind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link JdbcTerms}.
 */
@Tag("once")
class JdbcTermsTests {

	@Test
	void tellByTheStateAndTheCodeWhatAFailureIsAbout() {
		assertThat(failure(new R2dbcPermissionDeniedException("password authentication failed", "28P01")))
			.returns(Kind.WRONG_CREDENTIALS, ConnectFailure::kind)
			.returns("28P01", ConnectFailure::sqlState)
			.returns("password authentication failed", ConnectFailure::message);
		assertThat(failure(new R2dbcTransientResourceException("Too many connections", "08004", 1040)).kind())
			.isEqualTo(Kind.TOO_MANY_CONNECTIONS);
		assertThat(failure(new R2dbcTimeoutException("no answer")).kind()).isEqualTo(Kind.NO_ANSWER);
	}

	@Test
	void leaveWhatHasCausedItInSight() {
		assertThat(failure(new R2dbcNonTransientResourceException("Cannot connect", new ConnectException("refused"))))
			.returns(Kind.REFUSED, ConnectFailure::kind)
			.returns("Cannot connect Caused by java.net.ConnectException: refused", ConnectFailure::message);
	}

	@Test
	void areNotForWhatIsOfNoDriver() {
		IllegalStateException failure = new IllegalStateException("closed");
		assertThat(JdbcTerms.of(failure)).isSameAs(failure);
	}

	private static ConnectFailure failure(Throwable failure) {
		return ConnectFailure.of(JdbcTerms.of(failure), Duration.ZERO);
	}

}
