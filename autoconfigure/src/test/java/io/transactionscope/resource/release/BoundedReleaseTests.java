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

package io.transactionscope.resource.release;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link BoundedRelease} where threads are short.
 */
class BoundedReleaseTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private final List<String> released = new ArrayList<>();

	@Test
	void threadThatCannotBeStartedIsTold() {
		BoundedRelease bounded = new BoundedRelease(LONG, (task) -> new Thread(task) {

			@Override
			public synchronized void start() {
				throw new OutOfMemoryError("unable to create native thread");
			}

		});
		assertThatExceptionOfType(OutOfMemoryError.class)
			.isThrownBy(() -> bounded.run("it", () -> this.released.add("it")));
		assertThat(this.released).isEmpty();
	}

	@Test
	void threadThatDoesNotComeToRunIsNotWaitedForLonger() throws Exception {
		List<Runnable> later = new ArrayList<>();
		BoundedRelease bounded = new BoundedRelease(Duration.ofMillis(20), (task) -> {
			later.add(task);
			return new Thread(() -> {
			});
		});
		assertThatExceptionOfType(ReleaseTimeoutException.class)
			.isThrownBy(() -> bounded.run("it", () -> this.released.add("it")));
		later.get(0).run();
		assertThat(this.released).containsExactly("it");
	}

}
