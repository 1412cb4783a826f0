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

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.TransactionScope;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.ratelimit.RateLimitByKey;
import io.transactionscope.resource.ratelimit.RateLimitResources;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * All orders in one file, and in another one beside it those of the export before.
 */
@Component
class OrderExport {

	private final TransactionScope reading;

	private final Orders orders;

	private final Path file;

	private final RateLimitByKey<String> limits = RateLimitResources.perKey(3, Duration.ofMinutes(1), Duration.ZERO);

	private final Resource<Lock> lock = LockResources.lock("order export", new ReentrantLock(), Duration.ofSeconds(1));

	OrderExport(TransactionScope transactions, Orders orders,
			@Value("${sample.exports:#{null}}") @Nullable Path directory) throws IOException {
		this.reading = transactions.named("export-orders").readOnly();
		this.orders = orders;
		Path exports = (directory != null) ? Files.createDirectories(directory) : Files.createTempDirectory("exports-");
		this.file = exports.resolve("orders.csv");
	}

	/**
	 * A scope without a transaction: whoever has to wait holds no connection. One that
	 * fails leaves the file as it was, and does not count for its client.
	 */
	int write(String client) throws IOException {
		return ResourceScope.call((scope) -> {
			scope.enter(this.limits.of(client));
			scope.enter(this.lock);
			scope.enter(Resources.logged("export of all orders for {}", client));
			Writer csv = scope.enter(FileResources.atomicWriter(this.file).withBackup());
			List<Order> orders = this.reading.call(() -> this.orders.latest(Integer.MAX_VALUE));
			for (Order order : orders) {
				csv.write("%d;%s;%s%n".formatted(order.id(), order.customer(), order.placedAt()));
			}
			return orders.size();
		});
	}

	Path file() {
		return this.file;
	}

}
