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

package io.transactionscope.sample;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.LockResources;

import org.springframework.stereotype.Component;

/**
 * A lock for each SKU: within this process, orders of the same item come one after the
 * other. There are only so many locks, whatever SKUs anybody comes up with; some share
 * one.
 */
@Component
class SkuLocks {

	private static final Duration MAX_WAIT = Duration.ofSeconds(2);

	private static final int NUMBER = 64;

	private final List<Lock> locks = Stream.<Lock>generate(() -> new ReentrantLock(true)).limit(NUMBER).toList();

	/**
	 * Return the locks of some items, each once and in one order for all, so that no two
	 * orders wait for each other.
	 */
	List<Resource<Lock>> of(Collection<String> skus) {
		Map<Integer, String> wanted = skus.stream()
			.collect(Collectors.groupingBy(SkuLocks::number, TreeMap::new, Collectors.joining(", ")));
		return wanted.entrySet()
			.stream()
			.map((each) -> LockResources.lock("stock of " + each.getValue(), this.locks.get(each.getKey()), MAX_WAIT))
			.toList();
	}

	private static int number(String sku) {
		return Math.floorMod(sku.hashCode(), NUMBER);
	}

}
