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

package io.transactionscope.reactive;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What is observed of blocks of subscriptions.
 */
@ExtendWith(OutputCaptureExtension.class)
class ReactiveObservationTests {

	private static final Duration PATIENCE = ReactiveDatabase.PATIENCE;

	/** As {@code ObservationThreadLocalAccessor.KEY} has it. */
	private static final String KEY = "micrometer.observation";

	private final ReactiveDatabase database = ReactiveDatabase.h2(2);

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	private final ReactiveTransactionScope transactions = ReactiveTransactionScope
		.create(new UnknownManager(new R2dbcTransactionManager(this.database.pool())))
		.named("observed")
		.observationRegistry(this.registry);

	@AfterEach
	void close() {
		this.transactions.quiesce().block(PATIENCE);
		this.database.close();
	}

	private void assertObserved(String outcome, String propagation) {
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasObservationWithNameEqualTo("transaction.scope")
			.that()
			.hasContextualNameEqualTo("observed")
			.hasLowCardinalityKeyValue("transaction.scope.name", "observed")
			.hasLowCardinalityKeyValue("transaction.scope.outcome", outcome)
			.hasLowCardinalityKeyValue("transaction.scope.propagation", propagation)
			.hasBeenStarted()
			.hasBeenStopped();
		assertThat(this.registry.getCurrentObservation()).isNull();
	}

	@Test
	void tellsACommit() {
		this.transactions.call(() -> this.database.insert("a")).block(PATIENCE);
		assertObserved("committed", "required");
	}

	@Test
	void tellsARollback() {
		assertThatThrownBy(
				() -> this.transactions.requiresNew().call(() -> Mono.error(new IllegalStateException("told"))).block())
			.hasMessage("told");
		assertObserved("rolled_back", "requires_new");
	}

	@Test
	void tellsACancel() {
		this.transactions.call(() -> Mono.never()).subscribe().dispose();
		this.transactions.quiesce().block(PATIENCE);
		assertObserved("cancelled", "required");
	}

	@Test
	void tellsABeginThatFails() {
		assertThatThrownBy(() -> this.transactions.mandatory().call(() -> Mono.empty()).block(PATIENCE));
		assertObserved("rolled_back", "mandatory");
	}

	@Test
	void isAChildOfTheSubscribersObservationAndTheParentOfItsBodys() {
		Observation outer = Observation.start("outer", this.registry);
		AtomicReference<Object> inside = new AtomicReference<>();
		this.transactions.call(() -> Mono.deferContextual((context) -> {
			inside.set(context.get(KEY));
			return Mono.just("value");
		}).subscribeOn(Schedulers.parallel())).contextWrite((context) -> context.put(KEY, outer)).block(PATIENCE);
		assertThat(inside.get()).isInstanceOfSatisfying(Observation.class, (observation) -> {
			assertThat(observation.getContext().getName()).isEqualTo("transaction.scope");
			assertThat(observation.getContext().getParentObservation()).isSameAs(outer);
		});
	}

	@Test
	void isTheCurrentOneOfTheBodysThreadsWhereReactorPropagatesContexts() {
		ObservationRegistry previous = ObservationThreadLocalAccessor.getInstance().getObservationRegistry();
		ObservationThreadLocalAccessor.getInstance().setObservationRegistry(this.registry);
		Hooks.enableAutomaticContextPropagation();
		try {
			Observation outer = Observation.start("outer", this.registry);
			assertThat(current()
				.flatMapMany((before) -> this.transactions.call(this::current)
					.concatWith(this.transactions.streamUncommitted((tx) -> current()))
					.concatWith(current()))
				.collectList()
				.contextWrite((context) -> context.put(KEY, outer))
				.block(PATIENCE)).containsExactly("transaction.scope", "transaction.scope", "outer");
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
			ObservationThreadLocalAccessor.getInstance().setObservationRegistry(previous);
		}
		assertThat(this.registry.getCurrentObservation()).isNull();
	}

	/** The name of a thread's current observation. */
	private Mono<String> current() {
		return Mono
			.fromCallable(() -> Objects.requireNonNull(this.registry.getCurrentObservation()).getContext().getName())
			.subscribeOn(Schedulers.boundedElastic());
	}

	@Test
	void isNotAffectedByAnObserverThatFails() {
		this.registry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {

			@Override
			public void onStart(Observation.Context context) {
				throw new IllegalStateException("start");
			}

			@Override
			public void onStop(Observation.Context context) {
				throw new IllegalStateException("stop");
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return true;
			}

		});
		this.transactions.call(() -> this.database.insert("a")).block(PATIENCE);
		assertThat(this.database.names()).containsExactly("a");
	}

	@Test
	void logsWhatIsSlow(CapturedOutput output) {
		this.transactions.slowThreshold(Duration.ofMillis(50))
			.call(() -> Mono.delay(Duration.ofMillis(60)))
			.block(PATIENCE);
		this.transactions.slowThreshold(Duration.ofMinutes(1)).call(() -> Mono.just("quick")).block(PATIENCE);
		assertThat(output).containsOnlyOnce("Scope 'observed' took").contains("(committed)");
	}

}
