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

package io.transactionscope.pool.snapshot;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Objects;

/**
 * What one scope uses a pool for.
 *
 * @param scope the name of the scope or transaction, {@link #UNNAMED} for connections
 * borrowed outside of any by something that has no name either, or {@link #OTHER} for the
 * scopes beyond {@code PoolSettings.scopes()}
 * @param lastMinute the use in the last minute, or since the start if that is less
 * @param sinceStart the use since the ledger was opened
 * @since 0.1.0
 */
public record ScopeStatistics(String scope, Usage lastMinute, Usage sinceStart) implements Serializable {

	/**
	 * The name that stands for connections borrowed outside of any scope or transaction,
	 * by something of which nothing is known.
	 */
	public static final String UNNAMED = "unnamed";

	/**
	 * The name that the scopes share which have no figures of their own.
	 */
	public static final String OTHER = "other";

	/**
	 * The scope with the most connections in the last minute first.
	 */
	public static final Comparator<ScopeStatistics> BUSIEST_FIRST = Comparator
		.comparing((ScopeStatistics scope) -> scope.lastMinute().connections())
		.reversed()
		.thenComparing(ScopeStatistics::scope);

	/**
	 * Create one from its facts.
	 * @param scope the name of the scope or transaction, {@link #UNNAMED} for connections
	 * borrowed outside of any by something that has no name either, or {@link #OTHER} for
	 * the scopes beyond {@code PoolSettings.scopes()}
	 * @param lastMinute the use in the last minute, or since the start if that is less
	 * @param sinceStart the use since the ledger was opened
	 */
	public ScopeStatistics {
		Objects.requireNonNull(scope, "scope must not be null");
		Objects.requireNonNull(lastMinute, "lastMinute must not be null");
		Objects.requireNonNull(sinceStart, "sinceStart must not be null");
	}

}
