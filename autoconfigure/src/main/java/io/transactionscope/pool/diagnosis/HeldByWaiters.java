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

import java.util.Objects;

import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * Connections are held by threads that wait for another one, which somebody else may
 * bring back.
 *
 * @param scope the scope that most of them belong to, {@code null} if it has no name, or
 * {@link Words#SEVERAL_SCOPES} if there is none
 * @param leases how many there are
 * @param awaitedPool the pool that most of them wait for, this one or another
 * @since 0.1.0
 */
public record HeldByWaiters(@Nullable String scope, int leases, String awaitedPool) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param scope the scope that most of them belong to, {@code null} if it has no name,
	 * or {@link Words#SEVERAL_SCOPES} if there is none
	 * @param leases how many there are
	 * @param awaitedPool the pool that most of them wait for, this one or another
	 */
	public HeldByWaiters {
		Objects.requireNonNull(awaitedPool, "awaitedPool must not be null");
	}

	@Override
	public String summary() {
		return summary(PoolKind.JDBC);
	}

	@Override
	public String summary(PoolKind kind) {
		return "%s held by %s that wait for a connection of %s, %s.".formatted(Words.count(this.leases, "connection"),
				kind.borrowers(), this.awaitedPool, Words.mostOf(this.scope));
	}

	@Override
	public String advice() {
		return "Ask for the other connection before the outer scope begins or after it has ended, or do its work "
				+ "in the outer transaction; and see who holds the connections of %s.".formatted(this.awaitedPool);
	}

}
