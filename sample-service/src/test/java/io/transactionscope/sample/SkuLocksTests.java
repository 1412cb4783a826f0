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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Lock;
import java.util.stream.IntStream;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SkuLocks}.
 */
class SkuLocksTests {

	private final SkuLocks locks = new SkuLocks();

	@Test
	void holdOthersBackThatWantTheSameItem() {
		ResourceScope.run((scope) -> {
			hold(scope, "beans", "kettle");
			assertThatExceptionOfType(CompletionException.class)
				.isThrownBy(() -> CompletableFuture.runAsync(() -> ResourceScope.run((other) -> hold(other, "kettle")))
					.join())
				.havingCause()
				.isInstanceOf(ResourceUnavailableException.class)
				.withMessageContaining("stock of kettle");
		});
		assertThat(CompletableFuture.runAsync(() -> ResourceScope.run((other) -> hold(other, "kettle"))))
			.succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void areAFewWhateverIsOrdered() {
		List<String> skus = IntStream.range(0, 10_000).mapToObj((i) -> "sku-" + i).toList();
		assertThat(this.locks.of(skus)).hasSize(64);
	}

	@Test
	void areTakenInTheSameOrderByAll() {
		assertThat(held("beans", "kettle", "cup")).isEqualTo(held("cup", "kettle", "beans"));
	}

	private List<Lock> held(String... skus) {
		return ResourceScope
			.call((scope) -> this.locks.of(List.of(skus)).stream().map((lock) -> enter(scope, lock)).toList());
	}

	private void hold(ResourceScope scope, String... skus) {
		this.locks.of(List.of(skus)).forEach((lock) -> enter(scope, lock));
	}

	private static Lock enter(ResourceScope scope, Resource<Lock> lock) {
		return scope.enter(lock);
	}

}
