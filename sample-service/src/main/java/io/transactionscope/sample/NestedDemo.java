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

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.transactionscope.TransactionScope;
import io.transactionscope.pool.PoolDeadlockException;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Profile;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.CannotCreateTransactionException;

/**
 * What to avoid: a scope that needs a second connection while it holds one. As soon as
 * such scopes hold the whole pool, none of them gets its second one.
 */
@Profile("demo")
@Component
class NestedDemo {

	private final TransactionScope importing;

	private final TransactionScope auditing;

	private final Inventory inventory;

	private final int connections;

	NestedDemo(TransactionScope transactions, Inventory inventory,
			@Value("${spring.datasource.hikari.maximum-pool-size}") int connections) {
		this.importing = transactions.named("import-delivery");
		this.auditing = transactions.named("audit").requiresNew();
		this.inventory = inventory;
		this.connections = connections;
	}

	Tally run(int threads) throws InterruptedException {
		CountDownLatch dry = new CountDownLatch(Math.min(threads, this.connections));
		ExecutorService executor = Executors.newFixedThreadPool(threads, new CustomizableThreadFactory("import-"));
		try {
			List<Future<?>> imports = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				imports.add(executor.submit(() -> importDelivery(dry)));
			}
			return tally(imports);
		}
		finally {
			executor.shutdownNow();
		}
	}

	private List<StockItem> importDelivery(CountDownLatch dry) throws InterruptedException {
		return this.importing.call(() -> {
			this.inventory.find("beans");
			dry.countDown();
			// Not for long: others may have some of the connections.
			dry.await(1, TimeUnit.SECONDS);
			return this.auditing.call(this.inventory::all);
		});
	}

	private static Tally tally(List<Future<?>> imports) throws InterruptedException {
		int committed = 0;
		int deadlocks = 0;
		int exhausted = 0;
		for (Future<?> each : imports) {
			try {
				each.get();
				committed++;
			}
			catch (ExecutionException ex) {
				if (!(ex.getCause() instanceof CannotCreateTransactionException noConnection)) {
					throw new IllegalStateException("An import has failed", ex.getCause());
				}
				if (noConnection.contains(PoolDeadlockException.class)) {
					deadlocks++;
				}
				else {
					exhausted++;
				}
			}
		}
		return new Tally(committed, deadlocks, exhausted);
	}

	/**
	 * What became of the threads.
	 *
	 * @param committed how many got both connections
	 * @param deadlocks how many were turned away so that the others could go on
	 * @param exhausted how many waited in vain
	 */
	record Tally(int committed, int deadlocks, int exhausted) {

	}

}
