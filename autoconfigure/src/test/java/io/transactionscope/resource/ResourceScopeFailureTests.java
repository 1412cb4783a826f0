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
import java.util.function.Function;
import java.util.stream.Stream;

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Failures of every kind at acquire, in the body and at release, alone and together.
 */
class ResourceScopeFailureTests {

	private final Trace trace = new Trace();

	@AfterEach
	void clearInterrupt() {
		Thread.interrupted();
	}

	static Stream<Arguments> failures() {
		List<Function<String, Throwable>> kinds = List.of(IOException::new, IllegalStateException::new,
				AssertionError::new, StackOverflowError::new, InterruptedException::new);
		List<Arguments> failures = new ArrayList<>();
		for (Function<String, Throwable> kind : kinds) {
			Throwable acquire = kind.apply("acquire");
			Throwable body = kind.apply("body");
			Throwable release = kind.apply("release");
			failures.add(Arguments.of(acquire, null, null));
			failures.add(Arguments.of(null, body, null));
			failures.add(Arguments.of(null, null, release));
			for (Function<String, Throwable> other : kinds) {
				failures.add(Arguments.of(kind.apply("acquire"), null, other.apply("release")));
				failures.add(Arguments.of(null, kind.apply("body"), other.apply("release")));
			}
		}
		return failures.stream();
	}

	@ParameterizedTest(name = "acquire: {0}, body: {1}, release: {2}")
	@MethodSource("failures")
	void firstFailureReachesTheCallerAndEverythingIsReleasedOnce(@Nullable Throwable acquire, @Nullable Throwable body,
			@Nullable Throwable release) {
		Throwable thrown = thrownBy(acquire, body, release);
		Throwable first = (acquire != null) ? acquire : (body != null) ? body : release;
		assertThat(thrown).isSameAs(first).hasNoCause();
		assertThat(thrown.getSuppressed())
			.isEqualTo((release != null && release != first) ? new Throwable[] { release } : new Throwable[0]);
		boolean interrupted = release instanceof InterruptedException;
		assertThat(Thread.currentThread().isInterrupted()).isEqualTo(interrupted);
		String seen = (thrown == release) ? "succeeded" : "failed by " + thrown.getMessage();
		this.trace.assertEvents("enter outer", "enter inner", (acquire != null) ? "try c" : "body",
				"exit inner: " + seen, "exit outer: failed by " + thrown.getMessage());
	}

	private Throwable thrownBy(@Nullable Throwable acquire, @Nullable Throwable body, @Nullable Throwable release) {
		try {
			ResourceScope.run((scope) -> {
				scope.enter(this.trace.resource("outer"));
				scope.enter(this.trace.resource("inner", release));
				if (acquire != null) {
					scope.enter(this.trace.unavailable("c", acquire));
				}
				this.trace.add("body");
				if (body != null) {
					throw body;
				}
			});
		}
		catch (Throwable ex) {
			return ex;
		}
		throw new AssertionError("nothing was thrown");
	}

}
