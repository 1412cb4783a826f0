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

package io.transactionscope.autoconfigure.health;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.transactionscope.health.PoolHealthIndicator;
import io.transactionscope.health.PoolHealthPolicy;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.tracked.TrackedPool;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthContributors;

/**
 * The health of several pools, by the names of their beans. A pool that is closed leaves,
 * because whoever closed it has done without it; but with the last one, all are shown
 * again, because then nothing is left to serve.
 */
final class PoolsHealthContributor implements CompositeHealthContributor {

	private final PoolLedgers ledgers;

	private final Map<String, PoolLedger> pools = new LinkedHashMap<>();

	private final Map<String, PoolHealthIndicator> indicators = new LinkedHashMap<>();

	PoolsHealthContributor(PoolLedgers ledgers, Map<String, TrackedPool> pools, PoolHealthPolicy policy) {
		this.ledgers = ledgers;
		pools.forEach((name, pool) -> {
			this.pools.put(name, pool.ledger());
			this.indicators.put(name, new PoolHealthIndicator(pool.ledger(), policy));
		});
	}

	@Override
	public @Nullable HealthContributor getContributor(String name) {
		return shown().get(name);
	}

	@Override
	public Stream<HealthContributors.Entry> stream() {
		return shown().entrySet()
			.stream()
			.map((indicator) -> new HealthContributors.Entry(indicator.getKey(), indicator.getValue()));
	}

	private Map<String, PoolHealthIndicator> shown() {
		Map<String, PoolHealthIndicator> open = new LinkedHashMap<>(this.indicators);
		List<PoolLedger> ledgers = this.ledgers.all();
		open.keySet().removeIf((name) -> !ledgers.contains(this.pools.get(name)));
		return open.isEmpty() ? this.indicators : open;
	}

}
