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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.LockResources;

import org.springframework.stereotype.Component;

/**
 * One lock for each SKU: within this process, orders of the same item come one after the
 * other.
 */
@Component
class SkuLocks {

	private static final Duration MAX_WAIT = Duration.ofSeconds(2);

	private final Map<String, Lock> locks = new ConcurrentHashMap<>();

	Resource<Lock> of(String sku) {
		Lock lock = this.locks.computeIfAbsent(sku, (key) -> new ReentrantLock(true));
		return LockResources.lock("stock of " + sku, lock, MAX_WAIT);
	}

}
