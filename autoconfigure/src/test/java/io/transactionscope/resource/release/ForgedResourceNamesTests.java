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

package io.transactionscope.resource.release;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.observation.ObservedResources;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * No name of a resource begins a line of its own in the log.
 */
@ExtendWith(OutputCaptureExtension.class)
class ForgedResourceNamesTests {

	private static final String FORGED = "report\n12:00 INFO all is well\u202E";

	private static final String SHOWN = "report\\n12:00 INFO all is well\\u202E";

	@AfterEach
	void noLineIsForged(CapturedOutput output) {
		assertThat(output.getAll().lines()).noneMatch((line) -> line.startsWith("12:00"));
		assertThat(output).doesNotContain("\u202E");
	}

	@Test
	void ofAReleaseThatIsDeferred(CapturedOutput output) {
		new DeferredRelease(Runnable::run).run(FORGED, ForgedResourceNamesTests::fail);
		assertThat(output).contains("Deferred release of " + SHOWN + " failed");
	}

	@Test
	void ofADeferredReleaseThatNobodyTakesOn(CapturedOutput output) {
		new DeferredRelease((task) -> {
			throw new RejectedExecutionException("full");
		}, (resource, failure) -> {
			throw new IllegalStateException("no handler");
		}).run(FORGED, ForgedResourceNamesTests::fail);
		assertThat(output).contains("The executor refused the release of " + SHOWN + ", which")
			.contains("Deferred release of " + SHOWN + " failed")
			.contains("has failed, too, for " + SHOWN);
	}

	@Test
	void ofAReleaseThatIsLate(CapturedOutput output) {
		ReleaseLimit limit = new ReleaseLimit(Duration.ofSeconds(1));
		limit.logLate(LoggerFactory.getLogger(getClass()), FORGED, Duration.ofSeconds(2), null);
		limit.logLate(LoggerFactory.getLogger(getClass()), FORGED, Duration.ofSeconds(2), new RuntimeException());
		assertThat(output).contains("Release of " + SHOWN + " ended after")
			.contains("Release of " + SHOWN + " failed after");
	}

	@Test
	void ofWhatIsSlow(CapturedOutput output) {
		ResourceScope
			.run((scope) -> scope.enter(ObservedResources.timed(ObservationRegistry.create(), FORGED, Duration.ZERO)));
		assertThat(output).contains(SHOWN + " took ");
	}

	private static void fail() {
		throw new IllegalStateException("expected");
	}

}
