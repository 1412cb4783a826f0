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
import java.util.Objects;

import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.Words;

/**
 * More ask for connections than there are, which has not lasted long enough to tell
 * whether the pool is too small. The connections come and go.
 *
 * @param waiting how many wait
 * @param maximum how many connections the pool may have
 * @param lasting for how long somebody has been waiting
 * @since 0.1.0
 */
public record Burst(int waiting, int maximum, Duration lasting) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param waiting how many wait
	 * @param maximum how many connections the pool may have
	 * @param lasting for how long somebody has been waiting
	 */
	public Burst {
		Objects.requireNonNull(lasting, "lasting must not be null");
	}

	@Override
	public String summary() {
		return "A burst: %d %s for one of %d connections, which come and go, and somebody has been waiting for %s so far."
			.formatted(this.waiting, (this.waiting == 1) ? "thread waits" : "threads wait", this.maximum,
					Words.of(this.lasting));
	}

	@Override
	public String summary(PoolKind kind) {
		Objects.requireNonNull(kind, "kind must not be null");
		return (kind == PoolKind.JDBC) ? summary() : summary().replaceFirst("thread", "subscription");
	}

	@Override
	public String advice() {
		return "Let fewer ask at a time, or later, or turn them away early (transaction-scope.pool.max-waiting); only "
				+ "a load that lasts is a reason for a larger pool.";
	}

}
