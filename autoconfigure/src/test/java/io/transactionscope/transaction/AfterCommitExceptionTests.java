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

package io.transactionscope.transaction;

import java.io.IOException;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AfterCommitException}.
 */
class AfterCommitExceptionTests {

	@Test
	void failuresThatAreEqualAreAllCarried() {
		List<Throwable> failures = List.of(new Refused(), new Refused(), new Refused());
		AfterCommitException exception = new AfterCommitException("place-order", failures);
		assertThat(exception.getCause()).isSameAs(failures.get(0));
		assertThat(exception.getSuppressed()).hasSize(2);
		assertThat(exception.getSuppressed()[0]).isSameAs(failures.get(1));
		assertThat(exception.getSuppressed()[1]).isSameAs(failures.get(2));
	}

	@Test
	void failureThatComesAgainIsCarriedOnce() {
		IOException first = new IOException("first");
		IOException second = new IOException("second");
		AfterCommitException exception = new AfterCommitException("place-order", List.of(first, second, first, second));
		assertThat(exception).hasCause(first);
		assertThat(exception.getSuppressed()).containsExactly(second);
		assertThat(exception.failures()).containsExactly(first, second, first, second);
	}

	private static final class Refused extends RuntimeException {

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Refused;
		}

		@Override
		public int hashCode() {
			return 1;
		}

	}

}
