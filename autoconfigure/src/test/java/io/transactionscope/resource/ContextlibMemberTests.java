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

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.observation.ObservedResources;
import io.transactionscope.resource.ratelimit.RateLimitResources;
import io.transactionscope.resource.setting.SettingResources;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Each member of Python's {@code contextlib}, and each everyday context manager, in its
 * form here. The details are in the tests of the single subjects.
 */
@DisplayName("contextlib")
class ContextlibMemberTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private final Trace trace = new Trace();

	private final IOException failure = new IOException("body");

	@Test
	@DisplayName("__enter__ / __exit__: enter returns the resource, exit always runs and sees the failure")
	void resource() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			assertThat(scope.enter(this.trace.resource("a"))).isEqualTo("a");
			throw this.failure;
		})).isSameAs(this.failure);
		this.trace.assertEvents("enter a", "exit a: failed by body");
	}

	@Test
	@DisplayName("contextmanager: setup, one yield, teardown")
	void around() throws IOException {
		Around<String> around = (body) -> {
			this.trace.add("setup");
			try {
				body.run("value");
			}
			finally {
				this.trace.add("teardown");
			}
		};
		around.run((value) -> this.trace.add("body with " + value));
		this.trace.assertEvents("setup", "body with value", "teardown");
	}

	@Test
	@DisplayName("closing / aclosing: always closes, never suppresses")
	void closing() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.closing("value", (value) -> this.trace.add("let go of " + value)));
			scope.enter(this.trace.closeable("a"));
			throw this.failure;
		})).isSameAs(this.failure);
		this.trace.assertEvents("close a", "let go of value");
	}

	@Test
	@DisplayName("suppress(*types): subclasses match")
	void suppress() {
		assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(Exception.class));
			throw this.failure;
		}));
	}

	@Test
	@DisplayName("redirect_stdout/stderr, chdir, localcontext, config override: set, then restore, also when nested")
	void override() {
		PrintStream before = System.out;
		ByteArrayOutputStream outer = new ByteArrayOutputStream();
		ByteArrayOutputStream inner = new ByteArrayOutputStream();
		ResourceScope.run((scope) -> {
			scope.enter(SettingResources.standardOutput(new PrintStream(outer)));
			System.out.print("one ");
			ResourceScope.run((nested) -> {
				nested.enter(SettingResources.standardOutput(new PrintStream(inner)));
				System.out.print("two");
			});
			System.out.print("three");
		});
		assertThat(System.out).isSameAs(before);
		assertThat(outer).hasToString("one three");
		assertThat(inner).hasToString("two");
	}

	@Test
	@DisplayName("nullcontext(value): no-op that yields the value")
	void none() {
		Object value = new Object();
		assertThat(ResourceScope.<Object, RuntimeException>call((scope) -> scope.enter(Resources.none(value))))
			.isSameAs(value);
	}

	@Test
	@DisplayName("ContextDecorator: one object is both block and decorator, recreated per call")
	void wrap() throws Exception {
		AtomicInteger acquired = new AtomicInteger();
		Resource<Integer> resource = Resource.of(acquired::incrementAndGet,
				(number, outcome) -> this.trace.add("released " + number));
		Callable<String> wrapped = resource.wrap(() -> "result");
		assertThat(wrapped.call()).isEqualTo("result");
		assertThat(wrapped.call()).isEqualTo("result");
		ResourceScope.run((scope) -> assertThat(scope.enter(resource)).isEqualTo(3));
		this.trace.assertEvents("released 1", "released 2", "released 3");
	}

	@Test
	@DisplayName("ExitStack.enter_context: if entering raises, nothing is pushed and those before unwind with it")
	void enter() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.enter(this.trace.unavailable("b", this.failure));
		})).isSameAs(this.failure);
		this.trace.assertEvents("enter a", "try b", "exit a: failed by body");
	}

	@Test
	@DisplayName("push: registers an exit without entering")
	void onExit() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.trace.add("saw " + Trace.text(outcome)));
			throw this.failure;
		}));
		this.trace.assertEvents("saw failed by body");
	}

	@Test
	@DisplayName("push: may suppress, by listed types only")
	void onExitThatSuppresses() {
		assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.onExit((outcome) -> this.trace.add("saw " + Trace.text(outcome)));
			scope.enter(Resources.suppressing(IOException.class));
			throw this.failure;
		}));
		this.trace.assertEvents("saw succeeded");
	}

	@Test
	@DisplayName("callback: sees no exception, cannot suppress")
	void defer() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.defer(() -> this.trace.add("deferred"));
			throw this.failure;
		})).isSameAs(this.failure);
		this.trace.assertEvents("deferred");
	}

	@Test
	@DisplayName("pop_all: moves all entries to a new stack, the old becomes empty")
	void detach() {
		ResourceScope detached = ResourceScope.<ResourceScope, RuntimeException>call((scope) -> {
			scope.enter(this.trace.resource("a"));
			return scope.detach();
		});
		this.trace.assertEvents("enter a");
		detached.close();
		this.trace.assertEvents("enter a", "exit a: succeeded");
	}

	@Test
	@DisplayName("close: unwinds now as if nothing failed, later closes are no-ops")
	void close() {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.close();
			scope.close();
			this.trace.add("body");
		});
		this.trace.assertEvents("enter a", "exit a: succeeded", "body");
	}

	@Test
	@DisplayName("unwinding: one at a time, LIFO, each exit sees the current failure, added callbacks run too")
	void unwinding() {
		IllegalStateException first = new IllegalStateException("first");
		IllegalArgumentException second = new IllegalArgumentException("second");
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.enter(this.trace.resource("b", second));
			scope.onExit((outcome) -> scope.defer(() -> this.trace.add("added during the unwinding")));
			scope.enter(Resources.suppressing(IllegalStateException.class));
			scope.enter(this.trace.resource("c"));
			scope.enter(this.trace.resource("d", first));
		})).isSameAs(second);
		this.trace.assertEvents("enter a", "enter b", "enter c", "enter d", "exit d: succeeded",
				"exit c: failed by first", "added during the unwinding", "exit b: succeeded",
				"exit a: failed by second");
	}

	@Test
	@DisplayName("AsyncExitStack: sync and async entries in one LIFO order, awaited one after another")
	void asynchronousReleases() {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("a"));
			scope.onExit((outcome) -> CompletableFuture.runAsync(() -> this.trace.add("async b")).get());
			scope.enter(this.trace.resource("c"));
			scope.onExit((outcome) -> CompletableFuture.runAsync(() -> this.trace.add("async d")).get());
		});
		this.trace.assertEvents("enter a", "enter c", "async d", "exit c: succeeded", "async b", "exit a: succeeded");
	}

	@Test
	@DisplayName("lock, semaphore, condition as context managers: held inside, released after success and failure")
	void locksAndPermits() {
		ReentrantLock lock = new ReentrantLock();
		Semaphore semaphore = new Semaphore(1);
		ResourceScope.run((scope) -> {
			scope.enter(LockResources.lock(lock, SOON));
			scope.enter(LockResources.permit(semaphore, SOON));
			assertThat(lock.isHeldByCurrentThread()).isTrue();
			assertThat(semaphore.availablePermits()).isZero();
		});
		assertThat(lock.isLocked()).isFalse();
		assertThat(semaphore.availablePermits()).isOne();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(LockResources.lock(lock, SOON));
			scope.enter(LockResources.permit(semaphore, SOON));
			throw this.failure;
		}));
		assertThat(lock.isLocked()).isFalse();
		assertThat(semaphore.availablePermits()).isOne();
	}

	@Test
	@DisplayName("files, temporary directories, backup on write: a failed write leaves the old content")
	void files(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("report"), "old");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			Path temporary = scope.enter(FileResources.tempDirectory());
			scope.defer(() -> assertThat(temporary).exists());
			Files.writeString(temporary.resolve("part"), "part");
			Files.writeString(scope.enter(FileResources.atomicFile(file)), "new");
			this.trace.add(temporary.toString());
			throw this.failure;
		}));
		assertThat(file).hasContent("old");
		assertThat(Path.of(this.trace.events().get(0))).doesNotExist();
		try (var left = Files.list(directory)) {
			assertThat(left).containsExactly(file);
		}
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	@DisplayName("timer, performance monitor, activity log: measures and logs, warns past a threshold")
	void timer(CapturedOutput output) {
		TestObservationRegistry registry = TestObservationRegistry.create();
		ResourceScope.run((scope) -> {
			scope.enter(ObservedResources.timed(registry, "invoice.print", Duration.ZERO));
			scope.enter(Resources.logged("printing", Level.INFO));
		});
		TestObservationRegistryAssert.assertThat(registry)
			.hasSingleObservationThat()
			.hasNameEqualTo("invoice.print")
			.hasBeenStopped();
		assertThat(output).contains("printing started", "printing succeeded after", "invoice.print took");
	}

	@Test
	@DisplayName("rate limiter: at most n entries a window, a failed body gives its slot back")
	void rateLimit() {
		Resource<Duration> limit = RateLimitResources.rateLimit(1, Duration.ofHours(1), Duration.ZERO);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(limit);
			throw this.failure;
		})).isSameAs(this.failure);
		ResourceScope.run((scope) -> scope.enter(limit));
		assertThatExceptionOfType(ResourceUnavailableException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(limit)));
	}

	@Test
	@DisplayName("reentrant manager: nested entries acquire once, release at the last exit")
	void reentrant() {
		Resource<String> resource = this.trace.resource("a").reentrant();
		ResourceScope.run((outer) -> {
			outer.enter(resource);
			ResourceScope.run((inner) -> inner.enter(resource));
			this.trace.add("outer body");
		});
		this.trace.assertEvents("enter a", "outer body", "exit a: succeeded");
	}

}
