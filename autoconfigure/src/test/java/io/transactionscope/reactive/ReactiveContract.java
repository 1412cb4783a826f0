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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import io.transactionscope.resource.Outcome;
import io.transactionscope.transaction.AfterCommitException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * What a block of a subscription promises, over whatever manager begins and ends its
 * transaction.
 */
abstract class ReactiveContract {

	static final Duration PATIENCE = ReactiveDatabase.PATIENCE;

	ReactiveDatabase database;

	ReactiveTransactionManager manager;

	ReactiveTransactionScope transactions;

	abstract ReactiveDatabase database(int size);

	abstract ReactiveTransactionManager manager(ReactiveDatabase database);

	@BeforeEach
	void open() {
		this.database = database(3);
		this.manager = manager(this.database);
		this.transactions = ReactiveTransactionScope.create(this.manager);
	}

	@AfterEach
	void everythingIsGivenBack() {
		this.transactions.quiesce().block(PATIENCE);
		this.database.assertClean();
		this.database.close();
	}

	@Test
	void commitsWhenTheBodyCompletes() {
		Long rows = this.transactions.call(() -> this.database.insert("a").then(this.database.count())).block(PATIENCE);
		assertThat(rows).isOne();
		assertThat(this.database.names()).containsExactly("a");
	}

	@Test
	void isEmptyWhereTheBodyIs() {
		StepVerifier.create(this.transactions.call(() -> this.database.insert("a").then()))
			.expectComplete()
			.verify(PATIENCE);
		assertThat(this.database.names()).containsExactly("a");
	}

	@Test
	void rollsBackAndHandsOutTheSameFailure() {
		Exception failure = new Exception("told");
		StepVerifier.create(this.transactions.call(() -> this.database.insert("a").then(Mono.error(failure))))
			.expectErrorMatches((told) -> told == failure)
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void emitsTheValueOnceTheConnectionIsBack() {
		List<Integer> acquired = new ArrayList<>();
		this.transactions.call(() -> this.database.insert("a"))
			.doOnNext((value) -> acquired.add(this.database.acquired()))
			.block(PATIENCE);
		assertThat(acquired).containsExactly(0);
	}

	@Test
	void emitsAllItemsOnceTheConnectionIsBack() {
		List<Integer> acquired = new ArrayList<>();
		List<Integer> items = this.transactions.callMany((tx) -> this.database.insert("a").thenMany(Flux.range(1, 3)))
			.doOnNext((value) -> acquired.add(this.database.acquired()))
			.collectList()
			.block(PATIENCE);
		assertThat(items).containsExactly(1, 2, 3);
		assertThat(acquired).containsExactly(0, 0, 0);
	}

	@Test
	void streamsAtTheSubscribersPaceAndCompletesOnceTheConnectionIsBack() {
		AtomicInteger made = new AtomicInteger();
		List<Integer> acquired = new ArrayList<>();
		StepVerifier
			.create(this.transactions
				.streamUncommitted((tx) -> this.database.insert("a")
					.thenMany(Flux.range(1, 100).doOnNext((item) -> made.incrementAndGet())))
				.doOnComplete(() -> acquired.add(this.database.acquired())), 2)
			.expectNext(1, 2)
			.then(() -> assertThat(made).hasValue(2))
			.then(() -> assertThat(this.database.acquired()).isOne())
			.thenRequest(98)
			.expectNextCount(98)
			.expectComplete()
			.verify(PATIENCE);
		assertThat(acquired).containsExactly(0);
		assertThat(this.database.names()).containsExactly("a");
	}

	@Test
	void rollsBackAStreamThatFailsMidway() {
		Exception failure = new Exception("told");
		StepVerifier
			.create(this.transactions.streamUncommitted(
					(tx) -> this.database.insert("a").thenMany(Flux.just(1).concatWith(Mono.error(failure)))))
			.expectNext(1)
			.expectErrorMatches((told) -> told == failure)
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void rollsBackAStreamWhoseSubscriberHasEnough() {
		AtomicReference<Outcome> outcome = new AtomicReference<>();
		List<Integer> items = this.transactions.streamUncommitted((tx) -> {
			tx.onCompletion((seen) -> Mono.fromRunnable(() -> outcome.set(seen)));
			return this.database.insert("a").thenMany(Flux.range(1, 100));
		}).take(2).collectList().block(PATIENCE);
		assertThat(items).containsExactly(1, 2);
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(outcome.get()).isNotNull());
		assertThat(present(outcome.get()).isCancelled()).isTrue();
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void beginsANewTransactionForEachSubscription() {
		AtomicInteger attempts = new AtomicInteger();
		Long rows = this.transactions
			.call(() -> this.database.insert("a" + attempts.incrementAndGet())
				.then(this.database.count())
				.flatMap((count) -> (attempts.get() < 3) ? Mono.error(new Exception("again")) : Mono.just(count)))
			.retry(2)
			.block(PATIENCE);
		assertThat(rows).isOne();
		assertThat(this.database.names()).containsExactly("a3");
	}

	@Test
	void rollsBackWhereTheBodyThrowsBeforeThereIsAPublisher() {
		for (Throwable failure : List.of(new Exception("checked"), new AssertionError("error"),
				new StackOverflowError("stack"), new OutOfMemoryError("memory"), new LinkageError("linkage"))) {
			StepVerifier.create(this.transactions.call((tx) -> {
				throw throwAs(failure);
			})).expectErrorMatches((told) -> told == failure).verify(PATIENCE);
		}
	}

	static <T> T present(@Nullable T value) {
		return Objects.requireNonNull(value);
	}

	@SuppressWarnings("unchecked")
	static <X extends Throwable> RuntimeException throwAs(Throwable failure) throws X {
		throw (X) failure;
	}

	@Test
	void rollsBackWhereTheBodyThrowsAnErrorWhenSubscribed() {
		Error failure = new LinkageError("told");
		StepVerifier.create(this.transactions.call(() -> Mono.fromRunnable(() -> {
			throw failure;
		}))).expectErrorMatches((told) -> told == failure).verify(PATIENCE);
	}

	/** Reactor throws it at the thread, and tells no subscriber. */
	@Test
	void rollsBackPastItsDeadlineAfterAFatalErrorOnAnotherThread() {
		StepVerifier.create(this.transactions.timeout(Duration.ofMillis(500))
			.call(() -> this.database.insert("a").then(Mono.delay(Duration.ofMillis(10))).doOnNext((tick) -> {
				throw new LinkageError("told to nobody");
			}))).expectError(TransactionTimedOutException.class).verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	@SuppressWarnings("NullAway") // As code without null checks has it
	void failsWhereTheBodyReturnsNull() {
		StepVerifier.create(this.transactions.named("none").call((tx) -> null))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("Scope 'none'")
				.hasMessageContaining("returned null"))
			.verify(PATIENCE);
	}

	@Test
	void failsWhereTheBodyOfOneValueEmitsTwo() {
		StepVerifier
			.create(this.transactions.named("two")
				.call(() -> Mono.fromDirect(this.database.insert("a").thenMany(Flux.just(1, 2)))))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("Scope 'two'")
				.hasMessageContaining("second value"))
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void rollsBackInTheBodyWhenItIsCancelled() throws Exception {
		CountDownLatch inBody = new CountDownLatch(1);
		AtomicReference<ReactiveActiveScope> handle = new AtomicReference<>();
		Disposable subscription = this.transactions.call((tx) -> {
			handle.set(tx);
			return this.database.insert("a").doOnNext((rows) -> inBody.countDown()).then(Mono.never());
		}).subscribe();
		assertThat(inBody.await(10, TimeUnit.SECONDS)).isTrue();
		Mono<Outcome> ended = present(handle.get()).ended();
		subscription.dispose();
		Outcome outcome = present(ended.block(PATIENCE));
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
		assertThat(this.database.acquired()).isZero();
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void rollsBackPastItsDeadline() {
		StepVerifier
			.create(this.transactions.named("slow")
				.timeout(Duration.ofMillis(300))
				.call(() -> this.database.insert("a").then(Mono.never())))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOf(TransactionTimedOutException.class)
				.hasMessageContaining("Scope 'slow'")
				.hasMessageContaining("PT0.3S"))
			.verify(PATIENCE);
		assertThat(this.database.acquired()).isZero();
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void keepsTheTransactionOnOtherThreads() {
		Long rows = this.transactions
			.call(() -> this.database.insert("a")
				.publishOn(Schedulers.parallel())
				.then(this.database.insert("b").subscribeOn(Schedulers.boundedElastic()))
				.then(this.database.count()))
			.block(PATIENCE);
		assertThat(rows).isEqualTo(2);
		assertThat(this.database.names()).containsExactly("a", "b");
	}

	@Test
	void takesPartInWhatWorksAtOnce() {
		this.transactions.call(() -> Mono.zip(this.database.insert("a"), this.database.insert("b"))).block(PATIENCE);
		assertThat(this.database.names()).containsExactly("a", "b");
	}

	@Test
	void joinsTheTransactionAround() {
		Exception failure = new Exception("told");
		ReactiveTransactionScope inner = this.transactions.named("inner");
		StepVerifier
			.create(this.transactions.call(() -> inner.call(() -> this.database.insert("a")).then(Mono.error(failure))))
			.expectErrorMatches((told) -> told == failure)
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void isDoomedByAnInnerFailureThatIsSwallowed() {
		Exception failure = new Exception("told");
		ReactiveTransactionScope inner = this.transactions.named("inner");
		StepVerifier
			.create(this.transactions.named("outer")
				.call(() -> this.database.insert("a")
					.then(inner.call(() -> Mono.error(failure)))
					.onErrorResume((ignored) -> Mono.empty())))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOf(UnexpectedRollbackException.class)
				.hasMessageContaining("'outer'")
				.hasMessageContaining("'inner'")
				.hasCause(failure))
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void isDoomedByAnInnerBlockThatIsCancelled() {
		ReactiveTransactionScope inner = this.transactions.named("inner");
		Lasting lasting = new Lasting();
		StepVerifier
			.create(this.transactions.named("outer")
				.call(() -> this.database.insert("a")
					.then(inner.call(() -> lasting.after(Mono.empty())))
					.timeout(lasting.forAWhile(), Mono.empty())))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOf(UnexpectedRollbackException.class)
				.hasMessageContaining("'inner'")
				.hasCauseInstanceOf(CancellationException.class))
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void freesBothWhenAnInnerTransactionOfItsOwnTimesOut() {
		StepVerifier
			.create(this.transactions.call(() -> this.database.insert("a")
				.then(this.transactions.requiresNew().call(() -> this.database.insert("b").then(Mono.never())))
				.timeout(Duration.ofMillis(300))))
			.expectError(java.util.concurrent.TimeoutException.class)
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void commitsApartInATransactionOfItsOwn() {
		Exception failure = new Exception("told");
		StepVerifier.create(this.transactions.call(() -> this.database.insert("a")
			.then(this.transactions.requiresNew().call(() -> this.database.insert("b")))
			.then(Mono.error(failure)))).expectErrorMatches((told) -> told == failure).verify(PATIENCE);
		assertThat(this.database.names()).containsExactly("b");
	}

	@Test
	void runsTwoTransactionsOfTheirOwnAtOnce() {
		this.transactions
			.call(() -> this.database.insert("a")
				.then(Mono.zip(this.transactions.requiresNew().call(() -> this.database.insert("b")),
						this.transactions.requiresNew().call(() -> this.database.insert("c"))))
				.then(this.database.insert("d")))
			.block(PATIENCE);
		assertThat(this.database.names()).containsExactly("a", "b", "c", "d");
	}

	@Test
	void takesBackOnlyWhatANestedBlockDid() {
		this.transactions
			.call(() -> this.database.insert("a")
				.then(this.transactions.nested()
					.call(() -> this.database.insert("b").then(Mono.error(new Exception("nested")))))
				.onErrorResume((ignored) -> Mono.empty())
				.then(this.transactions.nested().call(() -> this.database.insert("c"))))
			.block(PATIENCE);
		assertThat(this.database.names()).containsExactly("a", "c");
	}

	@Test
	void takesBackOnlyWhatWasDoneSinceASavepoint() {
		List<String> calls = new CopyOnWriteArrayList<>();
		this.transactions.call((tx) -> this.database.insert("a").then(tx.savepoint((inner) -> {
			inner.afterCommit(() -> Mono.fromRunnable(() -> calls.add("dropped")));
			return this.database.insert("b").then(Mono.error(new Exception("nested")));
		})).onErrorResume((ignored) -> Mono.empty()).then(tx.savepoint((inner) -> {
			inner.afterCommit(() -> Mono.fromRunnable(() -> calls.add("kept")));
			return this.database.insert("c");
		}))).block(PATIENCE);
		assertThat(this.database.names()).containsExactly("a", "c");
		assertThat(calls).containsExactly("kept");
	}

	@Test
	void rollsBackToItsSavepointWhenItIsCancelled() {
		Lasting lasting = new Lasting();
		StepVerifier
			.create(this.transactions.call((tx) -> this.database.insert("a")
				.then(tx.savepoint((inner) -> lasting.after(this.database.insert("b"))))
				.timeout(lasting.untilSubscribed().then(lasting.forAWhile()), Mono.empty())
				.then(this.database.insert("c"))))
			.then(lasting::subscribed)
			.expectNextCount(1)
			.expectComplete()
			.verify(PATIENCE);
		assertThat(this.database.names()).containsExactly("a", "c");
	}

	@Test
	void aLateRollbackToASavepointUndoesNothingOfWhatFollowsItsCancel() {
		assumeThat(this.database.isPostgres()).as("a statement takes its time").isTrue();
		List<String> calls = new CopyOnWriteArrayList<>();
		this.transactions
			.call((tx) -> tx.savepoint((inner) -> this.database.sleep(1))
				.timeout(Duration.ofMillis(300), Mono.empty())
				.then(Mono.fromRunnable(() -> tx.afterCommit(() -> Mono.fromRunnable(() -> calls.add("after"))))))
			.block(PATIENCE);
		assertThat(calls).containsExactly("after");
	}

	@Test
	void aMethodThatFailsBehindACancelledSavepointDoomsTheTransaction() {
		assumeThat(this.database.isPostgres()).as("a statement takes its time").isTrue();
		TransactionalOperator plain = TransactionalOperator.create(this.manager);
		StepVerifier
			.create(this.transactions.call((tx) -> this.database.insert("a")
				.then(tx.savepoint((inner) -> this.database.sleep(1)).timeout(Duration.ofMillis(300), Mono.empty()))
				.then(plain.transactional(Mono.error(new IllegalArgumentException("told"))).onErrorComplete())))
			.expectError(UnexpectedRollbackException.class)
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void insistsOnItsPropagation() {
		ReactiveTransactionScope outermost = this.transactions.outermost();
		assertThatThrownBy(() -> this.transactions.call(() -> outermost.call(() -> Mono.empty())).block(PATIENCE))
			.isInstanceOf(IllegalTransactionStateException.class)
			.hasMessageContaining("outermost");
		ReactiveTransactionScope mandatory = this.transactions.mandatory();
		assertThatThrownBy(() -> mandatory.call(() -> Mono.empty()).block(PATIENCE))
			.isInstanceOf(IllegalTransactionStateException.class)
			.hasMessageContaining(
					"must join a transaction, and none is active: call it from inside one, or drop mandatory()");
		ReactiveTransactionScope never = this.transactions.never();
		assertThatThrownBy(() -> this.transactions.call(() -> never.call(() -> Mono.empty())).block(PATIENCE))
			.isInstanceOf(IllegalTransactionStateException.class)
			.hasMessageContaining("must not run in a transaction, but transaction '")
			.hasMessageContaining("drop never()");
		never.call(() -> this.database.insert("n")).block(PATIENCE);
		this.transactions.call(() -> mandatory.call(() -> this.database.insert("m"))).block(PATIENCE);
		assertThat(this.database.names()).containsExactly("m", "n");
	}

	@Test
	void worksBesideTheTransactionWithoutOne() {
		assertThatThrownBy(() -> this.transactions
			.call(() -> this.database.insert("a")
				.then(this.transactions.withoutTransaction().call(() -> this.database.insert("b")))
				.then(Mono.error(new IllegalArgumentException("told"))))
			.block(PATIENCE)).isInstanceOf(IllegalArgumentException.class);
		assertThat(this.database.names()).containsExactly("b");
	}

	@Test
	void commitsOnFailuresThatItIsToldTo() {
		IllegalArgumentException failure = new IllegalArgumentException("told");
		StepVerifier
			.create(this.transactions.commitOn(IllegalArgumentException.class)
				.call(() -> this.database.insert("a").then(Mono.error(failure))))
			.expectErrorMatches((told) -> told == failure)
			.verify(PATIENCE);
		assertThat(this.database.names()).containsExactly("a");
	}

	@Test
	void rollsBackAsAsked() {
		String value = this.transactions.call((tx) -> this.database.insert("a").then(Mono.fromCallable(() -> {
			tx.setRollbackOnly("dry run");
			assertThat(tx.isRollbackOnly()).isTrue();
			return "value";
		}))).block(PATIENCE);
		assertThat(value).isEqualTo("value");
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void callsBackInOrderOnceTheConnectionIsBack() {
		List<String> calls = new CopyOnWriteArrayList<>();
		this.transactions.call((tx) -> {
			tx.beforeCommit(() -> this.database.insert("before").doOnNext((rows) -> calls.add("before")));
			tx.afterCommit(() -> Mono.delay(Duration.ofMillis(50))
				.then(Mono.fromRunnable(() -> calls.add("first " + this.database.acquired()))));
			tx.afterRollback(() -> Mono.fromRunnable(() -> calls.add("never")));
			tx.onCompletion((outcome) -> Mono.fromRunnable(() -> calls.add("second " + outcome)));
			tx.afterCommit(() -> this.database.insert("after").then());
			return this.database.insert("a");
		}).doOnNext((value) -> calls.add("value")).block(PATIENCE);
		assertThat(calls).containsExactly("before", "first 0", "second succeeded", "value");
		assertThat(this.database.names()).containsExactly("a", "after", "before");
	}

	@Test
	void rollsBackWhereACallbackBeforeTheCommitFails() {
		Exception failure = new Exception("before");
		StepVerifier.create(this.transactions.call((tx) -> {
			tx.beforeCommit(() -> Mono.error(failure));
			return this.database.insert("a");
		})).expectErrorMatches((told) -> told == failure).verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void saysThatTheDataIsCommittedWhereACallbackFails() {
		Exception first = new Exception("first");
		Error second = new LinkageError("second");
		List<String> calls = new CopyOnWriteArrayList<>();
		StepVerifier.create(this.transactions.call((tx) -> {
			tx.afterCommit(() -> Mono.error(first));
			tx.afterCommit(() -> {
				throw second;
			});
			tx.afterCommit(() -> Mono.fromRunnable(() -> calls.add("third")));
			return this.database.insert("a");
		}))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOfSatisfying(AfterCommitException.class,
					(committed) -> assertThat(committed.failures()).containsExactly(first, second)))
			.verify(PATIENCE);
		assertThat(calls).containsExactly("third");
		assertThat(this.database.names()).containsExactly("a");
	}

	@Test
	void callsBackOnceTheTransactionAroundHasEnded() {
		List<String> calls = new CopyOnWriteArrayList<>();
		this.transactions.call(() -> this.transactions.call((tx) -> {
			tx.afterCommit(() -> Mono.fromRunnable(() -> calls.add("after")));
			return this.database.insert("a");
		}).doOnNext((value) -> calls.add("inner"))).doOnNext((value) -> calls.add("outer")).block(PATIENCE);
		assertThat(calls).containsExactly("inner", "after", "outer");
	}

	@Test
	void joinsAPlainTransaction() {
		List<String> calls = new CopyOnWriteArrayList<>();
		TransactionalOperator plain = TransactionalOperator.create(this.manager);
		this.transactions.call((tx) -> {
			tx.onCompletion((outcome) -> Mono.fromRunnable(() -> calls.add(outcome.toString())));
			return this.database.insert("a");
		}).doOnNext((value) -> calls.add("inner")).as(plain::transactional).block(PATIENCE);
		assertThat(calls).containsExactly("inner", "succeeded");
		StepVerifier
			.create(this.transactions.call(() -> this.database.insert("b"))
				.then(Mono.error(new IllegalArgumentException("told")))
				.as(plain::transactional))
			.expectError(IllegalArgumentException.class)
			.verify(PATIENCE);
		assertThat(this.database.names()).containsExactly("a");
	}

	@Test
	void isJoinedByAPlainTransaction() {
		TransactionalOperator plain = TransactionalOperator.create(this.manager);
		StepVerifier
			.create(this.transactions.call(() -> plain.transactional(this.database.insert("a"))
				.then(Mono.error(new IllegalArgumentException("told")))))
			.expectError(IllegalArgumentException.class)
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
		this.transactions.call(() -> plain.transactional(this.database.insert("b")).then(this.database.insert("c")))
			.block(PATIENCE);
		assertThat(this.database.names()).containsExactly("b", "c");
	}

	@Test
	void isDoomedByAPlainTransactionThatFails() {
		TransactionalOperator plain = TransactionalOperator.create(this.manager);
		StepVerifier
			.create(this.transactions.call(() -> this.database.insert("a")
				.then(plain.transactional(Mono.error(new IllegalArgumentException("told"))))
				.onErrorResume((ignored) -> Mono.empty())))
			.expectError(UnexpectedRollbackException.class)
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void findsItsHandleAnywhereBelow() {
		List<String> names = this.transactions.named("outer")
			.call((tx) -> Mono
				.zip(ReactiveActiveScope.current().publishOn(Schedulers.parallel()).map(ReactiveActiveScope::name),
						this.transactions.named("inner")
							.call(() -> ReactiveActiveScope.current().map(ReactiveActiveScope::name))
							.subscribeOn(Schedulers.boundedElastic()))
				.map((both) -> List.of(both.getT1(), both.getT2())))
			.block(PATIENCE);
		assertThat(names).containsExactly("outer", "inner");
		assertThatIllegalStateException().isThrownBy(() -> ReactiveActiveScope.current().block(PATIENCE))
			.withMessageContaining("No scope is active");
	}

	@Test
	void refusesItsHandleAfterTheEnd() {
		ReactiveActiveScope ended = present(this.transactions.named("over").call(Mono::just).block(PATIENCE));
		assertThat(ended.name()).isEqualTo("over");
		assertThat(ended.ended().block(PATIENCE)).isEqualTo(Outcome.succeeded());
		assertThatIllegalStateException().isThrownBy(() -> ended.afterCommit(Mono::empty))
			.withMessageContaining("Scope 'over' has ended");
		assertThatIllegalStateException().isThrownBy(() -> ended.setRollbackOnly("late"));
		assertThatIllegalStateException().isThrownBy(ended::isRollbackOnly);
		assertThatIllegalStateException().isThrownBy(() -> ended.savepoint((inner) -> Mono.empty()).block(PATIENCE))
			.withMessageContaining("Scope 'over' has ended");
	}

	@Test
	void refusesItsHandleFromAnotherSubscription() {
		assertThatIllegalStateException()
			.isThrownBy(() -> this.transactions.named("one")
				.call((tx) -> Mono.fromCallable(() -> tx.savepoint((inner) -> Mono.empty()).block(PATIENCE))
					.subscribeOn(Schedulers.boundedElastic()))
				.block(PATIENCE))
			.withMessageContaining("belongs to another subscription");
		assertThatIllegalStateException()
			.isThrownBy(() -> this.transactions.named("one")
				.call((tx) -> this.transactions.requiresNew()
					.named("two")
					.call((other) -> tx.savepoint((inner) -> Mono.empty())))
				.block(PATIENCE))
			.withMessageContaining("scope 'two'");
	}

	@Test
	void rollsBackWhereABlockInsideIsStillAtWork() {
		AtomicReference<Throwable> inside = new AtomicReference<>();
		StepVerifier.create(this.transactions.named("outer")
			.call((tx) -> this.database.insert("a").then(Mono.deferContextual((context) -> {
				this.transactions.named("detached")
					.call(() -> Mono.never())
					.contextWrite(context)
					.subscribe((value) -> {
					}, inside::set);
				return Mono.just("value");
			}))))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("'outer'")
				.hasMessageContaining("'detached'"))
			.verify(PATIENCE);
		await().until(() -> inside.get() != null);
		assertThat(inside.get()).isInstanceOf(CancellationException.class).hasMessageContaining("scope 'outer'");
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void refusesSavepointsBesideOneAnother() {
		List<Throwable> failures = new CopyOnWriteArrayList<>();
		Sinks.Empty<Void> refused = Sinks.empty();
		this.transactions.named("import")
			.call((tx) -> Flux.range(0, 3)
				.flatMap((i) -> tx
					.savepoint((inner) -> this.database.insert("a" + i).delayUntil((rows) -> refused.asMono()))
					.onErrorResume((failure) -> {
						failures.add(failure);
						if (failures.size() == 2) {
							refused.tryEmitEmpty();
						}
						return Mono.empty();
					}))
				.then(tx.savepoint((inner) -> inner.savepoint((innermost) -> this.database.insert("b")))))
			.block(PATIENCE);
		assertThat(failures).hasSize(2)
			.allSatisfy((failure) -> assertThat(failure).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("Scope 'import' cannot set a savepoint")
				.hasMessageContaining("concatMap"));
		assertThat(this.database.names()).containsExactly("a0", "b");
	}

	@Test
	void refusesSavepointsBesideOneAnotherInAPlainTransaction() {
		ReactiveTransactionScope nested = this.transactions.named("import").nested();
		// Of another scope, which works through the same manager.
		ReactiveTransactionScope beside = ReactiveTransactionScope.create(this.manager).named("beside").nested();
		Sinks.Empty<Void> go = Sinks.empty();
		AtomicReference<Throwable> refused = new AtomicReference<>();
		Mono<?> first = nested
			.call(() -> this.database.insert("a").then(go.asMono()).then(Mono.error(new Exception("told"))))
			.onErrorComplete();
		Mono<?> second = beside.call(() -> this.database.insert("b"))
			.doOnError(refused::set)
			.onErrorComplete()
			.doOnTerminate(go::tryEmitEmpty);
		Mono.when(first, second)
			.then(nested.call(() -> this.database.insert("c").then(beside.call(() -> this.database.insert("d")))))
			.as(TransactionalOperator.create(this.manager)::transactional)
			.block(PATIENCE);
		assertThat(refused.get()).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("Scope 'beside' cannot set a savepoint while scope 'import'")
			.hasMessageContaining("concatMap");
		assertThat(this.database.names()).containsExactly("c", "d");
	}

	@Test
	void doomsAPlainTransactionAroundWhenItIsCancelled() {
		TransactionalOperator plain = TransactionalOperator.create(this.manager);
		for (int i = 0; i < 5; i++) {
			Lasting lasting = new Lasting();
			StepVerifier
				.create(this.database.insert("a")
					.then(this.transactions.named("inner")
						.call(() -> lasting.after(this.database.insert("b")))
						.timeout(lasting.forAWhile(), Mono.empty()))
					.as(plain::transactional))
				.expectErrorSatisfies((told) -> assertThat(told).hasMessageContaining("'inner'")
					.hasRootCauseInstanceOf(CancellationException.class))
				.verify(PATIENCE);
			assertThat(this.database.names()).isEmpty();
		}
	}

	@Test
	void doomsItAsWellWhereItsBodyKeepsTheThreadThatSubscribes() {
		StepVerifier.create(overtaken(this.transactions))
			.expectErrorSatisfies((told) -> assertThat(told).hasMessageContaining("'inner'")
				.hasRootCauseInstanceOf(CancellationException.class))
			.verify(PATIENCE);
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void doomsItWhereTheRollbackToItsSavepointCannotBeSentBeforeTheCommit() {
		boolean committed = Boolean.TRUE.equals(overtaken(this.transactions.nested()).thenReturn(true)
			.onErrorResume((told) -> Mono.fromRunnable(() -> assertThat(told).hasMessageContaining("'inner'")
				.hasRootCauseInstanceOf(CancellationException.class)))
			.block(PATIENCE));
		assertThat(this.database.names()).isEqualTo(committed ? List.of("a") : List.of());
	}

	/**
	 * A block in a plain transaction that goes on without it, as its body still keeps a
	 * thread: on H2 the one that subscribes to it.
	 */
	private Mono<?> overtaken(ReactiveTransactionScope transactions) {
		Sinks.Empty<Void> begun = Sinks.empty();
		Mono<Void> atWork = Mono.fromRunnable(() -> {
			begun.tryEmitEmpty();
			LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
		});
		return this.database.insert("a")
			.then(transactions.named("inner")
				.call(() -> this.database.insert("b").then(atWork).then(Mono.never()))
				.timeout(begun.asMono().publishOn(Schedulers.parallel()), Mono.empty()))
			.as(TransactionalOperator.create(this.manager)::transactional);
	}

	@Test
	void rollsBackWhereABlockInsideIsStillAtWorkPastAnotherConnection() {
		ReactiveDatabase other = ReactiveDatabase.h2(1);
		ReactiveTransactionScope others = ReactiveTransactionScope.create(new R2dbcTransactionManager(other.pool()));
		AtomicReference<Throwable> inside = new AtomicReference<>();
		StepVerifier.create(this.transactions.named("outer")
			.call(() -> this.database.insert("a").then(others.call(() -> Mono.deferContextual((context) -> {
				this.transactions.named("detached")
					.call(() -> this.database.insert("b").then(Mono.never()))
					.contextWrite(context)
					.subscribe((value) -> {
					}, inside::set);
				return Mono.delay(Duration.ofMillis(300));
			})))))
			.expectErrorSatisfies((told) -> assertThat(told).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("'outer'")
				.hasMessageContaining("'detached'"))
			.verify(PATIENCE);
		// Both are told at about the same time, each on a thread of its own.
		await().untilAsserted(() -> assertThat(inside.get()).isInstanceOf(CancellationException.class)
			.hasMessageContaining("scope 'outer'"));
		assertThat(this.database.names()).isEmpty();
		other.assertClean();
		other.close();
	}

	@Test
	void tenThousandCallbacksAndResourcesThatCompleteAtOnceNeedNoStack() {
		AtomicInteger before = new AtomicInteger();
		AtomicInteger after = new AtomicInteger();
		AtomicInteger released = new AtomicInteger();
		Long entered = this.transactions.call((tx) -> {
			for (int i = 0; i < 10_000; i++) {
				tx.beforeCommit(() -> Mono.fromRunnable(before::incrementAndGet));
				tx.afterCommit(() -> Mono.fromRunnable(after::incrementAndGet));
			}
			return Flux.range(0, 10_000)
				.concatMap((i) -> tx.enter(ReactiveResources.of(Mono.just(i),
						(value, outcome) -> Mono.fromRunnable(released::incrementAndGet))))
				.count();
		}).block(PATIENCE);
		assertThat(entered).isEqualTo(10_000);
		assertThat(before).hasValue(10_000);
		assertThat(after).hasValue(10_000);
		assertThat(released).hasValue(10_000);
	}

	/**
	 * Work that never ends, and is cancelled once it has begun: before, there would be
	 * nothing to be rolled back.
	 */
	private static final class Lasting {

		private final Sinks.Empty<Void> begun = Sinks.empty();

		private final Sinks.Empty<Void> subscribed = Sinks.empty();

		Mono<Void> after(Mono<?> work) {
			return work.then(Mono.fromRunnable(this.begun::tryEmitEmpty)).then(Mono.never());
		}

		Mono<Long> forAWhile() {
			return this.begun.asMono().then(Mono.delay(Duration.ofMillis(50)));
		}

		void subscribed() {
			this.subscribed.tryEmitEmpty();
		}

		/** On H2, the work is done while it is subscribed to. */
		Mono<Void> untilSubscribed() {
			return this.subscribed.asMono();
		}

	}

}
