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

package io.transactionscope.resolution;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How the database is asked what became of a COMMIT.
 */
@Tag("once")
class CommitInquiryTests {

	private static final TransactionMark MARK = new TransactionMark(756, 4711, "7713067922961298134", "00000001",
			LogPosition.of("0/1B85C40"), true, "1795838569.641032", "1795838569.056877");

	@Test
	void askingHappensOnAThreadOfItsOwnByWhichTheDriverFindsItsClasses() {
		AtomicReference<@Nullable Thread> asking = new AtomicReference<>();
		CommitInquiry inquiry = new CommitInquiry(MARK, () -> {
			asking.set(Thread.currentThread());
			throw new IllegalStateException("planted");
		}, Duration.ofSeconds(2));
		assertThat(inquiry.await("place-order")).returns(TransactionOutcome.UNKNOWN, Verdict::outcome);
		assertThat(asking.get()).isNotNull()
			.returns("commit-resolution:place-order", Thread::getName)
			.returns(true, Thread::isDaemon)
			.returns(Thread.currentThread().getContextClassLoader(), Thread::getContextClassLoader);
	}

}
