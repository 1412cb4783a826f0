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

import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * Connections were borrowed and are not going to come back.
 *
 * @param leases the leases concerned
 * @param scope the scope that most of them were borrowed in, {@code null} outside of any,
 * or {@link Words#SEVERAL_SCOPES} if there is none
 * @param reason how one knows
 * @since 0.1.0
 */
public record Leak(int leases, @Nullable String scope, Abandonment reason) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param leases the leases concerned
	 * @param scope the scope that most of them were borrowed in, {@code null} outside of
	 * any, or {@link Words#SEVERAL_SCOPES} if there is none
	 * @param reason how one knows
	 */
	public Leak {
		Objects.requireNonNull(reason, "reason must not be null");
	}

	@Override
	public String summary() {
		return "%s leaked: borrowed in %s, and %s.".formatted(Words.count(this.leases, "connection"),
				Words.ofScope(this.scope), this.reason.description());
	}

	@Override
	public String advice() {
		return "Close each connection where it is borrowed, with try-with-resources, or use a scope or JdbcTemplate; "
				+ "where it is borrowed stands with its holder, or does so once borrow-site capture is on.";
	}

	@Override
	public String advice(PoolKind kind) {
		Objects.requireNonNull(kind, "kind must not be null");
		return (kind == PoolKind.JDBC) ? advice()
				: "Close each connection where it is borrowed, with Flux.usingWhen, or use a scope or DatabaseClient; "
						+ "where it is borrowed stands with its holder, or does so once borrow-site capture is on.";
	}

}
