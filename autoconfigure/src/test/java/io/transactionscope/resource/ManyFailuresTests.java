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

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.management.ThreadMXBean;
import io.transactionscope.resource.failure.Failures;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What many resources and many failures cost (R1, R7), in bytes: a failure copies all
 * that it carries whenever it is asked for it.
 */
class ManyFailuresTests {

	private static final int MANY = 20_000;

	private static final Logger suppressions = (Logger) LoggerFactory.getLogger(Suppressing.class);

	private final IOException first = new IOException("first");

	@BeforeAll
	static void silence() {
		suppressions.setLevel(Level.OFF);
	}

	@AfterAll
	static void unsilence() {
		suppressions.setLevel(null);
	}

	@Test
	void r1FailingExitsCostTheSameEach() {
		assertLinear((count) -> {
			ResourceScope scope = ResourceScope.open();
			IntStream.range(0, count).forEach((number) -> scope.onExit(ManyFailuresTests::fail));
			assertThatExceptionOfType(Light.class).isThrownBy(scope::close)
				.satisfies((ex) -> assertThat(ex.getSuppressed().length).isEqualTo(count - 1));
		});
	}

	@Test
	void r1FailingExitsOfScopesThatEndTogetherCostTheSameEach() {
		assertLinear((count) -> {
			List<Throwable> failures = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				ResourceScope scope = ResourceScope.open();
				scope.onExit(ManyFailuresTests::fail);
				scope.end(Outcome.succeeded(), null, failures);
			}
			assertThat(failures.size()).isEqualTo(count);
		});
	}

	@Test
	void r1FailingPartsOfAnAbandonedEntryCostTheSameEach() {
		assertLinear((count) -> {
			Resource<String> part = Resource.of(() -> "part", (value, outcome) -> fail(outcome));
			Resource<String> whole = Resource.of(() -> {
				throw new IOException("last");
			}, (value, outcome) -> {
			});
			for (int i = 0; i < count; i++) {
				whole = part.and(whole);
			}
			Resource<String> entered = whole;
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(entered)))
				.satisfies((ex) -> assertThat(ex.getSuppressed().length).isEqualTo(count));
		});
	}

	@Test
	void t3FailuresAddedAtOnceCostTheSameEach() {
		assertLinear((count) -> {
			IOException failure = new IOException("first");
			Failures.suppressAll(failure, Collections.nCopies(count, 0).stream().map((number) -> new Light()).toList());
			assertThat(failure.getSuppressed().length).isEqualTo(count);
		});
	}

	@Test
	void t3SuppressedFailuresCostTheSameEach() {
		assertLinear((count) -> {
			IOException failure = new IOException("body");
			assertThatExceptionOfType(Light.class).isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.enter(Resources.suppressing(IOException.class));
				IntStream.range(0, count).forEach((number) -> scope.onExit(ManyFailuresTests::fail));
				throw failure;
			})).satisfies((ex) -> assertThat(ex.getSuppressed().length).isEqualTo(count - 1));
		});
	}

	@Test
	void t3FailureIsCarriedOnceThoughOthersAddItToo() {
		List<Throwable> all = new ArrayList<>();
		for (int i = 0; i < 60; i++) {
			Light light = new Light();
			this.first.addSuppressed(light);
			all.add(light);
			all.add(light);
		}
		Failures.suppressAll(this.first, all);
		assertThat(this.first.getSuppressed()).hasSize(60);
		ResourceScope scope = ResourceScope.open();
		Light added = new Light();
		scope.onExit((outcome) -> {
			this.first.addSuppressed(added);
			throw added;
		});
		scope.onExit(ManyFailuresTests::fail);
		scope.onExit((outcome) -> {
			throw this.first;
		});
		assertThatExceptionOfType(IOException.class).isThrownBy(scope::close).isSameAs(this.first);
		assertThat(this.first.getSuppressed()).hasSize(62).endsWith(added);
	}

	@Test
	void r7FoldedResourcesMayBeMoreThanTheStackIsDeep() {
		assertFolded((whole, part) -> whole.and(part));
		assertFolded((whole, part) -> part.and(whole));
		assertFolded((whole, part) -> whole.and(part).map((value) -> value));
		assertFolded((whole, part) -> part.and(part.and(whole)));
	}

	private static void assertFolded(BiFunction<Resource<String>, Resource<String>, Resource<String>> fold) {
		int[] held = new int[2];
		Resource<String> part = Resource.of(() -> {
			held[0]++;
			held[1]++;
			return "part";
		}, (value, outcome) -> held[0]--);
		Resource<String> whole = part;
		for (int i = 0; i < MANY; i++) {
			whole = fold.apply(whole, part);
		}
		Resource<String> entered = whole;
		ResourceScope.run((scope) -> {
			assertThat(scope.enter(entered)).isEqualTo("part");
			assertThat(held[0]).isEqualTo(held[1]).isGreaterThan(MANY);
		});
		assertThat(held[0]).isZero();
		held[1] = 0;
		IOException last = new IOException("last");
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(entered.and(Resource.of(() -> {
				throw last;
			}, (value, outcome) -> {
			})))))
			.isSameAs(last);
		assertThat(held[0]).isZero();
		assertThat(held[1]).isGreaterThan(MANY);
	}

	private static void fail(Outcome outcome) {
		throw new Light();
	}

	/**
	 * Ten times as many may cost ten times as much, and a bit more; not a hundred times.
	 */
	private static void assertLinear(IntConsumer work) {
		allocated(work, 100);
		assertThat(allocated(work, MANY)).isLessThan(allocated(work, MANY / 10) * 25);
	}

	private static long allocated(IntConsumer work, int count) {
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long[] allocated = new long[3];
		Arrays.setAll(allocated, (round) -> {
			long before = threads.getCurrentThreadAllocatedBytes();
			work.accept(count);
			return threads.getCurrentThreadAllocatedBytes() - before;
		});
		return Arrays.stream(allocated).min().orElseThrow();
	}

	private static final class Light extends RuntimeException {

		private Light() {
			super("light");
		}

		@Override
		public synchronized Throwable fillInStackTrace() {
			return this;
		}

	}

}
