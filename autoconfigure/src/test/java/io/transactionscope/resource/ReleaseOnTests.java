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
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.failure.Failures;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Resource#releaseOn}.
 */
class ReleaseOnTests {

	private final Trace trace = new Trace();

	private final Queue<Runnable> deferred = new ArrayDeque<>();

	private final Executor executor = this.deferred::add;

	private final List<String> reported = new ArrayList<>();

	private final CapturedLog log = new CapturedLog("io.transactionscope.resource");

	@BeforeEach
	void startLog() {
		this.log.start();
	}

	@AfterEach
	void stopLog() {
		this.log.stop();
		assertThat(Thread.interrupted()).as("interrupted").isFalse();
	}

	private void report(String name, Throwable failure) {
		this.reported.add(name + ": " + failure.getMessage());
	}

	private void runDeferred() {
		while (!this.deferred.isEmpty()) {
			this.deferred.remove().run();
		}
	}

	@Test
	void scopeGoesOnAndTheExecutorReleasesWithTheOutcomeOfThatTime() {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("first"));
			assertThat(scope.enter(this.trace.resource("second").releaseOn(this.executor))).isEqualTo("second");
			scope.enter(this.trace.resource("third"));
		});
		this.trace.assertEvents("enter first", "enter second", "enter third", "exit third: succeeded",
				"exit first: succeeded");
		runDeferred();
		assertThat(this.trace.events()).last().isEqualTo("exit second: succeeded");
	}

	@Test
	void releaseSeesTheFailureOfTheBody() {
		IOException failure = new IOException("body");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("it").releaseOn(this.executor));
			throw failure;
		})).isSameAs(failure);
		runDeferred();
		assertThat(this.trace.events()).last().isEqualTo("exit it: failed by body");
	}

	@Test
	void failureGoesToTheHandlerWithTheName() {
		Resource<String> failing = this.trace.resource("it", new IOException("gone"));
		ResourceScope.run((scope) -> {
			scope.enter(failing.releaseOn("the cache", this.executor, this::report));
			scope.enter(this.trace.resource("error", new AssertionError("bad"))
				.releaseOn("the index", this.executor, this::report));
		});
		runDeferred();
		assertThat(this.reported).containsExactly("the index: bad", "the cache: gone");
		assertThat(this.log.events()).isEmpty();
	}

	@Test
	void failureIsLoggedWithoutAHandler() {
		Resource<String> failing = this.trace.resource("it", new IOException("gone"));
		ResourceScope.run((scope) -> {
			scope.enter(failing.releaseOn(this.executor));
			scope.enter(failing.releaseOn("the cache", this.executor));
		});
		runDeferred();
		assertThat(this.log.events()).hasSize(2)
			.satisfiesExactly(
					(event) -> assertThat(event).startsWith("ERROR Deferred release of the cache failed")
						.contains("java.io.IOException: gone"),
					(event) -> assertThat(event).startsWith("ERROR Deferred release of java.lang.String failed"));
	}

	@Test
	void handlerThatFailsLosesNothing() {
		ResourceScope.run((scope) -> scope.enter(
				this.trace.resource("it", new IOException("gone")).releaseOn("it", this.executor, (name, failure) -> {
					throw new AssertionError("handler");
				})));
		runDeferred();
		assertThat(this.log.events()).anySatisfy((event) -> assertThat(event).startsWith("ERROR").contains("gone"))
			.anySatisfy((event) -> assertThat(event).startsWith("ERROR").contains("handler"));
	}

	@Test
	void logThatFailsChangesNothing() {
		this.log.failing();
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("first"));
			scope.enter(this.trace.resource("it", new IOException("gone")).releaseOn("it", (task) -> {
				throw new RejectedExecutionException("full");
			}));
		});
		assertThat(this.log.events()).hasSizeGreaterThanOrEqualTo(2);
		this.trace.assertEvents("enter first", "enter it", "exit it: succeeded", "exit first: succeeded");
	}

	static List<Throwable> refusals() {
		return List.of(new RejectedExecutionException("full"), new NullPointerException("full"),
				new OutOfMemoryError("unable to create native thread"));
	}

	@ParameterizedTest
	@MethodSource("refusals")
	@DisplayName("R1: what the executor refuses is released at once")
	void r1_whatIsRefusedIsReleasedAtOnce(Throwable refusal) {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("first"));
			scope.enter(this.trace.resource("it", new IOException("gone")).releaseOn("it", (task) -> {
				throw Failures.rethrow(refusal);
			}, this::report));
		});
		this.trace.assertEvents("enter first", "enter it", "exit it: succeeded", "exit first: succeeded");
		assertThat(this.reported).containsExactly("it: gone");
		assertThat(this.log.events()).singleElement()
			.asString()
			.startsWith("WARN The executor refused the release of it, which goes on here");
	}

	@Test
	@DisplayName("R1: what an executor takes and refuses all the same is released once")
	void r1_whatIsTakenAndRefusedIsReleasedOnce() {
		ResourceScope.run((scope) -> scope.enter(this.trace.resource("it").releaseOn((task) -> {
			this.deferred.add(task);
			throw new OutOfMemoryError("unable to create native thread");
		})));
		runDeferred();
		this.trace.assertEvents("enter it", "exit it: succeeded");
	}

	@Test
	@DisplayName("R1: a pool that is full refuses, and nothing is lost")
	void r1_fullPoolLosesNothing() throws InterruptedException {
		ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1));
		AtomicInteger released = new AtomicInteger();
		Resource<String> resource = Resource.<String>of(() -> "", (value, outcome) -> released.incrementAndGet())
			.releaseOn(pool);
		for (int i = 0; i < 1_000; i++) {
			ResourceScope.run((scope) -> scope.enter(resource));
		}
		pool.shutdown();
		ResourceScope.run((scope) -> scope.enter(resource));
		assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
		assertThat(released).hasValue(1_001);
	}

	@Test
	void takesTheLoggingContextAlongAndGivesTheThreadItsOwnBack() throws Exception {
		ExecutorService one = Executors.newSingleThreadExecutor();
		try {
			one.submit(() -> MDC.put("worker", "own")).get();
			MDC.put("order", "42");
			ResourceScope.run((scope) -> scope.enter(Resource
				.of(() -> "", (value, outcome) -> this.trace.add(MDC.get("order") + " " + MDC.get("worker")))
				.releaseOn(one)));
			one.submit(() -> this.trace.add(MDC.get("order") + " " + MDC.get("worker"))).get();
		}
		finally {
			MDC.clear();
			one.shutdown();
		}
		this.trace.assertEvents("42 null", "null own");
	}

	@Test
	void interruptedReleaseOnTheScopesThreadRestoresTheFlagAtTheEnd() {
		ResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.trace.add("interrupted " + Thread.currentThread().isInterrupted()));
			scope.enter(this.trace.resource("it", new InterruptedException("stop"))
				.releaseOn("it", Runnable::run, this::report));
		});
		this.trace.assertEvents("enter it", "exit it: succeeded", "interrupted false");
		assertThat(this.reported).containsExactly("it: stop");
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	@DisplayName("R3, R4: in a transaction scope the release sees what became of the transaction")
	void r3_seesTheOutcomeOfTheTransaction() {
		JdbcDataSource dataSource = new JdbcDataSource();
		dataSource.setURL("jdbc:h2:mem:release-on");
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
		scope.run((tx) -> tx.enter(this.trace.resource("first")
			.and(this.trace.resource("second", new IOException("gone")), String::concat)
			.releaseOn("both", this.executor, this::report)));
		this.trace.assertEvents("enter first", "enter second");
		runDeferred();
		this.trace.assertEvents("enter first", "enter second", "exit second: succeeded", "exit first: succeeded");
		assertThat(this.reported).containsExactly("both: gone");
		scope.run((tx) -> {
			tx.enter(this.trace.resource("third").releaseOn(this.executor));
			tx.setRollbackOnly("no");
		});
		runDeferred();
		assertThat(this.trace.events()).last().asString().startsWith("exit third: failed by Transaction of");
	}

	@Test
	void limitHoldsOnTheExecutorToo() {
		ResourceScope.run((scope) -> scope.enter(Resource.of(() -> "", (value, outcome) -> Thread.sleep(60_000))
			.releaseWithin("it", Duration.ofMillis(20))
			.releaseOn("it", this.executor, this::report)));
		runDeferred();
		assertThat(this.reported).singleElement().asString().startsWith("it: Release of it did not end within 20 ms");
		// Or it would be in the log of the next test
		this.log.await("ERROR Release of it failed after");
	}

}
