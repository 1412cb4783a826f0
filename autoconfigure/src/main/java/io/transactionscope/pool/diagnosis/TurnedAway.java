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
import org.jspecify.annotations.Nullable;

/**
 * Borrowers have lately got no connection, for a reason that does not show any more: who
 * has been turned away does not wait.
 *
 * @param borrowers how many
 * @param over since when, up to this moment
 * @param ago how long ago the latest was
 * @param reason what was the matter then
 * @since 0.1.0
 */
public record TurnedAway(long borrowers, Duration over, Duration ago, Diagnosis reason) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param borrowers how many
	 * @param over since when, up to this moment
	 * @param ago how long ago the latest was
	 * @param reason what was the matter then
	 */
	public TurnedAway {
		Objects.requireNonNull(over, "over must not be null");
		Objects.requireNonNull(ago, "ago must not be null");
		Objects.requireNonNull(reason, "reason must not be null");
	}

	@Override
	public String summary() {
		return summary(PoolKind.JDBC);
	}

	@Override
	public String summary(PoolKind kind) {
		return "In the last %s, %d %s no connection, the latest %s ago. What was found then: %s".formatted(
				Words.of(this.over), this.borrowers, (this.borrowers == 1) ? "borrower got" : "borrowers got",
				Words.of(this.ago), this.reason.summary(kind));
	}

	@Override
	public String advice() {
		return this.reason.advice();
	}

	@Override
	public String advice(PoolKind kind) {
		return this.reason.advice(kind);
	}

	@Override
	public @Nullable String scope() {
		return this.reason.scope();
	}

}
