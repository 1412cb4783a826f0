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

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.transactionscope.autoconfigure.pool.KindOfPools;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * The ledgers of an application, of pools of whatever kind, and of those of child
 * contexts, but of no sibling's: each of them once, by the name of its first bean, or by
 * that of the pool if it is no bean, as a router leads to. That is followed by a number
 * where it is taken.
 *
 * @param beanFactory the factory of the pools
 */
record NamedLedgers(ConfigurableListableBeanFactory beanFactory) implements Supplier<Map<String, PoolLedger>> {

	@Override
	public Map<String, PoolLedger> get() {
		Map<String, PoolLedger> byName = new LinkedHashMap<>();
		kindsHere().forEach((kind) -> byName.putAll(kind.ledgersByBeanName()));
		Stream<PoolLedger> here = this.beanFactory.getBeanProvider(KindOfPools.class)
			.stream()
			.flatMap((kind) -> ledgers(kind));
		// A child has its ledgers among its parent's, as Boot has its health.
		Stream<PoolLedger> below = this.beanFactory.getBeansOfType(PoolLedgers.class)
			.values()
			.stream()
			.flatMap((ledgers) -> ledgers.all().stream());
		Stream.concat(here, below)
			.filter((ledger) -> !byName.containsValue(ledger))
			.distinct()
			.sorted(Comparator.comparing(PoolLedger::pool))
			.forEach((ledger) -> byName.put(nameFor(ledger, byName.keySet()), ledger));
		return byName;
	}

	/**
	 * Return whether there may be other pools later on than there are now.
	 */
	boolean mayComeToBeMore() {
		return kindsHere().anyMatch(KindOfPools::mayComeToBeMore);
	}

	private Stream<KindOfPools<?>> kindsHere() {
		return this.beanFactory.getBeansOfType(KindOfPools.class)
			.values()
			.stream()
			.map((kind) -> (KindOfPools<?>) kind);
	}

	private static Stream<PoolLedger> ledgers(KindOfPools<?> kind) {
		return kind.ledgers();
	}

	/** Those of a router may be named alike. */
	private static String nameFor(PoolLedger ledger, Set<String> taken) {
		String own = ledger.pool();
		return Stream
			.concat(Stream.of(own), IntStream.iterate(2, (i) -> i + 1).mapToObj((i) -> "%s-%d".formatted(own, i)))
			.filter((name) -> !taken.contains(name))
			.findFirst()
			.orElseThrow();
	}

}
