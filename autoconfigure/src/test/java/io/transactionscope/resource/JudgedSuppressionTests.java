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
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import io.transactionscope.resource.failure.Failures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * {@link Suppressing} with a condition, of one release, without a stack trace and by name
 * (R5).
 */
class JudgedSuppressionTests {

	private final Trace trace = new Trace();

	// With a condition

	@Test
	void r5SuppressesWhatTheConditionHoldsFor() {
		Suppressing<SQLException> exists = Resources.suppressing(SQLException.class)
			.when((ex) -> "42P07".equals(ex.getSQLState()));
		assertThatNoException().isThrownBy(() -> fail(exists, new SQLException("exists", "42P07")));
		assertThat(exists.count()).isOne();
	}

	@Test
	void r5LetsGoOnWhatTheConditionDoesNotHoldFor() {
		Suppressing<SQLException> exists = Resources.suppressing(SQLException.class)
			.when((ex) -> "42P07".equals(ex.getSQLState()));
		SQLException failure = new SQLException("syntax", "42601");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> fail(exists, failure)).isSameAs(failure);
		assertThat(failure.getSuppressed()).isEmpty();
		assertThat(exists.count()).isZero();
	}

	@Test
	void conditionOfSeveralTypesIsGivenWhatTheyHaveInCommon() {
		Suppressing<? extends IOException> suppressing = Resources
			.suppressing(FileNotFoundException.class, NoSuchFileException.class)
			.when((ex) -> ex.toString().endsWith(".tmp"));
		assertThatNoException().isThrownBy(() -> fail(suppressing, new FileNotFoundException("a.tmp")));
		assertThatNoException().isThrownBy(() -> fail(suppressing, new NoSuchFileException("b.tmp")));
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(() -> fail(suppressing, new NoSuchFileException("c.txt")));
	}

	@Test
	void conditionIsNotAskedAboutOtherTypes() {
		assertThatIllegalStateException()
			.isThrownBy(() -> fail(Resources.suppressing(IOException.class).when(this::fails),
					new IllegalStateException("body")))
			.withMessage("body")
			.satisfies((ex) -> assertThat(ex).hasNoSuppressedExceptions());
	}

	@Test
	void conditionIsAskedOnceForEachFailure() {
		List<Throwable> asked = new ArrayList<>();
		IOException body = new IOException("body");
		IOException release = new IOException("release");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(IOException.class).when((ex) -> {
				asked.add(ex);
				return ex == body;
			}));
			scope.enter(this.trace.resource("a", release));
			throw body;
		})).isSameAs(release);
		assertThat(asked).containsExactly(body, release);
	}

	@Test
	void eachOfSeveralConditionsHasToHold() {
		Suppressing<IOException> suppressing = Resources.suppressing(IOException.class)
			.when((ex) -> ex.toString().contains(": a"))
			.when((ex) -> ex.toString().endsWith("z"));
		assertThatNoException().isThrownBy(() -> fail(suppressing, new IOException("a to z")));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> fail(suppressing, new IOException("a to y")));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> fail(suppressing, new IOException("b to z")));
	}

	@Test
	void t3ListedFailuresThatTheConditionDoesNotHoldForReachTheCaller() {
		IOException first = new IOException("disk full");
		IllegalStateException second = new IllegalStateException("second");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			scope.enter(Resources.suppressing(IOException.class).when((ex) -> "expected".equals(ex.getMessage())));
			scope.enter(this.trace.resource("b", second));
			scope.enter(this.trace.resource("a", first));
			throw new IOException("expected");
		})).isSameAs(first).satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(second));
		assertThat(this.trace.events()).endsWith("exit outer: failed by disk full");
	}

	@Test
	void t3WhatAConditionThrowsIsALaterFailure() {
		IOException body = new IOException("body");
		StackOverflowError thrown = new StackOverflowError("condition");
		Suppressing<IOException> suppressing = Resources.suppressing(IOException.class).when((ex) -> {
			throw thrown;
		});
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			scope.enter(suppressing);
			throw body;
		})).isSameAs(body).satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(thrown));
		assertThat(suppressing.count()).isZero();
		this.trace.assertEvents("enter outer", "exit outer: failed by body");
	}

	@Test
	void t3WhatAConditionThrowsFollowsWhatItWasAskedAboutAfterASuppressedFailure() {
		IOException release = new IOException("release");
		IllegalStateException thrown = new IllegalStateException("condition");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(IOException.class).when((ex) -> {
				if (ex == release) {
					throw thrown;
				}
				return true;
			}));
			scope.enter(this.trace.resource("a", release));
			throw new IOException("body");
		})).isSameAs(release).satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(thrown));
	}

	@Test
	void t3ConditionThatThrowsWhatItWasAskedAboutAddsNothing() {
		IOException release = new IOException("release");
		ResourceScope scope = ResourceScope.open();
		scope.enter(Resources.suppressing(IOException.class).when((ex) -> {
			throw Failures.rethrow(ex);
		}));
		scope.enter(this.trace.resource("a", release));
		assertThat(scope.end(Outcome.succeeded())).containsExactly(release);
	}

	@Test
	void t3WhatAConditionThrowsReachesTheCallerOfAnEnclosingEngine() {
		IOException suppressed = new IOException("expected");
		IOException a = new IOException("a");
		IOException b = new IOException("b");
		IllegalStateException thrown = new IllegalStateException("condition");
		ResourceScope scope = ResourceScope.open();
		scope.enter(Resources.suppressing(IOException.class).when((ex) -> {
			if (ex == a) {
				throw thrown;
			}
			return ex == suppressed;
		}));
		scope.enter(this.trace.resource("b", b));
		scope.enter(this.trace.resource("a", a));
		scope.enter(this.trace.resource("suppressed", suppressed));
		assertThat(scope.end(Outcome.succeeded())).containsExactly(a, b, thrown);
	}

	@Test
	void interruptThatAConditionThrowsIsSetAtTheEnd() {
		try {
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> fail(Resources.suppressing(IOException.class).when((ex) -> {
					throw Failures.rethrow(new InterruptedException());
				}), new IOException()));
			assertThat(Thread.currentThread().isInterrupted()).isTrue();
		}
		finally {
			Thread.interrupted();
		}
	}

	// Of one release

	@Test
	void r5LetsTheBodysFailureGoOnThatIsLikeTheReleases() {
		ClosedChannelException body = new ClosedChannelException();
		Suppressing<ClosedChannelException> closed = Resources.suppressing(ClosedChannelException.class);
		Resource<String> channel = closed.onRelease(this.trace.resource("channel", new ClosedChannelException()));
		assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(channel)));
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(channel);
			throw body;
		})).isSameAs(body).satisfies((ex) -> assertThat(ex).hasNoSuppressedExceptions());
		assertThat(closed.count()).isEqualTo(2);
	}

	@Test
	void r5ReleaseIsJudgedByTheCondition() {
		Suppressing<IOException> suppressing = Resources.suppressing(IOException.class)
			.when((ex) -> "Stream closed".equals(ex.getMessage()));
		assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> scope
			.enter(suppressing.onRelease(this.trace.resource("a", new IOException("Stream closed"))))));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope
			.run((scope) -> scope.enter(suppressing.onRelease(this.trace.resource("b", new IOException("disk full"))))))
			.withMessage("disk full");
	}

	@Test
	void t3WhatAConditionThrowsAtAReleaseFollowsTheReleasesFailure() {
		IOException release = new IOException("release");
		IllegalStateException thrown = new IllegalStateException("condition");
		Resource<String> judged = Resources.suppressing(IOException.class).when((ex) -> {
			throw thrown;
		}).onRelease(this.trace.resource("a", release));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(judged)))
			.isSameAs(release)
			.satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(thrown));
	}

	@Test
	void r5EntryOfThatResourceMayFailAsItDoes() {
		NoSuchFileException missing = new NoSuchFileException("missing");
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope
				.enter(Resources.suppressing(IOException.class).onRelease(this.trace.unavailable("a", missing)))))
			.isSameAs(missing);
	}

	// In the log

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void logsTheNameWithTheStackTrace(CapturedOutput output) throws Throwable {
		fail(Resources.suppressing(IOException.class).named("import"), new IOException("disk full"));
		assertThat(output).contains("WARN", "Suppressed a failure of 'import', as the scope was told to",
				"java.io.IOException: disk full", "at " + JudgedSuppressionTests.class.getName());
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void logsOneLineWhereNoStackTraceIsWanted(CapturedOutput output) throws Throwable {
		IOException failure = new IOException("disk\nfull\r\nagain");
		failure.addSuppressed(new IOException("close"));
		fail(Resources.suppressing(IOException.class).named("import").withoutStackTrace(), failure);
		assertThat(output.getOut().lines().filter((line) -> line.contains("Suppressed a failure"))).singleElement()
			.asString()
			.contains("WARN")
			.endsWith("Suppressed a failure of 'import', as the scope was told to: "
					+ "java.io.IOException: disk full again (carries 1 more)");
		assertThat(output).doesNotContain("at " + JudgedSuppressionTests.class.getName());
	}

	@Test
	void failureWhoseTextFailsIsSuppressedAllTheSame() {
		Suppressing<IOException> suppressing = Resources.suppressing(IOException.class).withoutStackTrace();
		assertThatNoException().isThrownBy(() -> fail(suppressing, new IOException() {

			@Override
			public String getMessage() {
				throw new IllegalStateException("message");
			}

		}));
		assertThat(suppressing.count()).isOne();
	}

	// As a value

	@Test
	void eachCountsForItself() throws Throwable {
		Suppressing<IOException> plain = Resources.suppressing(IOException.class);
		fail(plain, new IOException());
		Suppressing<IOException> named = plain.named("import");
		fail(named, new IOException());
		fail(named, new IOException());
		assertThat(plain.count()).isOne();
		assertThat(named.count()).isEqualTo(2);
		assertThat(named.withoutStackTrace().count()).isZero();
	}

	@Test
	void whatItIsMadeFromStaysAsItWas() {
		Suppressing<IOException> plain = Resources.suppressing(IOException.class);
		assertThat(plain.when((ex) -> false)).isNotSameAs(plain);
		assertThatNoException().isThrownBy(() -> fail(plain, new IOException()));
	}

	@Test
	void orderOfTheOptionsDoesNotMatter() {
		Suppressing<IOException> suppressing = Resources.suppressing(IOException.class)
			.named("import")
			.withoutStackTrace()
			.when((ex) -> "expected".equals(ex.getMessage()));
		assertThatNoException().isThrownBy(() -> fail(suppressing, new IOException("expected")));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> fail(suppressing, new IOException("other")));
	}

	@Test
	void refusesANameThatSaysNothing() {
		assertThatIllegalArgumentException().isThrownBy(() -> Resources.suppressing(IOException.class).named(" "))
			.withMessage("Invalid name ' ': must say what is done where failures are suppressed");
	}

	private boolean fails(Throwable ex) {
		throw new AssertionError("asked about " + ex);
	}

	private static void fail(Suppressing<?> suppressing, Throwable failure) throws Throwable {
		ResourceScope.run((scope) -> {
			scope.enter(suppressing);
			throw failure;
		});
	}

}
