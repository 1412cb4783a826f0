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
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * What CPython's suite checks of {@code contextmanager}, for {@link Around}.
 */
@DisplayName("contextmanager")
class AroundTests {

	private final Trace trace = new Trace();

	private final IOException failure = new IOException("body");

	private final Around<String> around = (body) -> {
		this.trace.add("setup");
		try {
			body.run("value");
		}
		finally {
			this.trace.add("teardown");
		}
	};

	@Test
	@DisplayName("plain order")
	void runsSetupBodyAndTeardown() {
		this.around.run((value) -> this.trace.add("body"));
		this.trace.assertEvents("setup", "body", "teardown");
	}

	@Test
	@DisplayName("the value and the result")
	void givesTheValueAndReturnsTheResult() {
		assertThat(this.around.<Integer, RuntimeException>call(String::length)).isEqualTo(5);
	}

	@Test
	@DisplayName("cleanup on failure")
	void cleansUpAfterAFailure() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.around.run((value) -> {
			this.trace.add("body");
			throw this.failure;
		})).isSameAs(this.failure);
		this.trace.assertEvents("setup", "body", "teardown");
		assertThat(this.failure.getSuppressed()).isEmpty();
	}

	@Test
	@DisplayName("a failing setup")
	void failingSetupRunsNoBody() {
		Around<String> failing = (body) -> {
			throw this.failure;
		};
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> failing.run((value) -> this.trace.add("body")))
			.isSameAs(this.failure);
		this.trace.assertEvents();
	}

	@Test
	@DisplayName("a failing teardown")
	void failingTeardownFails() {
		Around<String> failing = (body) -> {
			body.run("value");
			throw this.failure;
		};
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> failing.call((value) -> "result"))
			.isSameAs(this.failure);
	}

	@Test
	@DisplayName("a failing teardown keeps the body's failure visible")
	void failingTeardownKeepsTheBodysFailure() {
		IllegalStateException atTeardown = new IllegalStateException("teardown");
		Around<String> failing = (body) -> {
			try {
				body.run("value");
			}
			finally {
				this.trace.add("teardown");
				fail(atTeardown);
			}
		};
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> failing.run((value) -> {
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).containsExactly(atTeardown);
	}

	@Test
	@DisplayName("no yield")
	void failsIfTheBodyIsNotRun() {
		Around<String> never = (body) -> this.trace.add("setup");
		assertThatIllegalStateException().isThrownBy(() -> never.run((value) -> this.trace.add("body")))
			.withMessageStartingWith("An Around must run its body exactly once, and did not run it");
		assertThatIllegalStateException().isThrownBy(() -> never.call((value) -> "result"));
		this.trace.assertEvents("setup", "setup");
	}

	@Test
	@DisplayName("second yield")
	void failsIfTheBodyIsRunASecondTime() {
		Around<String> twice = (body) -> {
			body.run("first");
			body.run("second");
		};
		assertThatIllegalStateException().isThrownBy(() -> twice.run(this.trace::add))
			.withMessageContaining("ran it a second time");
		this.trace.assertEvents("first");
	}

	@Test
	@DisplayName("second yield, swallowed")
	void failsIfTheBodyIsRunASecondTimeAndThatIsSwallowed() {
		Around<String> twice = (body) -> {
			body.run("first");
			try {
				body.run("second");
			}
			catch (IllegalStateException ex) {
				this.trace.add("swallowed");
			}
		};
		assertThatIllegalStateException().isThrownBy(() -> twice.run(this.trace::add))
			.withMessageContaining("ran it a second time");
		this.trace.assertEvents("first", "swallowed");
	}

	@Test
	@DisplayName("second yield, as a retry of a failed body")
	void failsWithTheBodysFailureIfItIsRunAgainAfterIt() {
		Around<String> retrying = (body) -> {
			try {
				body.run("first");
			}
			catch (IOException ex) {
				body.run("second");
			}
		};
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> retrying.run((value) -> {
			this.trace.add(value);
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).hasSize(1);
		assertThat(this.failure.getSuppressed()[0]).hasMessageContaining("ran it a second time");
		this.trace.assertEvents("first");
	}

	@Test
	@DisplayName("a yield that has not ended")
	void failsIfTheBodyIsLeftRunningOnAnotherThread() throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		List<Thread> others = new ArrayList<>();
		Around<String> aside = (body) -> {
			Thread thread = new Thread(() -> assertThatNoException().isThrownBy(() -> body.run("value")));
			others.add(thread);
			thread.start();
			running.await();
		};
		try {
			assertThatIllegalStateException().isThrownBy(() -> aside.call((value) -> {
				running.countDown();
				end.await();
				return value;
			})).withMessageContaining("left it running on another thread");
		}
		finally {
			end.countDown();
			others.get(0).join();
		}
	}

	@Test
	void mayRunItsBodyOnAnotherThreadAndWaitForIt() throws Exception {
		Around<String> aside = (body) -> CompletableFuture.runAsync(() -> {
			try {
				body.run("value");
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}).join();
		assertThat(aside.<String, RuntimeException>call((value) -> value + " returned")).isEqualTo("value returned");
	}

	@Test
	@DisplayName("a yield too late")
	void refusesToRunTheBodyLater() {
		List<Around.Body<String>> kept = new ArrayList<>();
		Around<String> keeping = kept::add;
		assertThatIllegalStateException().isThrownBy(() -> keeping.run(this.trace::add));
		assertThatIllegalStateException().isThrownBy(() -> kept.get(0).run("late"))
			.withMessageContaining("before it returns");
		this.trace.assertEvents();
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	@DisplayName("handled inside means suppressed")
	void failureThatIsHandledInsideIsSuppressed(CapturedOutput output) throws IOException {
		long before = Suppressing.total();
		Around<String> handling = (body) -> {
			try {
				body.run("value");
			}
			catch (IOException ex) {
				this.trace.add("handled");
			}
		};
		handling.run((value) -> {
			throw this.failure;
		});
		this.trace.assertEvents("handled");
		assertThat(Suppressing.total()).isEqualTo(before + 1);
		assertThat(output).contains("WARN", "java.io.IOException: body", "at " + AroundTests.class.getName());
		assertThatIllegalStateException().isThrownBy(() -> handling.call((value) -> {
			throw this.failure;
		})).withMessageContaining("no result").withCause(this.failure);
	}

	@Test
	@DisplayName("handled inside: an interrupt is kept")
	void interruptThatIsHandledInsideIsKept() throws InterruptedException {
		Around<String> handling = (body) -> {
			try {
				body.run("value");
			}
			catch (InterruptedException ex) {
				this.trace.add("handled");
			}
		};
		handling.run((value) -> {
			throw new InterruptedException("body");
		});
		assertThat(Thread.interrupted()).isTrue();
		this.trace.assertEvents("handled");
	}

	@Test
	@DisplayName("the decorator form recreates the manager per call, keeps return value and this")
	void wrappedBodySetsUpAtEachCall() throws Exception {
		Callable<String> wrapped = this.around.wrap(this::describe);
		assertThat(wrapped.call()).isEqualTo("described");
		assertThat(wrapped.call()).isEqualTo("described");
		this.trace.assertEvents("setup", "describe", "teardown", "setup", "describe", "teardown");
	}

	@Test
	@DisplayName("recursive decorated calls balance")
	void recursiveCallsBalance() {
		List<Runnable> self = new ArrayList<>();
		int[] depth = { 0 };
		self.add(this.around.wrap(() -> {
			if (++depth[0] < 3) {
				self.get(0).run();
			}
		}));
		self.get(0).run();
		this.trace.assertEvents("setup", "setup", "setup", "teardown", "teardown", "teardown");
	}

	private String describe() {
		this.trace.add("describe");
		return "described";
	}

	private static void fail(RuntimeException failure) {
		throw failure;
	}

}
