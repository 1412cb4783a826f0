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

package io.transactionscope.benchmark;

import java.util.Arrays;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Releasing resources that cost nothing, in a scope and in nested try-with-resources.
 */
@Warmup(iterations = 3, time = 1)
@SuppressWarnings({ "NullAway.Init", "try" }) // JMH sets the parameters
public class ResourceRelease extends Measured {

	/** How many one statement has. */
	private static final int NESTED = 5;

	@Param({ "1", "5", "50" })
	public int entries;

	private Entry[] resources;

	private Resource<Entry>[] acquired;

	@Setup
	@SuppressWarnings("unchecked")
	public void allocate() {
		this.resources = new Entry[this.entries];
		Arrays.setAll(this.resources, (index) -> new Entry());
		this.acquired = Arrays.stream(this.resources).map(Entry::held).toArray(Resource[]::new);
	}

	@TearDown
	public void check() {
		if (!Arrays.stream(this.resources).allMatch(Entry::isReleased)) {
			throw new IllegalStateException("Not all were released");
		}
	}

	@Benchmark
	public int nested() {
		if (this.entries == 1) {
			try (Entry only = this.resources[0]) {
				return this.entries;
			}
		}
		return nested(0);
	}

	private int nested(int first) {
		try (Entry one = this.resources[first];
				Entry two = this.resources[first + 1];
				Entry three = this.resources[first + 2];
				Entry four = this.resources[first + 3];
				Entry five = this.resources[first + 4]) {
			int next = first + NESTED;
			return (next < this.entries) ? nested(next) : next;
		}
	}

	@Benchmark
	public int scope() {
		return ResourceScope.call((scope) -> {
			for (Entry resource : this.resources) {
				scope.enter(resource);
			}
			return this.entries;
		});
	}

	@Benchmark
	public int scopeOfHeld() {
		return ResourceScope.call((scope) -> {
			for (Resource<Entry> resource : this.acquired) {
				scope.enter(resource);
			}
			return this.entries;
		});
	}

	private static final class Entry implements AutoCloseable {

		private boolean released;

		@Override
		public void close() {
			this.released = true;
		}

		private boolean isReleased() {
			return this.released;
		}

		private Resource<Entry> held() {
			Held<Entry> held = Held.of(this, (outcome) -> close());
			return () -> held;
		}

	}

}
