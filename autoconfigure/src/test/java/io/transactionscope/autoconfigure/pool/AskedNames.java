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

package io.transactionscope.autoconfigure.pool;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.snapshot.ScopeStatistics;

import org.springframework.context.ApplicationContext;

/**
 * By which names connections are borrowed.
 */
final class AskedNames {

	private AskedNames() {
	}

	/**
	 * Return by which names connections of an application's only pool are borrowed while
	 * something is done.
	 */
	static Set<String> during(ApplicationContext context, Runnable work) {
		Map<String, Long> before = asked(context);
		work.run();
		Map<String, Long> asked = asked(context);
		asked.entrySet().removeAll(before.entrySet());
		return asked.keySet();
	}

	private static Map<String, Long> asked(ApplicationContext context) {
		Map<String, Long> asked = new TreeMap<>();
		for (ScopeStatistics each : context.getBean(PoolLedgers.class).all().get(0).snapshot().scopes()) {
			asked.put(each.scope(), each.sinceStart().asked());
		}
		return asked;
	}

}
