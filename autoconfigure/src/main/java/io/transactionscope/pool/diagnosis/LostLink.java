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
 * Statements wait for answers that will not come: a new connection is answered, and the
 * database says over it that it has nothing to do for the sessions of those that wait.
 *
 * @param scope the scope that most of them belong to, {@code null} if it has no name, or
 * {@link Words#SEVERAL_SCOPES} if there is none
 * @param leases how many there are
 * @param longest for how long the oldest statement has been waiting
 * @since 0.1.0
 */
public record LostLink(@Nullable String scope, int leases, Duration longest) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param scope the scope that most of them belong to, {@code null} if it has no name,
	 * or {@link Words#SEVERAL_SCOPES} if there is none
	 * @param leases how many there are
	 * @param longest for how long the oldest statement has been waiting
	 */
	public LostLink {
		Objects.requireNonNull(longest, "longest must not be null");
	}

	@Override
	public String summary() {
		return "%s kept by statements of which the database knows nothing: it says that their sessions are idle, %s, the oldest waiting for %s."
			.formatted(Words.count(this.leases, "connection"), Words.mostOf(this.scope), Words.of(this.longest));
	}

	@Override
	public String advice() {
		return "See what is between here and the database: a firewall or load balancer that forgets connections loses what is sent over them, "
				+ "and new ones are well. Let keepaliveTime be shorter than it remembers, and give the scope a timeout.";
	}

	@Override
	public String advice(PoolKind kind) {
		Objects.requireNonNull(kind, "kind must not be null");
		return advice().replace("keepaliveTime",
				(kind == PoolKind.JDBC) ? "keepaliveTime" : "spring.r2dbc.pool.max-idle-time");
	}

}
