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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares random nests, up to 50 deep, with the same nests written by hand: result,
 * cause, the order of suppressed failures, and the order of all that happens.
 */
@DisplayName("the result equals hand-nested blocks")
class ResourceScopeReferenceTests {

	private static final int NESTS_PER_SEED = 1_000;

	private static final Logger suppressions = (Logger) LoggerFactory.getLogger(Suppressing.class);

	@BeforeAll
	static void silence() {
		suppressions.setLevel(Level.OFF);
	}

	@AfterAll
	static void unsilence() {
		suppressions.setLevel(null);
	}

	@AfterEach
	void clearInterrupt() {
		Thread.interrupted();
	}

	static LongStream seeds() {
		return LongStream.rangeClosed(1, 10);
	}

	@ParameterizedTest
	@MethodSource("seeds")
	@DisplayName("result, cause and suppressed order alike, as with try-with-resources")
	void equalsTryWithResources(long seed) {
		Random random = new Random(seed);
		for (int i = 0; i < NESTS_PER_SEED; i++) {
			Nest nest = Nest.random(random, false);
			Run expected = new Run(nest);
			Run actual = new Run(nest);
			expected.tryWithResources();
			actual.resourceScope();
			assertThat(actual.log).as("%s of seed %d: %s", i, seed, nest).isEqualTo(expected.log);
		}
	}

	@ParameterizedTest
	@MethodSource("seeds")
	@DisplayName("what each exit sees alike, with suppressors, as with try, catch and finally")
	void equalsTryCatchFinally(long seed) {
		Random random = new Random(seed);
		for (int i = 0; i < NESTS_PER_SEED; i++) {
			Nest nest = Nest.random(random, true);
			Run expected = new Run(nest);
			Run actual = new Run(nest);
			expected.tryCatchFinally();
			actual.resourceScope();
			assertThat(actual.log).as("%s of seed %d: %s", i, seed, nest).isEqualTo(expected.log);
		}
	}

	/**
	 * What to do, without a single object that two runs would share.
	 */
	private record Nest(List<Block> blocks, Kind body, boolean outcomesSeen) {

		static Nest random(Random random, boolean outcomesSeen) {
			int depth = random.nextInt(51);
			double failureRate = random.nextDouble() * 0.5;
			List<Block> blocks = new ArrayList<>();
			for (int i = 0; i < depth; i++) {
				blocks.add(Block.random(random, i, failureRate, outcomesSeen));
			}
			return new Nest(blocks, Kind.random(random, failureRate), outcomesSeen);
		}

	}

	private record Block(Entry entry, String name, Kind acquire, Kind release, boolean inner) {

		static Block random(Random random, int number, double failureRate, boolean outcomesSeen) {
			Entry[] entries = Entry.values();
			Entry entry = entries[random.nextInt(outcomesSeen ? entries.length : entries.length - 1)];
			Kind acquire = entry.acquires ? Kind.random(random, failureRate / 20) : Kind.NONE;
			return new Block(entry, "block " + number, acquire, Kind.random(random, failureRate),
					random.nextInt(4) == 0);
		}

	}

	private enum Entry {

		RESOURCE(true), COMPOSITE(true), CLOSEABLE(true), ACTION(false), SUPPRESSOR(false);

		private final boolean acquires;

		Entry(boolean acquires) {
			this.acquires = acquires;
		}

	}

	private enum Kind {

		NONE, CHECKED, UNCHECKED, ERROR, INTERRUPT, CAUSED, CARRYING, LADEN;

		static Kind random(Random random, double rate) {
			return (random.nextDouble() < rate) ? values()[1 + random.nextInt(values().length - 1)] : NONE;
		}

		void fail(String message) {
			Throwable failure = switch (this) {
				case NONE -> null;
				case CHECKED -> new IOException(message);
				case UNCHECKED -> new IllegalStateException(message);
				case ERROR -> new AssertionError(message);
				case INTERRUPT -> new InterruptedException(message);
				case CAUSED -> new TimeoutException(message).initCause(new IOException("cause of " + message));
				case CARRYING -> {
					IllegalArgumentException carrying = new IllegalArgumentException(message);
					carrying.addSuppressed(new IOException("carried by " + message));
					yield carrying;
				}
				case LADEN -> {
					IOException laden = new IOException(message, carrying(new TimeoutException("cause of " + message)));
					laden.addSuppressed(new IllegalArgumentException("carried by " + message));
					laden.addSuppressed(carrying(new IllegalStateException("also carried by " + message)));
					yield laden;
				}
			};
			if (failure != null) {
				throw Failures.rethrow(failure);
			}
		}

	}

	private static <X extends Exception> X carrying(X failure) {
		failure.addSuppressed(new IOException("listed, carried by " + failure.getMessage()));
		failure.addSuppressed(new AssertionError("not listed, carried by " + failure.getMessage()));
		return failure;
	}

	private static final class Run {

		private final Nest nest;

		private final List<String> log = new ArrayList<>();

		Run(Nest nest) {
			this.nest = nest;
		}

		void tryWithResources() {
			end(() -> tryWithResources(0));
		}

		private String tryWithResources(int depth) throws Exception {
			if (depth == this.nest.blocks().size()) {
				return body();
			}
			Block block = this.nest.blocks().get(depth);
			try (AutoCloseable closeable = open(block)) {
				assertThat(closeable).isNotNull();
				return tryWithResources(depth + 1);
			}
		}

		private AutoCloseable open(Block block) {
			acquire(block);
			return () -> release(block, Outcome.succeeded());
		}

		void tryCatchFinally() {
			end(() -> {
				tryCatchFinally(0);
				return null;
			});
		}

		private void tryCatchFinally(int depth) {
			if (depth == this.nest.blocks().size()) {
				body();
				return;
			}
			Block block = this.nest.blocks().get(depth);
			if (block.entry() == Entry.SUPPRESSOR) {
				try {
					tryCatchFinally(depth + 1);
				}
				catch (Throwable ex) {
					suppress(ex);
				}
				return;
			}
			acquire(block);
			Throwable failure = null;
			try {
				tryCatchFinally(depth + 1);
			}
			catch (Throwable ex) {
				failure = ex;
			}
			try {
				release(block, (failure != null) ? Outcome.failed(failure) : Outcome.succeeded());
			}
			catch (Throwable ex) {
				if (failure == null) {
					throw ex;
				}
				failure.addSuppressed(ex);
			}
			if (failure != null) {
				throw Failures.rethrow(failure);
			}
		}

		/**
		 * Lets a failure go on that is not listed. Of one that is, each failure goes on
		 * that it carries and is not listed, also by way of its causes and of what it
		 * carries that is listed: the first of them, carrying the others.
		 */
		private static void suppress(Throwable failure) {
			if (!listed(failure)) {
				throw Failures.rethrow(failure);
			}
			List<Throwable> left = new ArrayList<>();
			collectUnlisted(failure, left);
			if (!left.isEmpty()) {
				Throwable first = left.get(0);
				left.subList(1, left.size()).forEach(first::addSuppressed);
				throw Failures.rethrow(first);
			}
		}

		private static void collectUnlisted(Throwable failure, List<Throwable> left) {
			if (failure.getCause() != null) {
				collectUnlisted(failure.getCause(), left);
			}
			for (Throwable carried : failure.getSuppressed()) {
				if (listed(carried)) {
					collectUnlisted(carried, left);
				}
				else {
					left.add(carried);
				}
			}
		}

		private static boolean listed(Throwable failure) {
			return failure instanceof IOException || failure instanceof IllegalStateException;
		}

		void resourceScope() {
			end(() -> {
				List<String> result = new ArrayList<>();
				ResourceScope.run((scope) -> {
					ResourceScope current = scope;
					for (Block block : this.nest.blocks()) {
						if (block.inner()) {
							current = current.enter(ResourceScope.open());
						}
						enter(current, block);
					}
					result.add(body());
				});
				return this.nest.outcomesSeen() ? null : result.get(0);
			});
		}

		private void enter(ResourceScope scope, Block block) {
			switch (block.entry()) {
				case RESOURCE -> scope.enter(resource(block));
				case COMPOSITE -> scope.enter(Resources.none("before").and(resource(block)).map(String::length));
				case CLOSEABLE -> scope.enter(closeable(scope, block));
				case ACTION -> {
					acquire(block);
					scope.onExit((outcome) -> release(block, outcome));
				}
				case SUPPRESSOR -> scope.enter(Resources.suppressing(IOException.class, IllegalStateException.class));
			}
		}

		private Resource<String> resource(Block block) {
			return Resource.of(() -> {
				acquire(block);
				return block.name();
			}, (value, outcome) -> release(block, outcome));
		}

		/**
		 * A closeable cannot see the outcome: an action tells it, which is released just
		 * before it.
		 */
		private AutoCloseable closeable(ResourceScope scope, Block block) {
			acquire(block);
			Outcome[] seen = { Outcome.succeeded() };
			AutoCloseable closeable = () -> release(block, seen[0]);
			if (this.nest.outcomesSeen()) {
				return () -> scope.onExit((outcome) -> {
					seen[0] = outcome;
					closeable.close();
				});
			}
			return closeable;
		}

		private void acquire(Block block) {
			this.log.add("acquire " + block.name());
			block.acquire().fail("acquire " + block.name());
		}

		private void release(Block block, Outcome outcome) {
			this.log
				.add("release " + block.name() + (this.nest.outcomesSeen() ? " seeing " + Trace.text(outcome) : ""));
			block.release().fail("release " + block.name());
		}

		private String body() {
			this.log.add("body");
			this.nest.body().fail("body");
			return "result";
		}

		private void end(Nested nested) {
			try {
				this.log.add("returned " + nested.run());
			}
			catch (Throwable ex) {
				this.log.add("threw");
				describe("", ex);
			}
		}

		private void describe(String indent, Throwable failure) {
			this.log.add(indent + failure);
			if (failure.getCause() != null) {
				this.log.add(indent + "caused by");
				describe(indent + "  ", failure.getCause());
			}
			for (Throwable suppressed : failure.getSuppressed()) {
				this.log.add(indent + "suppressed");
				describe(indent + "  ", suppressed);
			}
		}

	}

	private interface Nested {

		@Nullable String run() throws Exception;

	}

}
