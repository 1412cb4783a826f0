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

package io.transactionscope.resource;

import java.io.IOException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for {@link Outcome}.
 */
class OutcomeTests {

	private final IOException failure = new IOException("disk full");

	@Test
	void successHasNoFailure() {
		Outcome outcome = Outcome.succeeded();
		assertThat(outcome.isSuccess()).isTrue();
		assertThat(outcome.isFailure()).isFalse();
		assertThat(outcome.isUnknown()).isFalse();
		assertThat(outcome.failure()).isNull();
		assertThat(outcome).isSameAs(Outcome.succeeded()).hasToString("succeeded");
	}

	@Test
	void failureHasTheVeryFailure() {
		Outcome outcome = Outcome.failed(this.failure);
		assertThat(outcome.isSuccess()).isFalse();
		assertThat(outcome.isFailure()).isTrue();
		assertThat(outcome.isUnknown()).isFalse();
		assertThat(outcome.failure()).isSameAs(this.failure);
		assertThat(outcome).isInstanceOf(Outcome.Failed.class).hasToString("failed (java.io.IOException: disk full)");
	}

	@Test
	void failureMayBeUnseen() {
		Outcome outcome = Outcome.failed();
		assertThat(outcome.isFailure()).isTrue();
		assertThat(outcome.failure()).isNull();
		assertThat(outcome).hasToString("failed");
	}

	@Test
	void cancelIsAFailureOfItsOwnKind() {
		Outcome outcome = Outcome.cancelled(this.failure);
		assertThat(outcome.isSuccess()).isFalse();
		assertThat(outcome.isFailure()).isTrue();
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.isUnknown()).isFalse();
		assertThat(outcome.failure()).isSameAs(this.failure);
		assertThat(outcome).isInstanceOf(Outcome.Cancelled.class)
			.hasToString("cancelled (java.io.IOException: disk full)");
		assertThat(Outcome.failed(this.failure).isCancelled()).isFalse();
	}

	@Test
	void cancelMayHaveToldNothing() {
		Outcome outcome = Outcome.cancelled(null);
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.failure()).isNull();
		assertThat(outcome).hasToString("cancelled");
	}

	@Test
	void unknownIsNeitherSuccessNorFailure() {
		Outcome outcome = Outcome.unknown(this.failure);
		assertThat(outcome.isSuccess()).isFalse();
		assertThat(outcome.isFailure()).isFalse();
		assertThat(outcome.isUnknown()).isTrue();
		assertThat(outcome.failure()).isSameAs(this.failure);
		assertThat(outcome).hasToString("unknown (java.io.IOException: disk full)");
	}

	@Test
	@SuppressWarnings("NullAway")
	void refusesToStandForNoFailure() {
		assertThatNullPointerException().isThrownBy(() -> Outcome.failed(null)).withMessage("failure must not be null");
		assertThatNullPointerException().isThrownBy(() -> Outcome.unknown(null))
			.withMessage("failure must not be null");
	}

}
