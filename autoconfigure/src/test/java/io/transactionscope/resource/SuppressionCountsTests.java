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

package io.transactionscope.resource;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link SuppressionCounts}.
 */
class SuppressionCountsTests {

	private final SuppressionCounts counts = new SuppressionCounts(3);

	private final List<SuppressionCounts.Count> seen = new CopyOnWriteArrayList<>();

	@Test
	void countsByTypeAndName() {
		this.counts.observe(this.seen::add);
		this.counts.add(new IOException(), "import");
		this.counts.add(new FileNotFoundException(), "import");
		this.counts.add(new IOException(), null);
		this.counts.add(new IOException(), "import");
		assertThat(this.seen)
			.hasToString("[2 x IOException (import), 1 x FileNotFoundException (import), " + "1 x IOException (none)]");
	}

	@Test
	void whatIsBeyondTheLimitIsCountedAsOne() {
		this.counts.observe(this.seen::add);
		for (int i = 0; i < 6; i++) {
			this.counts.add(new IOException(), "import-" + i);
		}
		this.counts.add(new IOException(), "import-1");
		assertThat(this.seen).hasToString("[1 x IOException (import-0), 2 x IOException (import-1), "
				+ "1 x IOException (import-2), 3 x other (other)]");
	}

	@Test
	void typeWithoutASimpleNameIsCountedByItsFullName() {
		this.counts.observe(this.seen::add);
		this.counts.add(new IOException() {
		}, null);
		assertThat(this.seen).singleElement()
			.satisfies(
					(count) -> assertThat(count.exception()).startsWith(SuppressionCountsTests.class.getName() + "$"));
	}

	@Test
	void observerIsGivenWhatWasCountedBefore() {
		this.counts.add(new IOException(), "import");
		this.counts.observe(this.seen::add);
		assertThat(this.seen).hasToString("[1 x IOException (import)]");
	}

	@Test
	void observerIsGivenNothingOnceItHasEnded() {
		this.counts.observe(this.seen::add).run();
		this.counts.add(new IOException(), "import");
		assertThat(this.seen).isEmpty();
	}

	@Test
	void observerThatFailsKeepsNobodyFromCounting() {
		this.counts.observe((count) -> {
			throw new AssertionError("observer");
		});
		this.counts.observe(this.seen::add);
		assertThatNoException().isThrownBy(() -> this.counts.add(new IOException(), "import"));
		assertThat(this.seen).hasToString("[1 x IOException (import)]");
	}

	@Test
	void observerAndAppenderThatFailKeepNobodyFromCounting() {
		CapturedLog log = new CapturedLog(SuppressionCounts.class.getName());
		log.start();
		log.failing();
		try {
			this.counts.observe((count) -> {
				throw new AssertionError("observer");
			});
			this.counts.observe(this.seen::add);
			this.counts.add(new IOException(), "import");
		}
		finally {
			log.stop();
		}
		assertThat(log.events()).singleElement().asString().contains("An observer of suppressed failures has failed");
		assertThat(this.seen).hasToString("[1 x IOException (import)]");
	}

	@Test
	void observerThatFailsAtOnceIsNotKept() {
		this.counts.add(new IOException(), "import");
		List<String> told = new ArrayList<>();
		assertThatIllegalStateException().isThrownBy(() -> this.counts.observe((count) -> {
			told.add(count.name());
			throw new IllegalStateException("observer");
		}));
		this.counts.add(new IOException(), "export");
		assertThat(told).containsExactly("import");
	}

	@Test
	void countsOfSeveralThreadsAddUp() {
		this.counts.observe(this.seen::add);
		IntStream.range(0, 1000).parallel().forEach((i) -> this.counts.add(new IOException(), "import-" + i % 10));
		assertThat(this.seen).hasSize(4);
		assertThat(this.seen.stream().mapToLong(SuppressionCounts.Count::number).sum()).isEqualTo(1000);
	}

	@Test
	void scopesAndAroundsCountInThoseOfTheProcess() throws Exception {
		String name = UUID.randomUUID().toString();
		Runnable end = SuppressionCounts.ofProcess().observe(this.seen::add);
		try {
			ResourceScope.run((scope) -> {
				scope.enter(Resources.suppressing(IOException.class).named(name));
				throw new IOException();
			});
			Around<String> catching = (body) -> {
				try {
					body.run("value");
				}
				catch (Caught ex) {
					// Suppressed
				}
			};
			catching.run((value) -> {
				throw new Caught();
			});
		}
		finally {
			end.run();
		}
		assertThat(this.seen).extracting(Object::toString)
			.contains("1 x IOException (" + name + ")", "1 x Caught (none)");
	}

	private static final class Caught extends RuntimeException {

	}

}
