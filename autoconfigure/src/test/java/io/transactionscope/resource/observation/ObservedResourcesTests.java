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

package io.transactionscope.resource.observation;

import java.io.IOException;
import java.time.Duration;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.ResourceScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link ObservedResources}.
 */
class ObservedResourcesTests {

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	@Test
	void observesASuccess() {
		ResourceScope.run((scope) -> {
			Observation observation = scope.enter(ObservedResources.timed(this.registry, "invoice.print"))
				.observation();
			assertThat(this.registry.getCurrentObservation()).isSameAs(observation);
			observation.lowCardinalityKeyValue("format", "pdf");
		});
		assertThat(this.registry.getCurrentObservation()).isNull();
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasSingleObservationThat()
			.hasNameEqualTo("invoice.print")
			.hasLowCardinalityKeyValue("outcome", "succeeded")
			.hasLowCardinalityKeyValue("format", "pdf")
			.hasBeenStarted()
			.hasBeenStopped()
			.doesNotHaveError();
	}

	@Test
	void observesAFailure() {
		IOException failure = new IOException("printer on fire");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(ObservedResources.timed(this.registry, "invoice.print"));
			throw failure;
		})).isSameAs(failure);
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasSingleObservationThat()
			.hasLowCardinalityKeyValue("outcome", "failed")
			.hasBeenStopped()
			.hasError(failure);
	}

	@Test
	void observesAnOutcomeThatIsUnknown() {
		ResourceScope scope = ResourceScope.open();
		scope.enter(ObservedResources.timed(this.registry, "invoice.print"));
		scope.end(Outcome.unknown(new IOException("link lost")));
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasSingleObservationThat()
			.hasLowCardinalityKeyValue("outcome", "unknown");
	}

	@Test
	void isTheParentOfWhatBeginsInside() {
		ResourceScope.run((outer) -> {
			Observation parent = outer.enter(ObservedResources.timed(this.registry, "outer")).observation();
			ResourceScope.run((inner) -> {
				Observation child = inner.enter(ObservedResources.timed(this.registry, "inner")).observation();
				assertThat(child.getContextView().getParentObservation()).isSameAs(parent);
			});
			assertThat(this.registry.getCurrentObservation()).isSameAs(parent);
		});
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void warnsPastTheThresholdWithoutARegistryThatDoesAnything(CapturedOutput output) {
		ResourceScope
			.run((scope) -> scope.enter(ObservedResources.timed(ObservationRegistry.NOOP, "import", Duration.ZERO)));
		assertThat(output).containsPattern(
				"WARN.*import took \\d+ ms, more than 0 ms, and succeeded \\(\\d+ ms of CPU, \\d+ bytes\\)");
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void doesNotWarnBelowTheThreshold(CapturedOutput output) {
		ResourceScope
			.run((scope) -> scope.enter(ObservedResources.timed(this.registry, "import", Duration.ofHours(1))));
		ResourceScope.run((scope) -> scope.enter(ObservedResources.timed(this.registry, "import")));
		assertThat(output).doesNotContain("took");
	}

	@Test
	void isStoppedThoughItCannotBeEndedFromAnotherThread() throws InterruptedException {
		ResourceScope scope = ResourceScope.open();
		scope.enter(ObservedResources.timed(this.registry, "import"));
		ResourceScope detached = scope.detach();
		Throwable[] thrown = new Throwable[1];
		Thread thread = new Thread(() -> thrown[0] = detached.end(Outcome.succeeded()).get(0));
		thread.start();
		thread.join();
		// Nobody else can take it from this thread any more.
		this.registry.setCurrentObservationScope(null);
		assertThat(thrown[0]).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("Observation 'import' was started on " + Thread.currentThread());
		TestObservationRegistryAssert.assertThat(this.registry).hasSingleObservationThat().hasBeenStopped();
	}

	@Test
	void tellsTracesAndMetersWhatWasSlow() {
		MeterRegistry meters = new SimpleMeterRegistry();
		this.registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
		ResourceScope.run((scope) -> {
			scope.enter(ObservedResources.timed(this.registry, "import", Duration.ZERO));
			scope.enter(ObservedResources.timed(this.registry, "export", Duration.ofHours(1)));
		});
		assertThat(meters.get("import.slow").tag("outcome", "succeeded").counter().count()).isEqualTo(1);
		assertThat(meters.get("import").timer().count()).isEqualTo(1);
		assertThat(meters.find("export.slow").counter()).isNull();
	}

	@Test
	void tellsTracesWhatTheThreadHasUsed() {
		ResourceScope.run((scope) -> scope.enter(ObservedResources.timed(this.registry, "import")));
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasSingleObservationThat()
			.hasHighCardinalityKeyValueWithKey("cpu.ms")
			.hasHighCardinalityKeyValueWithKey("allocated.bytes");
	}

	@Test
	void refusesABlankName() {
		assertThatIllegalArgumentException().isThrownBy(() -> ObservedResources.timed(this.registry, " "))
			.withMessage(
					"Invalid name of an observation (' '): it must not be blank; say what is observed, as in invoice.print");
	}

	@Test
	void refusesANegativeThreshold() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> ObservedResources.timed(this.registry, "import", Duration.ofMillis(-1)))
			.withMessage("Invalid warnAfter (PT-0.001S) of 'import': it must be zero or more");
	}

}
