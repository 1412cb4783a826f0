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
import java.nio.file.NoSuchFileException;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What CPython's suite checks of {@code suppress}, for {@link Suppressing}.
 */
@DisplayName("suppress")
class SuppressingTests {

	private final Trace trace = new Trace();

	@Test
	@DisplayName("no types")
	void suppressesNothingWithoutTypes() {
		assertThatIllegalStateException().isThrownBy(() -> fail(Resources.suppressing(), new IllegalStateException()));
	}

	@Test
	@DisplayName("exact")
	void suppressesAListedType() {
		Suppressing<IOException> suppressing = Resources.suppressing(IOException.class);
		assertThatNoException().isThrownBy(() -> fail(suppressing, new IOException()));
		assertThat(suppressing.count()).isOne();
	}

	@Test
	@DisplayName("hierarchy")
	void suppressesASubclassOfAListedType() {
		assertThatNoException()
			.isThrownBy(() -> fail(Resources.suppressing(IOException.class), new FileNotFoundException()));
	}

	@Test
	@DisplayName("hierarchy: not a superclass")
	void doesNotSuppressASuperclassOfAListedType() {
		IOException failure = new IOException();
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> fail(Resources.suppressing(FileNotFoundException.class), failure))
			.isSameAs(failure);
	}

	@Test
	@DisplayName("other types pass")
	void doesNotSuppressAnotherType() {
		Suppressing<IOException> suppressing = Resources.suppressing(IOException.class);
		assertThatIllegalStateException().isThrownBy(() -> fail(suppressing, new IllegalStateException()));
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> fail(suppressing, new AssertionError()));
		assertThat(suppressing.count()).isZero();
	}

	@Test
	@DisplayName("several types")
	void suppressesEachOfSeveralTypes() {
		Suppressing<Exception> suppressing = Resources.suppressing(NoSuchFileException.class,
				IllegalStateException.class);
		assertThatNoException().isThrownBy(() -> fail(suppressing, new NoSuchFileException("file")));
		assertThatNoException().isThrownBy(() -> fail(suppressing, new IllegalStateException()));
		assertThatExceptionOfType(FileNotFoundException.class)
			.isThrownBy(() -> fail(suppressing, new FileNotFoundException()));
		assertThat(suppressing.count()).isEqualTo(2);
	}

	@Test
	@DisplayName("reentrant")
	void mayBeEnteredAgainInside() {
		Suppressing<IOException> suppressing = Resources.suppressing(IOException.class);
		assertThatNoException().isThrownBy(() -> ResourceScope.run((outer) -> {
			outer.enter(suppressing);
			ResourceScope.run((inner) -> {
				inner.enter(suppressing);
				inner.enter(suppressing);
				throw new IOException("inner");
			});
			this.trace.add("outer goes on");
			throw new IOException("outer");
		}));
		this.trace.assertEvents("outer goes on");
		assertThat(suppressing.count()).isEqualTo(2);
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void logsWhatIsSuppressedWithItsStackTraceAndWhatItCarries(CapturedOutput output) throws IOException {
		IOException failure = new IOException("disk full");
		ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(IOException.class));
			scope.enter(this.trace.resource("a", new IOException("cannot close")));
			throw failure;
		});
		assertThat(output).contains("WARN", "Suppressed a failure", "java.io.IOException: disk full",
				"at " + SuppressingTests.class.getName(), "Suppressed: java.io.IOException: cannot close");
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void doesNotLogOrCountWhatPasses(CapturedOutput output) {
		long before = Suppressing.total();
		assertThatIllegalStateException()
			.isThrownBy(() -> fail(Resources.suppressing(IOException.class), new IllegalStateException("passes")));
		assertThat(Suppressing.total()).isEqualTo(before);
		assertThat(output).doesNotContain("Suppressed");
	}

	@Test
	void t3UnlistedFailuresThatRideOnAListedOneReachTheCaller() {
		IllegalStateException first = new IllegalStateException("first");
		IllegalStateException second = new IllegalStateException("second");
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			scope.enter(Resources.suppressing(IOException.class));
			scope.enter(this.trace.resource("b", second));
			scope.enter(this.trace.resource("a", first));
			throw new IOException("body");
		})).isSameAs(first).satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(second));
		assertThat(this.trace.events()).endsWith("exit outer: failed by first");
	}

	@Test
	void t3UnlistedFailureReachesTheCallerFromWhereverItRides() {
		IllegalStateException unlisted = new IllegalStateException("unlisted");
		IllegalArgumentException cause = new IllegalArgumentException("cause");
		IOException listed = new IOException("listed");
		listed.addSuppressed(unlisted);
		cause.addSuppressed(listed);
		assertThatIllegalStateException()
			.isThrownBy(() -> fail(Resources.suppressing(IOException.class), new IOException("body", cause)))
			.isSameAs(unlisted);
	}

	@Test
	void t3UnlistedFailureThatLeadsBackToTheListedOneReachesTheCaller() {
		IOException body = new IOException("body");
		IllegalStateException unlisted = new IllegalStateException("unlisted", body);
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(IOException.class));
			scope.enter(this.trace.resource("a", unlisted));
			throw body;
		})).isSameAs(unlisted);
	}

	@Test
	void t3UnlistedFailuresReachTheCallerOfAnEnclosingEngine() {
		IllegalStateException unlisted = new IllegalStateException("unlisted");
		ResourceScope scope = ResourceScope.open();
		scope.enter(Resources.suppressing(IOException.class));
		scope.enter(this.trace.resource("b", unlisted));
		scope.enter(this.trace.resource("a", new IOException("listed")));
		assertThat(scope.end(Outcome.succeeded())).containsExactly(unlisted);
	}

	@Test
	void r5SuppressesFailuresOfOneReleaseAlone() {
		IOException body = new IOException("body");
		Resource<String> failing = this.trace.resource("a", new IOException("release"));
		assertThatNoException().isThrownBy(() -> ResourceScope
			.run((scope) -> scope.enter(Resources.suppressing(IOException.class).onRelease(failing))));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(IOException.class).onRelease(failing));
			scope.enter(this.trace.resource("b", new IOException("other")));
			throw body;
		})).isSameAs(body).satisfies((ex) -> assertThat(ex.getSuppressed()).hasSize(1));
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> ResourceScope
				.run((scope) -> scope.enter(Resources.suppressing(FileNotFoundException.class).onRelease(failing))))
			.withMessage("release");
		this.trace.assertEvents("enter a", "exit a: succeeded", "enter a", "enter b", "exit b: failed by body",
				"exit a: failed by body", "enter a", "exit a: succeeded");
	}

	@Test
	void r5LetsFailuresOfThatReleaseGoOnThatAreNotListed() {
		IllegalStateException unlisted = new IllegalStateException("unlisted");
		Resource<String> failing = this.trace.resource("a", unlisted)
			.and(this.trace.resource("b", new IOException("listed")));
		assertThatIllegalStateException()
			.isThrownBy(() -> ResourceScope
				.run((scope) -> scope.enter(Resources.suppressing(IOException.class).onRelease(failing))))
			.isSameAs(unlisted);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(IOException.class).onRelease(failing));
			throw new IOException("body");
		})).withMessage("body").satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(unlisted));
		this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: failed by listed", "enter a",
				"enter b", "exit b: failed by body", "exit a: failed by body");
	}

	@Test
	void r5SuppressesFailuresOfOneReleaseWhereItsEntryIsAbandoned() {
		Resource<String> failing = this.trace.resource("a", new IOException("release"));
		IOException entry = new IOException("entry");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(
				Resources.suppressing(IOException.class).onRelease(failing).and(this.trace.unavailable("b", entry)))))
			.isSameAs(entry)
			.satisfies((ex) -> assertThat(ex).hasNoSuppressedExceptions());
		this.trace.assertEvents("enter a", "try b", "exit a: failed by entry");
	}

	@Test
	void interruptOfASuppressedReleaseIsSetOnceAllIsReleased() {
		Resource<String> interrupted = this.trace.resource("a", new InterruptedException());
		try {
			ResourceScope.run((scope) -> {
				scope.defer(() -> this.trace.add("interrupted: " + Thread.currentThread().isInterrupted()));
				scope.enter(Resources.suppressing(InterruptedException.class).onRelease(interrupted));
			});
			assertThat(Thread.currentThread().isInterrupted()).isTrue();
		}
		finally {
			Thread.interrupted();
		}
		this.trace.assertEvents("enter a", "exit a: succeeded", "interrupted: false");
	}

	@Test
	void countsInTotal() {
		long before = Suppressing.total();
		assertThatNoException().isThrownBy(() -> fail(Resources.suppressing(IOException.class), new IOException()));
		assertThatNoException().isThrownBy(() -> fail(Resources.suppressing(IOException.class), new IOException()));
		assertThat(Suppressing.total()).isEqualTo(before + 2);
	}

	@Test
	void doesNotSuppressWhatIsReleasedAfterIt() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("earlier", new IOException("release")));
			scope.enter(Resources.suppressing(IOException.class));
		})).withMessage("release");
	}

	@Test
	void givesCallNoResult() {
		IOException failure = new IOException("body");
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.call((scope) -> {
			scope.enter(Resources.suppressing(IOException.class));
			throw failure;
		})).withMessageContaining("no result to return: use run(...)").withCause(failure);
	}

	@Test
	void leavesTheResultIfOnlyAReleaseFailed() {
		assertThat(ResourceScope.<String, RuntimeException>call((scope) -> {
			scope.enter(Resources.suppressing(IOException.class));
			scope.enter(this.trace.resource("a", new IOException("release")));
			return "result";
		})).isEqualTo("result");
	}

	@Test
	void cannotSuppressTheFailureOfABlockInTryWithResources() {
		IOException failure = new IOException("body");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			try (ResourceScope scope = ResourceScope.open()) {
				scope.enter(Resources.suppressing(IOException.class));
				throw failure;
			}
		}).isSameAs(failure);
	}

	@Test
	void suppressesFailuresOfReleasesInTryWithResources() {
		assertThatNoException().isThrownBy(() -> {
			try (ResourceScope scope = ResourceScope.open()) {
				scope.enter(this.trace.resource("outer"));
				scope.enter(Resources.suppressing(IOException.class));
				scope.enter(this.trace.resource("inner", new IOException("release")));
				scope.complete();
			}
		});
		this.trace.assertEvents("enter outer", "enter inner", "exit inner: succeeded", "exit outer: succeeded");
	}

	@Test
	void leavesTheScopeFailedThatWasNotCompleted() {
		try (ResourceScope scope = ResourceScope.open()) {
			scope.enter(this.trace.resource("outer"));
			scope.enter(Resources.suppressing(IOException.class));
			scope.enter(this.trace.resource("inner", new IOException("release")));
		}
		this.trace.assertEvents("enter outer", "enter inner", "exit inner: failed", "exit outer: failed");
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void suppressesFailuresOfReleasesButNotTheOutcomeOfAnEnclosingEngine(CapturedOutput output) {
		IOException failure = new IOException("body");
		Suppressing<IOException> suppressing = Resources.suppressing(IOException.class);
		ResourceScope scope = ResourceScope.open();
		scope.enter(this.trace.resource("outer", new IOException("told")));
		scope.enter(suppressing);
		scope.enter(this.trace.resource("b", new FileNotFoundException("suppressed, too")));
		scope.enter(this.trace.resource("a", new IOException("suppressed")));
		assertThat(scope.end(Outcome.failed(failure))).singleElement().satisfies((told) -> {
			assertThat(told).hasMessage("told").hasNoSuppressedExceptions();
		});
		assertThat(suppressing.count()).isEqualTo(2);
		assertThat(output).contains("IOException: suppressed", "FileNotFoundException: suppressed, too")
			.doesNotContain("IOException: body");
		this.trace.assertEvents("enter outer", "enter b", "enter a", "exit a: failed by body", "exit b: failed by body",
				"exit outer: failed by body");
	}

	@Test
	void keepsTheInterruptThatItSuppresses() {
		try {
			assertThatNoException()
				.isThrownBy(() -> fail(Resources.suppressing(InterruptedException.class), new InterruptedException()));
			assertThat(Thread.currentThread().isInterrupted()).isTrue();
		}
		finally {
			Thread.interrupted();
		}
	}

	@Test
	@SuppressWarnings("NullAway")
	void refusesNull() {
		assertThatNullPointerException().isThrownBy(() -> Resources.suppressing((Class<? extends Throwable>) null))
			.withMessage("types must not contain null");
	}

	private static void fail(Suppressing<?> suppressing, Throwable failure) throws Throwable {
		ResourceScope.run((scope) -> {
			scope.enter(suppressing);
			throw failure;
		});
	}

}
