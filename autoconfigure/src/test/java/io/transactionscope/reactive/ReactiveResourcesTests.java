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
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.transaction.AfterCommitException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.TransactionTimedOutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Resources of both kinds, entered in a block of a subscription.
 */
class ReactiveResourcesTests {

	private static final Duration PATIENCE = ReactiveDatabase.PATIENCE;

	private final ReactiveDatabase database = ReactiveDatabase.h2(2);

	private final ReactiveTransactionScope transactions = ReactiveTransactionScope
		.create(new UnknownManager(new R2dbcTransactionManager(this.database.pool())));

	private final ExecutorService executor = Executors.newSingleThreadExecutor((task) -> new Thread(task, "blocking"));

	private final List<String> calls = new CopyOnWriteArrayList<>();

	@AfterEach
	void everythingIsGivenBack() {
		this.transactions.quiesce().block(PATIENCE);
		this.database.assertClean();
		this.database.close();
		this.executor.shutdown();
	}

	private AsyncResource<String> reactive(String name) {
		return ReactiveResources.of(Mono.fromCallable(() -> {
			this.calls.add("acquire " + name);
			return name;
		}), (value, outcome) -> Mono.fromRunnable(() -> this.calls.add("release " + value + " " + word(outcome))));
	}

	private Resource<String> blocking(String name) {
		return Resource.of(() -> {
			this.calls.add("acquire " + name + " on " + Thread.currentThread().getName());
			return name;
		}, (value, outcome) -> this.calls
			.add("release " + value + " " + word(outcome) + " on " + Thread.currentThread().getName()));
	}

	private static String word(Outcome outcome) {
		return outcome.isSuccess() ? "committed"
				: outcome.isUnknown() ? "unknown" : outcome.isCancelled() ? "cancelled" : "rolled back";
	}

	@Test
	void releasesBothKindsInReverseOrderAfterTheCommit() {
		this.transactions.call((tx) -> {
			tx.afterCommit(() -> Mono.fromRunnable(() -> this.calls.add("callback")));
			return tx.enter(reactive("a"))
				.then(tx.enter(blocking("b"), this.executor))
				.then(tx.enter(reactive("c")))
				.then(this.database.insert("row"));
		}).doOnNext((value) -> this.calls.add("value")).block(PATIENCE);
		assertThat(this.calls).containsExactly("acquire a", "acquire b on blocking", "acquire c", "callback",
				"release c committed", "release b committed on blocking", "release a committed", "value");
	}

	@Test
	void releasesWithTheConnectionBack() {
		AtomicReference<Integer> acquired = new AtomicReference<>();
		this.transactions.call((tx) -> tx
			.enter(ReactiveResources.of(Mono.just("lock"),
					(value, outcome) -> Mono.fromRunnable(() -> acquired.set(this.database.acquired()))))
			.then(this.database.insert("row"))).block(PATIENCE);
		assertThat(acquired.get()).isZero();
	}

	@Test
	void awaitsEachReleaseBeforeTheNext() {
		Sinks.Empty<Void> release = Sinks.empty();
		AsyncResource<String> slow = ReactiveResources.of(Mono.just("slow"),
				(value, outcome) -> Mono.fromRunnable(() -> this.calls.add("release slow")).then(release.asMono()));
		StepVerifier
			.create(this.transactions
				.call((tx) -> tx.enter(reactive("outer")).then(tx.enter(slow)).then(this.database.insert("row"))))
			.expectSubscription()
			.then(() -> {
				await().atMost(PATIENCE).until(() -> this.calls.contains("release slow"));
				assertThat(this.calls).containsExactly("acquire outer", "release slow");
				release.tryEmitEmpty();
			})
			.expectNextCount(1)
			.expectComplete()
			.verify(PATIENCE);
		assertThat(this.calls).containsExactly("acquire outer", "release slow", "release outer committed");
	}

	@Test
	void showsARollbackAndACancel() throws Exception {
		StepVerifier
			.create(this.transactions.call((tx) -> tx.enter(reactive("a")).then(Mono.error(new Exception("told")))))
			.expectErrorMessage("told")
			.verify(PATIENCE);
		AtomicReference<ReactiveActiveScope> handle = new AtomicReference<>();
		CountDownLatch entered = new CountDownLatch(1);
		Disposable subscription = this.transactions.call((tx) -> {
			handle.set(tx);
			return tx.enter(reactive("b")).doOnNext((value) -> entered.countDown()).then(Mono.never());
		}).subscribe();
		assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
		subscription.dispose();
		Objects.requireNonNull(handle.get()).ended().block(PATIENCE);
		assertThat(this.calls).containsExactly("acquire a", "release a rolled back", "acquire b",
				"release b cancelled");
	}

	@Test
	void holdsThemToTheEndOfTheTransactionAround() {
		this.transactions
			.call(() -> this.transactions.call((tx) -> tx.enter(reactive("a")))
				.doOnNext((value) -> this.calls.add("inner")))
			.doOnNext((value) -> this.calls.add("outer"))
			.block(PATIENCE);
		assertThat(this.calls).containsExactly("acquire a", "inner", "release a committed", "outer");
	}

	@Test
	void showsThemTheRollbackOfTheirSavepoint() {
		this.transactions
			.call((tx) -> tx.enter(reactive("a"))
				.then(tx.savepoint((inner) -> inner.enter(reactive("b")).then(Mono.error(new Exception("told")))))
				.onErrorResume((ignored) -> Mono.empty())
				.then(tx.enter(reactive("c"))))
			.block(PATIENCE);
		assertThat(this.calls).containsExactly("acquire a", "acquire b", "acquire c", "release c committed",
				"release b rolled back", "release a committed");
	}

	@Test
	void acquiresInTheTransactionAndReleasesOutsideOfIt() {
		this.transactions
			.call((tx) -> tx.enter(ReactiveResources.of(this.database.insert("inside"),
					(rows, outcome) -> this.database.insert("outside")))
				.then(Mono.error(new Exception("told"))))
			.onErrorResume((told) -> Mono.empty())
			.block(PATIENCE);
		assertThat(this.database.names()).containsExactly("outside");
	}

	@Test
	void saysThatTheDataIsCommittedWhereAReleaseFails() {
		Exception failure = new Exception("release");
		StepVerifier
			.create(this.transactions
				.call((tx) -> tx.enter(ReactiveResources.of(Mono.just("a"), (value, outcome) -> Mono.error(failure)))
					.then(tx.enter(reactive("b")))
					.then(this.database.insert("row"))))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOfSatisfying(AfterCommitException.class,
					(committed) -> assertThat(committed.failures()).containsExactly(failure)))
			.verify(PATIENCE);
		assertThat(this.calls).containsExactly("acquire b", "release b committed");
	}

	@Test
	void rollsBackWhereAnEntryFails() {
		Exception failure = new Exception("acquire");
		StepVerifier
			.create(this.transactions.call((tx) -> this.database.insert("row")
				.then(tx.enter(reactive("a")))
				.then(tx.enter(ReactiveResources.of(Mono.error(failure), (value, outcome) -> Mono.empty())))))
			.expectErrorMatches((told) -> told == failure)
			.verify(PATIENCE);
		StepVerifier
			.create(this.transactions
				.call((tx) -> tx.enter(ReactiveResources.of(Mono.empty(), (value, outcome) -> Mono.empty()))))
			.expectErrorMessage("A resource has no value: what acquires it was empty")
			.verify(PATIENCE);
		assertThat(this.calls).containsExactly("acquire a", "release a rolled back");
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void releasesWhatArrivesAfterACancel() {
		Sinks.One<String> arrival = Sinks.one();
		Disposable subscription = this.transactions.call((tx) -> tx.enter(ReactiveResources.of(arrival.asMono(),
				(value, outcome) -> Mono.fromRunnable(() -> this.calls.add("release " + value)))))
			.subscribe();
		await().atMost(PATIENCE).until(() -> arrival.currentSubscriberCount() == 1);
		subscription.dispose();
		arrival.tryEmitValue("late");
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(this.calls).containsExactly("release late"));
	}

	@Test
	void aDeadlineEndsTheWaitForOneThatNeverComes() {
		AsyncResource<String> never = ReactiveResources.of(Mono.never(), (value, outcome) -> Mono.empty());
		StepVerifier
			.create(this.transactions.timeout(Duration.ofSeconds(1))
				.call((tx) -> tx.enter(reactive("a")).then(tx.enter(never))))
			.expectError(TransactionTimedOutException.class)
			.verify(PATIENCE);
		assertThat(this.calls).containsExactly("acquire a", "release a rolled back");
	}

	@Test
	void aDeadlineEndsItAfterACancelAsWell() throws Exception {
		CountDownLatch waiting = new CountDownLatch(1);
		AsyncResource<String> never = ReactiveResources.of(
				Mono.<String>never().doOnSubscribe((subscription) -> waiting.countDown()),
				(value, outcome) -> Mono.empty());
		Sinks.One<Outcome> ended = Sinks.one();
		Disposable subscription = this.transactions.timeout(Duration.ofSeconds(1)).call((tx) -> {
			tx.ended().subscribe(ended::tryEmitValue);
			return tx.enter(never);
		}).subscribe();
		assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
		subscription.dispose();
		assertThat(ended.asMono().map(Outcome::isCancelled).block(PATIENCE)).isTrue();
	}

	@Test
	void releasesWhatArrivesAfterTheDeadline() {
		Sinks.One<String> arrival = Sinks.one();
		StepVerifier
			.create(this.transactions.timeout(Duration.ofSeconds(1))
				.call((tx) -> tx.enter(ReactiveResources.of(arrival.asMono(),
						(value, outcome) -> Mono.fromRunnable(() -> this.calls.add("release " + value))))))
			.expectError(TransactionTimedOutException.class)
			.verify(PATIENCE);
		arrival.tryEmitValue("late");
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(this.calls).containsExactly("release late"));
	}

	@Test
	void refusesToBlockAnEventLoop() {
		Executor direct = Runnable::run;
		StepVerifier
			.create(this.transactions.named("loop")
				.call((tx) -> tx.enter(blocking("a"), direct).subscribeOn(Schedulers.parallel())))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("Scope 'loop' cannot acquire a blocking resource on thread 'parallel-"))
			.verify(PATIENCE);
		assertThat(this.calls).isEmpty();
	}

	@Test
	void releasesOnAThreadThatMayBlock() {
		Executor direct = Runnable::run;
		this.transactions
			.call((tx) -> tx.enter(blocking("a"), direct).publishOn(Schedulers.parallel()).then(Mono.just("value")))
			.block(PATIENCE);
		assertThat(this.calls).hasSize(2);
		assertThat(this.calls.get(1)).startsWith("release a committed on boundedElastic-");
	}

	@Test
	void releasesTenThousandWithoutRecursion() {
		Long entered = this.transactions
			.call((tx) -> Flux.range(0, 10_000).concatMap((i) -> tx.enter(AsyncResource.none("nothing"))).count())
			.block(PATIENCE);
		assertThat(entered).isEqualTo(10_000);
	}

}
