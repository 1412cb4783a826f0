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
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.observation.ObservedResources;
import io.transactionscope.resource.release.ReleaseTimeoutException;
import io.transactionscope.resource.setting.SettingResources;
import io.transactionscope.transaction.AfterCommitException;
import org.awaitility.Awaitility;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for {@link Resource#releaseWithin}.
 */
class ReleaseWithinTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private static final Duration SHORT = Duration.ofMillis(50);

	private final Trace trace = new Trace();

	/** What hangs ends with it. */
	private final CountDownLatch over = new CountDownLatch(1);

	private final CapturedLog log = new CapturedLog("io.transactionscope.resource");

	@BeforeEach
	void startLog() {
		this.log.start();
	}

	@AfterEach
	void end() throws InterruptedException {
		this.over.countDown();
		this.log.stop();
		assertThat(Thread.interrupted()).as("interrupted").isFalse();
		// What they log late would be in the log of the next test
		for (Thread each : Thread.getAllStackTraces().keySet()) {
			if (each.getName().startsWith("release of ")) {
				each.join(LONG.toMillis());
			}
		}
	}

	@Test
	void releasesOnAnotherThreadAndWaitsForIt() {
		AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
		Resource<String> resource = Resource.of(() -> "value", (value, outcome) -> {
			this.trace.add("exit " + value + ": " + Trace.text(outcome));
			thread.set(Thread.currentThread());
		});
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("first"));
			assertThat(scope.enter(resource.releaseWithin("the client", LONG))).isEqualTo("value");
		});
		this.trace.assertEvents("enter first", "exit value: succeeded", "exit first: succeeded");
		assertThat(thread.get()).isNotSameAs(Thread.currentThread())
			.satisfies((each) -> assertThat(each.getName()).isEqualTo("release of the client"))
			.satisfies((each) -> assertThat(each.isDaemon()).isTrue());
	}

	@Test
	@DisplayName("R1: a release that hangs holds up no other one, and is named with where it hangs")
	void r1_goesOnPastTheLimit() {
		// By then, its thread hangs
		Duration limit = Duration.ofSeconds(1);
		assertThatExceptionOfType(ReleaseTimeoutException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("first"));
			scope.enter(hanging().releaseWithin("the client", limit));
			scope.enter(this.trace.resource("last"));
		}))
			.withMessageMatching(
					"Release of the client did not end within 1000 ms \\(gave up after \\d+ ms\\) and was interrupted: .*")
			.satisfies((thrown) -> assertThat(thrown.resource()).isEqualTo("the client"))
			.satisfies((thrown) -> assertThat(thrown.waited()).isBetween(limit, LONG))
			.havingCause()
			.withMessage("Thread 'release of the client' was still here")
			.satisfies((where) -> assertThat(where.getStackTrace())
				.anyMatch((frame) -> frame.getMethodName().equals("hang")));
		assertThat(this.trace.events()).startsWith("enter first", "enter last", "exit last: succeeded")
			.last()
			.asString()
			.startsWith("exit first: failed by Release of the client did not end");
	}

	@Test
	void namesTheTypeOfTheValueByDefault() {
		Resource<Object> resource = Resource.of(() -> new Object() {

			@Override
			public String toString() {
				throw new IllegalStateException("secret");
			}

		}, (value, outcome) -> hang());
		assertThatExceptionOfType(ReleaseTimeoutException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(resource.releaseWithin(SHORT))))
			.satisfies((thrown) -> assertThat(thrown.resource()).startsWith(getClass().getName() + "$"));
		Resource<@Nullable Object> none = Resource.of(() -> null, (value, outcome) -> hang());
		assertThatExceptionOfType(ReleaseTimeoutException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(none.releaseWithin(SHORT))))
			.satisfies((thrown) -> assertThat(thrown.resource()).isEqualTo("a resource"));
	}

	@Test
	void interruptsWhatHangs() {
		AtomicBoolean interrupted = new AtomicBoolean();
		Resource<String> resource = Resource.of(() -> "", (value, outcome) -> {
			try {
				this.over.await();
			}
			catch (InterruptedException ex) {
				interrupted.set(true);
				throw ex;
			}
		});
		assertThatExceptionOfType(ReleaseTimeoutException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(resource.releaseWithin("it", SHORT))));
		this.log.await("ERROR Release of it failed after", "InterruptedException");
		assertThat(interrupted).isTrue();
	}

	@Test
	void failureOfTheBodyStaysTheFirst() {
		IOException failure = new IOException("body");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(hanging().releaseWithin(SHORT));
			throw failure;
		}))
			.isSameAs(failure)
			.satisfies((thrown) -> assertThat(thrown.getSuppressed()).singleElement()
				.isInstanceOf(ReleaseTimeoutException.class));
	}

	static List<Throwable> failures() {
		return List.of(new IOException("release"), new IllegalStateException("release"), new AssertionError("release"),
				new OutOfMemoryError("release"), new CompletionException(new IOException("x")),
				new CancellationException("release"), new Throwable("release"));
	}

	@ParameterizedTest
	@MethodSource("failures")
	@DisplayName("T3: what fails within the limit reaches the caller, the same instance")
	void t3_failureWithinTheLimitIsTheSame(Throwable failure) {
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("first"));
			scope.enter(this.trace.resource("failing", failure).releaseWithin(LONG));
		}))).isSameAs(failure);
		assertThat(this.trace.events()).last().isEqualTo("exit first: failed by " + failure.getMessage());
	}

	@Test
	@DisplayName("T3: a release translates the failure of the body from its own thread as well")
	void t3_releaseMayTranslateTheFailure() {
		IOException failure = new IOException("body");
		Resource<String> resource = Resource.of(() -> "", (value, outcome) -> {
			throw new IllegalStateException(outcome.failure());
		});
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(resource.releaseWithin(LONG));
			throw failure;
		})).withCause(failure);
	}

	@Test
	void endAfterTheLimitIsLogged() {
		assertThatExceptionOfType(ReleaseTimeoutException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(hanging().releaseWithin("it", SHORT))));
		this.over.countDown();
		this.log.await("WARN Release of it ended after", "when its scope had gone on (at most 50 ms were allowed)");
	}

	@Test
	void failureAfterTheLimitIsLogged() {
		Resource<String> resource = Resource.of(() -> "", (value, outcome) -> {
			hang();
			throw new IOException("too late");
		});
		assertThatExceptionOfType(ReleaseTimeoutException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(resource.releaseWithin("it", SHORT))));
		this.over.countDown();
		this.log.await("ERROR Release of it failed after", "java.io.IOException: too late");
	}

	@Test
	void logThatFailsAfterTheLimitEndsNothingElse() {
		this.log.failing();
		assertThatExceptionOfType(ReleaseTimeoutException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(hanging().releaseWithin("it", SHORT))));
		this.over.countDown();
		this.log.await("WARN Release of it ended");
	}

	@Test
	void interruptReachesTheReleaseAndIsRestoredOnceAllIsReleased() {
		CountDownLatch releasing = new CountDownLatch(1);
		InterruptedException[] seen = new InterruptedException[1];
		Resource<String> resource = Resource.of(() -> "", (value, outcome) -> {
			releasing.countDown();
			try {
				this.over.await();
			}
			catch (InterruptedException ex) {
				seen[0] = ex;
				throw ex;
			}
		});
		interruptOnce(releasing);
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.trace.add("interrupted " + Thread.currentThread().isInterrupted()));
			scope.enter(resource.releaseWithin(LONG));
		}))).isInstanceOf(InterruptedException.class).isSameAs(seen[0]);
		this.trace.assertEvents("interrupted false");
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void interruptThatTheReleaseIgnoresIsRestored() {
		CountDownLatch releasing = new CountDownLatch(1);
		Resource<String> resource = Resource.of(() -> "", (value, outcome) -> {
			releasing.countDown();
			try {
				this.over.await();
			}
			catch (InterruptedException ex) {
				this.trace.add("ignored");
			}
		});
		interruptOnce(releasing);
		ResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.trace.add("interrupted " + Thread.currentThread().isInterrupted()));
			scope.enter(resource.releaseWithin(LONG));
		});
		this.trace.assertEvents("ignored", "interrupted false");
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void threadThatWasInterruptedBeforeStaysSo() {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("first"));
			scope.enter(this.trace.resource("bounded").releaseWithin(LONG));
			Thread.currentThread().interrupt();
		});
		this.trace.assertEvents("enter first", "enter bounded", "exit bounded: succeeded", "exit first: succeeded");
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void takesLoggingContextAndClassLoaderAlong() {
		ClassLoader own = Thread.currentThread().getContextClassLoader();
		ClassLoader other = new ClassLoader(own) {
		};
		Resource<String> resource = Resource.of(() -> "", (value, outcome) -> {
			this.trace.add("order " + MDC.get("order"));
			assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(other);
		});
		try {
			MDC.put("order", "42");
			Thread.currentThread().setContextClassLoader(other);
			ResourceScope.run((scope) -> scope.enter(resource.releaseWithin(LONG)));
		}
		finally {
			Thread.currentThread().setContextClassLoader(own);
			MDC.clear();
		}
		this.trace.assertEvents("order 42");
	}

	@Test
	void compositeIsReleasedAsOne() {
		IOException failure = new IOException("second");
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> scope.enter(this.trace.resource("first")
			.and(this.trace.resource("second", failure), String::concat)
			.releaseWithin(LONG)
			.and(this.trace.resource("third")))))).isSameAs(failure);
		this.trace.assertEvents("enter first", "enter second", "enter third", "exit third: succeeded",
				"exit second: succeeded", "exit first: failed by second");
	}

	@Test
	void mappedAndReentrantOnesAreBoundToo() {
		Resource<Integer> resource = this.trace.resource("shared")
			.map(String::length)
			.releaseWithin("it", LONG)
			.reentrant();
		ResourceScope.run((scope) -> {
			assertThat(scope.enter(resource)).isEqualTo(6);
			ResourceScope.run((inner) -> inner.enter(resource));
		});
		Resource<String> inside = this.trace.resource("other").reentrant().releaseWithin("it", LONG);
		ResourceScope.run((scope) -> {
			scope.enter(inside);
			ResourceScope.run((inner) -> inner.enter(inside));
		});
		this.trace.assertEvents("enter shared", "exit shared: succeeded", "enter other", "exit other: succeeded");
	}

	@Test
	void timeoutCanBeSuppressed() {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("first"));
			scope.enter(Resources.suppressing(ReleaseTimeoutException.class).onRelease(hanging().releaseWithin(SHORT)));
		});
		ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(ReleaseTimeoutException.class));
			scope.enter(hanging().releaseWithin(SHORT));
		});
		this.trace.assertEvents("enter first", "exit first: succeeded");
	}

	@Test
	void suppressionOfTheReleaseRunsWithIt() {
		Resource<String> resource = Resources.suppressing(IOException.class)
			.onRelease(this.trace.resource("failing", new IOException("gone")))
			.releaseWithin(LONG);
		ResourceScope.run((scope) -> scope.enter(resource));
		this.trace.assertEvents("enter failing", "exit failing: succeeded");
	}

	@Test
	void whatIsBoundToItsThreadIsRefusedAndReleasedAtOnce() {
		ReentrantLock lock = new ReentrantLock();
		assertThreadBound(LockResources.lock(lock, Duration.ZERO));
		assertThat(lock.isLocked()).isFalse();
		assertThreadBound(LockResources.lock(lock, Duration.ZERO).map(Object::toString));
		assertThreadBound(LockResources.lock(lock, Duration.ZERO).reentrant());
		assertThreadBound(this.trace.resource("file").and(LockResources.lock(lock, Duration.ZERO)));
		assertThreadBound(Resources.suppressing(IOException.class).onRelease(LockResources.lock(lock, Duration.ZERO)));
		assertThreadBound(SettingResources.mdc("order", "42"));
		assertThreadBound(SettingResources.threadLocal(new ThreadLocal<>(), "value"));
		assertThreadBound(ObservedResources.timed(ObservationRegistry.create(), "import"));
		assertThreadBound(Resources.suppressing(IOException.class));
		assertThreadBound(Resources.translating(IOException.class, UncheckedIOException::new));
		assertThat(lock.isLocked()).isFalse();
		assertThat(MDC.get("order")).isNull();
		assertThat(this.trace.events()).startsWith("enter file").last().asString().startsWith("exit file: failed by");
	}

	private static void assertThreadBound(Resource<?> resource) {
		assertThatIllegalStateException()
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(resource.releaseWithin("it", LONG))))
			.withMessageStartingWith("Cannot release it on another thread, as it is bound to the one that acquired it");
		assertThatIllegalStateException()
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(resource.releaseOn("it", Runnable::run))))
			.withMessageStartingWith("Cannot release it on another thread");
	}

	@Test
	void lockBesideWhatIsBoundedStaysOnItsThread() {
		ReentrantLock lock = new ReentrantLock();
		ResourceScope.run((scope) -> scope
			.enter(LockResources.lock(lock, Duration.ZERO).and(this.trace.resource("bounded").releaseWithin(LONG))));
		assertThat(lock.isLocked()).isFalse();
		this.trace.assertEvents("enter bounded", "exit bounded: succeeded");
	}

	@Test
	@DisplayName("R3, R4: in a transaction scope the release sees what became of the transaction")
	void r3_seesTheOutcomeOfTheTransaction() {
		IOException failure = new IOException("second");
		assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> transactions().run((tx) -> {
			tx.enter(this.trace.resource("first")
				.and(this.trace.resource("second", failure), String::concat)
				.releaseWithin(LONG));
			tx.enter(hanging().releaseWithin("it", SHORT));
		}))
			.satisfies((thrown) -> assertThat(carried(thrown)).hasAtLeastOneElementOfType(ReleaseTimeoutException.class)
				.contains(failure));
		this.trace.assertEvents("enter first", "enter second", "exit second: succeeded", "exit first: succeeded");
		IllegalStateException rolledBack = new IllegalStateException("body");
		assertThatIllegalStateException().isThrownBy(() -> transactions().run((tx) -> {
			tx.enter(this.trace.resource("third").releaseWithin(LONG));
			throw rolledBack;
		})).isSameAs(rolledBack);
		assertThat(this.trace.events()).last().isEqualTo("exit third: failed by body");
	}

	private static List<Throwable> carried(Throwable thrown) {
		List<Throwable> carried = new ArrayList<>(List.of(thrown.getSuppressed()));
		if (thrown.getCause() != null) {
			carried.add(thrown.getCause());
			carried.addAll(List.of(thrown.getCause().getSuppressed()));
		}
		return carried;
	}

	@Test
	void entryThatFailsReleasesNothing() {
		IOException failure = new IOException("no");
		assertThat(catchThrowable(() -> ResourceScope
			.run((scope) -> scope.enter(this.trace.unavailable("it", failure).releaseWithin(LONG))))).isSameAs(failure);
		this.trace.assertEvents("try it");
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT0S", "PT-1S", "P106752D" })
	void refusesLimitsThatAreNone(Duration limit) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.trace.resource("it").releaseWithin(limit))
			.withMessage("Invalid limit of a release (" + limit
					+ "): it must be positive and not longer than PT2562047H47M16.854775807S");
	}

	@Test
	void takesTheShortestAndTheLongestLimit() {
		ResourceScope
			.run((scope) -> scope.enter(this.trace.resource("it").releaseWithin(Duration.ofNanos(Long.MAX_VALUE))));
		this.trace.assertEvents("enter it", "exit it: succeeded");
		assertThatExceptionOfType(ReleaseTimeoutException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(hanging().releaseWithin(Duration.ofNanos(1)))));
	}

	private void interruptOnce(CountDownLatch releasing) {
		Thread scopes = Thread.currentThread();
		new Thread(() -> {
			try {
				releasing.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			scopes.interrupt();
		}).start();
	}

	private Resource<String> hanging() {
		return Resource.of(() -> "hanging", (value, outcome) -> hang());
	}

	/** Until it is over, interrupted or not. */
	private void hang() {
		Awaitility.waitAtMost(LONG).until(() -> {
			Thread.interrupted();
			return this.over.getCount() == 0;
		});
	}

	private static TransactionScope transactions() {
		JdbcDataSource dataSource = new JdbcDataSource();
		dataSource.setURL("jdbc:h2:mem:release-within");
		return TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
	}

}
