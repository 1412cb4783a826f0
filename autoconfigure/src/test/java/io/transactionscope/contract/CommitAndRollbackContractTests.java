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

package io.transactionscope.contract;

import java.io.IOException;
import java.util.List;

import io.transactionscope.TransactionOutcome;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A body's end decides on the transaction's.
 */
@ForEachArrangement
class CommitAndRollbackContractTests extends Contract {

	@SuppressWarnings("unused")
	private static final List<Throwable> failures = List.of(new IOException("checked"),
			new IllegalStateException("unchecked"), new AssertionError("error"), new OutOfMemoryError("thrown"));

	@Test
	@DisplayName("T1: a body that returns commits")
	void bodyThatReturnsCommits() throws Throwable {
		Object value = call(Form.OUTER, (tx) -> {
			watch(tx);
			insert("kept");
			return "value";
		});
		assertThat(value).isEqualTo("value");
		assertCommitted("kept");
		assertHeard("outer", TransactionOutcome.COMMITTED);
	}

	@ParameterizedTest
	@FieldSource("failures")
	@DisplayName("T1: a body that throws anything rolls back, and the caller gets the same instance")
	void bodyThatThrowsRollsBack(Throwable failure) {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			throw failure;
		})).isSameAs(failure);
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

}
