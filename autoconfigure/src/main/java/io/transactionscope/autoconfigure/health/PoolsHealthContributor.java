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
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.transactionscope.health.PoolHealthIndicator;
import io.transactionscope.health.PoolHealthPolicy;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthContributors;

/**
 * The health of several pools, by the names of their beans, or by their own if they are
 * no beans, as those that routers and tenants lead to, which come and go. A pool that is
 * closed leaves, because whoever closed it has done without it; but with the last one,
 * all are shown again, because then nothing is left to serve.
 */
final class PoolsHealthContributor implements CompositeHealthContributor {

	private final Map<PoolLedger, PoolHealthIndicator> indicators = new ConcurrentHashMap<>();

	private final PoolLedgers ledgers;

	private final Supplier<Map<String, PoolLedger>> pools;

	private final PoolHealthPolicy policy;

	/**
	 * Create a contributor.
	 * @param ledgers those of pools that are open, maybe of other contexts, too
	 * @param pools returns the ledgers of the pools at that moment
	 * @param policy from when on a pool is not up
	 */
	PoolsHealthContributor(PoolLedgers ledgers, Supplier<Map<String, PoolLedger>> pools, PoolHealthPolicy policy) {
		this.ledgers = ledgers;
		this.pools = pools;
		this.policy = policy;
		// Strain shows in what has changed since.
		shown();
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
		Map<String, PoolLedger> all = new LinkedHashMap<>(this.pools.get());
		List<PoolLedger> open = this.ledgers.all();
		if (all.values().stream().anyMatch(open::contains)) {
			all.values().retainAll(open);
		}
		this.indicators.keySet().retainAll(all.values());
		Map<String, PoolHealthIndicator> shown = new LinkedHashMap<>();
		all.forEach((name, ledger) -> shown.put(name, indicator(ledger)));
		return shown;
	}

	private PoolHealthIndicator indicator(PoolLedger ledger) {
		return this.indicators.computeIfAbsent(ledger, (key) -> new PoolHealthIndicator(key, this.policy));
	}

}
