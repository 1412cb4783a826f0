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

/**
 * Connections are lent around the ledger.
 *
 * @param connections how many
 * @since 0.1.0
 */
public record HeldElsewhere(int connections) implements Diagnosis {

	@Override
	public String summary() {
		return "%s held by code that borrows from the pool directly, of which nothing is known."
			.formatted(Words.count(this.connections, "connection"));
	}

	@Override
	public String advice() {
		return "Borrow from the DataSource bean, and not from a HikariDataSource that was unwrapped or kept.";
	}

	@Override
	public String advice(PoolKind kind) {
		Objects.requireNonNull(kind, "kind must not be null");
		return (kind == PoolKind.JDBC) ? advice()
				: "Borrow from the ConnectionFactory bean, and not from a ConnectionPool that was unwrapped or kept.";
	}

}
