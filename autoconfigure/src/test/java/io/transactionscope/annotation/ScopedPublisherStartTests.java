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

package io.transactionscope.annotation;

import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

import io.transactionscope.autoconfigure.WithResourceAutoConfiguration;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.ParallelFlux;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.transaction.ReactiveTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Where an annotated method that returns a publisher could not be run in its scope, the
 * application does not start.
 */
class ScopedPublisherStartTests {

	private final ApplicationContextRunner reactive = ScopedPublisherTests.application();

	@Test
	void startsWithWhatCanBe() {
		this.reactive.withBean(ScopedPublisherTests.Orders.class).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void t9FailsTheStartWithoutAReactiveManager() {
		ScopedTransactionTests.application()
			.withBean(ReturnsMono.class)
			.run((context) -> assertInvalid(context.getStartupFailure(), (failure) -> {
				assertThat(failure).hasMessageContaining(
						"returns a publisher, and there is no ReactiveTransactionScope to run that in");
				assertThat(failure.action()).startsWith("Configure a reactive transaction manager");
			}));
	}

	@Test
	void t9FailsTheStartWithoutABlockingManager() {
		failsTheStart(Blocking.class, (failure) -> {
			assertThat(failure).hasMessageEndingWith("there is no TransactionScope to run it in");
			assertThat(failure.action()).startsWith("Configure a data source or a transaction manager");
		});
	}

	@Test
	void t9FailsTheStartWhereThereIsNothingThatAdvises() {
		this.reactive.withPropertyValues("transaction-scope.enabled=false")
			.withBean(ReturnsMono.class)
			.run((context) -> assertInvalid(context.getStartupFailure(),
					(failure) -> assertThat(failure).hasMessageContaining("transaction-scope.enabled is false")));
	}

	@Test
	void t9FailsTheStartWithAManagerThatIsNotThere() {
		failsTheStart(UnknownManager.class,
				(failure) -> assertThat(failure).hasMessageContaining("its reactive transaction manager 'archive'"));
	}

	@Test
	void t9FailsTheStartWithSeveralManagersOfWhichNoneIsPrimary() {
		this.reactive.withBean("first", ReactiveTransactionManager.class, () -> mock(ReactiveTransactionManager.class))
			.withBean("second", ReactiveTransactionManager.class, () -> mock(ReactiveTransactionManager.class))
			.withBean(ReturnsMono.class)
			.run((context) -> assertInvalid(context.getStartupFailure(),
					(failure) -> assertThat(failure.action()).endsWith("or make one of them primary.")));
	}

	@Test
	void t9FailsTheStartWithATimeoutThatCannotBeUsed() {
		failsTheStart(BadTimeout.class, (failure) -> assertThat(failure).hasMessageContaining("its timeout 'soon'"));
	}

	@Test
	void t9FailsTheStartWhereThereIsNothingToStream() {
		failsTheStart(StreamsAMono.class,
				(failure) -> assertThat(failure.action()).isEqualTo("Drop 'streamUncommitted', or return a Flux."));
		failsTheStart(StreamsAValue.class, (failure) -> assertThat(failure)
			.hasMessageEndingWith("returns no publisher of several items that could be streamed uncommitted"));
	}

	@Test
	void a14FailsTheStartWithAFutureAndSaysWhatToUse() {
		failsTheStart(ReturnsStage.class, (failure) -> {
			assertThat(failure)
				.hasMessageContaining("returns CompletionStage: the scope would end before the work is done");
			assertThat(failure.action()).contains("TransactionScope.async(executor)");
		});
	}

	@Test
	void t9FailsTheStartWithAPublisherThatWouldNoLongerBeOneOfItsType() {
		failsTheStart(ReturnsParallelFlux.class,
				(failure) -> assertThat(failure).hasMessageContaining("returns ParallelFlux"));
	}

	@Test
	void t9FailsTheStartWithResourcesAroundAPublisher() {
		this.reactive.withConfiguration(AutoConfigurations.of(WithResourceAutoConfiguration.class))
			.withBean("permit", Resource.class, () -> Resources.none("permit"))
			.withBean(WithResources.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidAnnotatedMethodException.class)
				.hasMessageContaining("returns Mono: the resources would be released before the work is done"));
	}

	@Test
	void letsAMockBeWhatItIs() {
		this.reactive.withBean(ReturnsMono.class, () -> mock(ReturnsMono.class))
			.withBean("other", ReactiveTransactionScope.class, () -> mock(ReactiveTransactionScope.class))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	private void failsTheStart(Class<?> type, Consumer<InvalidScopedTransactionException> check) {
		this.reactive.withBean(type).run((context) -> assertInvalid(context.getStartupFailure(), check));
	}

	private static void assertInvalid(@Nullable Throwable failure, Consumer<InvalidScopedTransactionException> check) {
		assertThat(failure).isInstanceOfSatisfying(InvalidScopedTransactionException.class, (invalid) -> {
			assertThat(invalid.action()).isNotBlank();
			check.accept(invalid);
		});
	}

	static class ReturnsMono {

		@ScopedTransaction
		public Mono<String> work() {
			return Mono.just("done");
		}

	}

	static class Blocking {

		@ScopedTransaction
		public String work() {
			return "done";
		}

	}

	static class UnknownManager {

		@ScopedTransaction(transactionManager = "archive")
		public Mono<String> work() {
			return Mono.just("done");
		}

	}

	static class BadTimeout {

		@ScopedTransaction(timeout = "soon")
		public Mono<String> work() {
			return Mono.just("done");
		}

	}

	static class StreamsAMono {

		@ScopedTransaction(streamUncommitted = true)
		public Mono<String> work() {
			return Mono.just("done");
		}

	}

	static class StreamsAValue {

		@ScopedTransaction(streamUncommitted = true)
		public String work() {
			return "done";
		}

	}

	static class ReturnsStage {

		@ScopedTransaction
		public CompletionStage<String> work() {
			return Mono.just("done").toFuture();
		}

	}

	static class ReturnsParallelFlux {

		@ScopedTransaction
		public ParallelFlux<String> work() {
			return Flux.just("done").parallel();
		}

	}

	static class WithResources {

		@WithResource("permit")
		@ScopedTransaction
		public Mono<String> work() {
			return Mono.just("done");
		}

	}

}
