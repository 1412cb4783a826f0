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

package io.transactionscope.reactive.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.engine.RollbackMark;
import io.transactionscope.reactive.engine.ScriptedEngine.Call;
import io.transactionscope.resource.Outcome;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.transaction.UnexpectedRollbackException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a block does when it is cancelled, or when something fails, in each of its phases.
 */
@ExtendWith(OutputCaptureExtension.class)
class BlockTests {

	private static final Duration PATIENCE = Duration.ofSeconds(5);

	private final ScriptedEngine engine = new ScriptedEngine();

	private final ReactiveScopeSettings settings = ReactiveScopeSettings.of(this.engine);

	private final List<Object> dropped = new CopyOnWriteArrayList<>();

	private final AtomicReference<ReactiveBlock> block = new AtomicReference<>();

	private final AtomicReference<Outcome> seen = new AtomicReference<>();

	@BeforeEach
	void watchWhatIsDropped() {
		Hooks.onErrorDropped(this.dropped::add);
		Hooks.onNextDropped(this.dropped::add);
	}

	@AfterEach
	void nothingIsDroppedOrCutOff() {
		Hooks.resetOnErrorDropped();
		Hooks.resetOnNextDropped();
		assertThat(this.dropped).isEmpty();
		assertThat(this.engine.cut).isEmpty();
		StepVerifier.create(this.settings.open().none()).expectComplete().verify(PATIENCE);
	}

	private <T> Mono<T> block(Publisher<T> body) {
		return BlockMono.of(this.settings, "block", (running) -> {
			this.block.set(running);
			running.callbacks()
				.afterEnd((outcome) -> true, (outcome) -> Mono.fromRunnable(() -> this.seen.set(outcome)));
			return body;
		});
	}

	private Outcome ended() {
		return present(running().ended().block(PATIENCE));
	}

	private ReactiveBlock running() {
		return present(this.block.get());
	}

	private static <T> T present(@Nullable T value) {
		return Objects.requireNonNull(value);
	}

	@Test
	void commitsAndReleasesBeforeItsValue() {
		StepVerifier.create(block(Mono.just("value")).doOnNext((value) -> this.engine.calls.add(null)))
			.expectNext("value")
			.verifyComplete();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.COMMIT, Call.RELEASE, null);
		assertThat(this.seen.get()).isEqualTo(Outcome.succeeded());
	}

	@Test
	void beginsNothingForASubscriberThatHasGone() {
		block(Mono.just("value")).subscribe(new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				subscription.cancel();
			}

		});
		assertThat(this.engine.calls).isEmpty();
	}

	@Test
	void tellsTheEngineOfACancelWhileItBegins() {
		Sinks.Empty<Void> begin = this.engine.hold(Call.ENTER);
		this.engine.fail(Call.ENTER, new CancellationException("undone"));
		Disposable subscription = block(Mono.just("value")).subscribe();
		assertThat(present(this.engine.cancellation).cause()).isNull();
		subscription.dispose();
		assertThat(present(this.engine.cancellation).cause()).isInstanceOf(CancellationException.class)
			.hasMessageContaining("Scope 'block'");
		begin.tryEmitEmpty();
		assertThat(this.block.get()).isNull();
		assertThat(this.engine.calls).containsExactly(Call.ENTER);
	}

	@Test
	void rollsBackWhatHasBegunDespiteACancel() {
		Sinks.Empty<Void> begin = this.engine.hold(Call.ENTER);
		block(Mono.just("value")).subscribe().dispose();
		begin.tryEmitEmpty();
		assertThat(this.block.get()).as("body").isNull();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.INTERRUPT, Call.ROLL_BACK, Call.RELEASE);
	}

	@Test
	void cancelsItsBodyAndRollsBack() {
		AtomicInteger cancels = new AtomicInteger();
		Disposable subscription = block(Mono.never().doOnCancel(cancels::incrementAndGet)).subscribe();
		subscription.dispose();
		assertThat(cancels).hasValue(1);
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.INTERRUPT, Call.ROLL_BACK, Call.RELEASE);
		assertThat(present(this.engine.mark).failure()).isInstanceOf(CancellationException.class);
		assertThat(ended().isCancelled()).isTrue();
		assertThat(present(this.seen.get()).isCancelled()).isTrue();
		assertThat(present(this.seen.get()).isFailure()).isTrue();
	}

	@Test
	void awaitsTheInterruptBeforeTheRollback() {
		Sinks.Empty<Void> interrupt = this.engine.hold(Call.INTERRUPT);
		block(Mono.never()).subscribe().dispose();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.INTERRUPT);
		interrupt.tryEmitEmpty();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.INTERRUPT, Call.ROLL_BACK, Call.RELEASE);
	}

	@Test
	void cutsOffACallbackBeforeTheCommitAndRollsBack() {
		AtomicInteger cancels = new AtomicInteger();
		Disposable subscription = BlockMono.of(this.settings, "block", (running) -> {
			this.block.set(running);
			running.callbacks().beforeCommit(() -> Mono.never().doOnCancel(cancels::incrementAndGet));
			return Mono.just("value");
		}).subscribe();
		assertThat(this.engine.calls).containsExactly(Call.ENTER);
		subscription.dispose();
		assertThat(cancels).hasValue(1);
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.INTERRUPT, Call.ROLL_BACK, Call.RELEASE);
		assertThat(ended().isCancelled()).isTrue();
	}

	@Test
	void awaitsACommitThatIsSent() {
		Sinks.Empty<Void> commit = this.engine.hold(Call.COMMIT);
		Disposable subscription = block(Mono.just("value")).subscribe();
		Mono<Outcome> ended = running().ended();
		subscription.dispose();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.COMMIT);
		commit.tryEmitEmpty();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.COMMIT, Call.RELEASE);
		assertThat(ended.block()).isEqualTo(Outcome.succeeded());
		assertThat(this.seen.get()).isEqualTo(Outcome.succeeded());
	}

	@Test
	void tellsThatACommitIsInDoubtThoughItsSubscriberHasGone(CapturedOutput output) {
		Sinks.Empty<Void> commit = this.engine.hold(Call.COMMIT);
		Disposable subscription = block(Mono.just("value")).subscribe();
		CommitFailedException failure = this.engine.state
			.commitFailed(new CommitFailedException("block", TransactionOutcome.UNKNOWN, new Exception("cut")));
		this.engine.fail(Call.COMMIT, failure);
		subscription.dispose();
		commit.tryEmitError(failure);
		assertThat(ended().isUnknown()).isTrue();
		assertThat(ended().failure()).isSameAs(failure);
		assertThat(output).containsOnlyOnce("Scope 'block' was cancelled by its subscriber, who cannot be told");
	}

	@Test
	void awaitsARollback() {
		Exception failure = new Exception("body");
		Sinks.Empty<Void> rollback = this.engine.hold(Call.ROLL_BACK);
		Disposable subscription = block(Mono.error(failure)).subscribe();
		subscription.dispose();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.ROLL_BACK);
		rollback.tryEmitEmpty();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.ROLL_BACK, Call.RELEASE);
		assertThat(ended()).isEqualTo(Outcome.failed(failure));
	}

	@Test
	void awaitsARelease() {
		Sinks.Empty<Void> release = this.engine.hold(Call.RELEASE);
		AtomicReference<Object> value = new AtomicReference<>();
		Disposable subscription = block(Mono.just("value")).subscribe(value::set);
		subscription.dispose();
		release.tryEmitEmpty();
		assertThat(ended()).isEqualTo(Outcome.succeeded());
		assertThat(value.get()).isNull();
	}

	@Test
	void hasOneOutcomeWhenManyCancelAtOnce() throws InterruptedException {
		for (int i = 0; i < 200; i++) {
			this.engine.calls.clear();
			Sinks.One<String> body = Sinks.one();
			List<String> received = new CopyOnWriteArrayList<>();
			// One that takes what was on its way when it cancelled, as the specification
			// has it (2.8): those of subscribe() drop that.
			BaseSubscriber<String> subscription = new BaseSubscriber<>() {

				@Override
				protected void hookOnNext(String value) {
					received.add(value);
				}

			};
			block(body.asMono()).subscribe(subscription);
			Mono<Outcome> ended = running().ended();
			CountDownLatch start = new CountDownLatch(1);
			List<Thread> threads = new ArrayList<>();
			for (Runnable each : List.<Runnable>of(subscription::dispose, subscription::dispose,
					() -> body.tryEmitValue("value"))) {
				Thread thread = new Thread(() -> {
					try {
						start.await();
					}
					catch (InterruptedException ex) {
						throw new IllegalStateException(ex);
					}
					each.run();
				});
				thread.start();
				threads.add(thread);
			}
			start.countDown();
			for (Thread each : threads) {
				each.join();
			}
			boolean committed = present(ended.block(PATIENCE)).isSuccess();
			assertThat(this.engine.calls).containsOnlyOnce(committed ? Call.COMMIT : Call.ROLL_BACK)
				.doesNotContain(committed ? Call.ROLL_BACK : Call.COMMIT)
				.containsOnlyOnce(Call.RELEASE);
			assertThat(received).hasSizeLessThanOrEqualTo(committed ? 1 : 0);
		}
	}

	@Test
	void keepsTheFirstFailureAndSuppressesLaterOnes() {
		Exception failure = new Exception("body");
		Exception rollback = new Exception("rollback");
		Exception release = new Exception("release");
		Exception callback = new Exception("callback");
		this.engine.fail(Call.ROLL_BACK, rollback);
		this.engine.fail(Call.RELEASE, release);
		StepVerifier.create(BlockMono.of(this.settings, "block", (running) -> {
			running.callbacks().afterEnd((outcome) -> true, (outcome) -> Mono.error(callback));
			return Mono.error(failure);
		})).expectErrorMatches((told) -> told == failure).verify();
		assertThat(failure.getSuppressed()).containsExactly(rollback, release, callback);
	}

	@Test
	void logsOnceWhatFailsWhereItsSubscriberHasGone(CapturedOutput output) {
		Exception rollback = new Exception("rollback failed");
		this.engine.fail(Call.ROLL_BACK, rollback);
		block(Mono.never()).subscribe().dispose();
		assertThat(ended().isCancelled()).isTrue();
		assertThat(present(ended().failure()).getSuppressed()).containsExactly(rollback);
		assertThat(output).containsOnlyOnce("Scope 'block' was cancelled by its subscriber, who cannot be told");
		assertThat(output).containsOnlyOnce("rollback failed");
	}

	@Test
	void logsNothingWhereACancelWentWell(CapturedOutput output) {
		block(Mono.never()).subscribe().dispose();
		assertThat(output).doesNotContain("WARN");
	}

	@Test
	void passesOverWhatItsBodySignalsAfterItsEnd(CapturedOutput output) {
		Publisher<String> unruly = (subscriber) -> {
			subscriber.onSubscribe(Operators.emptySubscription());
			subscriber.onNext("value");
			subscriber.onComplete();
			subscriber.onNext("late");
			subscriber.onError(new Exception("late failure"));
			subscriber.onComplete();
		};
		StepVerifier.create(block(unruly)).expectNext("value").verifyComplete();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.COMMIT, Call.RELEASE);
		assertThat(output).containsOnlyOnce("late failure");
	}

	@Test
	void failsWhereItsEngineGivesNothing() {
		ReactiveEngine nothing = (definition, name, deadline, cancellation) -> Mono.empty();
		StepVerifier.create(BlockMono.of(this.settings.with(nothing), "block", (running) -> Mono.just("value")))
			.expectErrorMatches((told) -> told instanceof IllegalStateException
					&& String.valueOf(told.getMessage()).contains("'block'"))
			.verify();
		ReactiveEngine broken = (definition, name, deadline, cancellation) -> {
			throw new LinkageError("broken");
		};
		StepVerifier.create(BlockMono.of(this.settings.with(broken), "block", (running) -> Mono.just("value")))
			.expectErrorMatches((told) -> told instanceof LinkageError)
			.verify();
	}

	@Test
	void keepsItsValueForASubscriberThatAsksLater() {
		StepVerifier.create(block(Mono.just("value")), 0)
			.then(() -> assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.COMMIT, Call.RELEASE))
			.thenRequest(1)
			.expectNext("value")
			.verifyComplete();
	}

	@Test
	void runsTenThousandCallbacksWithoutRecursion() {
		AtomicInteger calls = new AtomicInteger();
		StepVerifier.create(BlockMono.of(this.settings, "block", (running) -> {
			for (int i = 0; i < 10_000; i++) {
				running.callbacks().beforeCommit(() -> Mono.fromRunnable(calls::incrementAndGet));
				running.callbacks().afterEnd((outcome) -> true, (outcome) -> Mono.fromRunnable(calls::incrementAndGet));
			}
			return Mono.just("value");
		})).expectNext("value").verifyComplete();
		assertThat(calls).hasValue(20_000);
	}

	@Test
	void handsOutItsContextBelowAndTakesItFromCallbacks() {
		List<Object> contexts = new CopyOnWriteArrayList<>();
		Mono<Object> current = Mono.deferContextual((context) -> {
			contexts
				.add(context.getOrDefault("scripted", "outside") + " " + (ReactiveBlock.innermost(context) != null));
			return Mono.empty();
		});
		StepVerifier.create(BlockMono.of(this.settings, "block", (running) -> {
			running.callbacks().beforeCommit(() -> current);
			running.callbacks().afterEnd((outcome) -> true, (outcome) -> current);
			return current.publishOn(Schedulers.parallel()).then(current.subscribeOn(Schedulers.boundedElastic()));
		})).verifyComplete();
		assertThat(contexts).containsExactly("inside true", "inside true", "inside true", "outside false");
	}

	@Test
	void waitsForABlockInsideThatRollsBack() {
		Sinks.Empty<Void> rollback = Sinks.empty();
		ScriptedEngine inner = new ScriptedEngine();
		inner.joins = true;
		StepVerifier.create(BlockMono.of(this.settings, "outer", (running) -> {
			inner.state = this.engine.state;
			rollbackOf(inner, rollback);
			return Mono.firstWithValue(
					BlockMono.<String>of(this.settings.with(inner), "inner", (nested) -> Mono.never()),
					Mono.just("other"));
		})).then(() -> {
			assertThat(inner.calls).contains(Call.ROLL_BACK);
			assertThat(this.engine.calls).containsExactly(Call.ENTER);
			rollback.tryEmitEmpty();
		})
			.expectErrorMatches((told) -> told instanceof UnexpectedRollbackException
					&& String.valueOf(told.getMessage()).contains("'inner'"))
			.verify(PATIENCE);
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.ROLL_BACK, Call.RELEASE);
	}

	@Test
	void rollsBackToItsSavepointBeforeWhoHasCancelledGoesOn() {
		this.engine.nests = true;
		block(Mono.never()).subscribe().dispose();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.INTERRUPT, Call.ROLL_BACK, Call.RELEASE);
		assertThat(this.engine.state.mark()).isNull();
	}

	@Test
	void takesNothingBackWhereItIsCancelledBeforeItsSavepointIsThere() {
		this.engine.nests = true;
		Sinks.Empty<Void> begin = this.engine.hold(Call.ENTER);
		block(Mono.never()).subscribe().dispose();
		begin.tryEmitEmpty();
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.RELEASE);
		assertThat(this.engine.state.mark()).isNull();
	}

	@Test
	void doomsTheTransactionWhereTheRollbackToItsSavepointComesTooLate() {
		this.engine.nests = true;
		assertThatACancelDoomsForGood();
	}

	@Test
	void doomsTheTransactionThatItHasJoinedBeforeWhoCancelsItGoesOn() {
		this.engine.joins = true;
		assertThatACancelDoomsForGood();
	}

	private void assertThatACancelDoomsForGood() {
		AtomicReference<Disposable> subscription = new AtomicReference<>();
		AtomicReference<@Nullable RollbackMark> seen = new AtomicReference<>();
		Mono<String> body = Mono.defer(() -> {
			// As another thread would, while the body is subscribed to
			present(subscription.get()).dispose();
			seen.set(this.engine.state.mark());
			return Mono.never();
		});
		BaseSubscriber<String> subscriber = new BaseSubscriber<>() {
		};
		subscription.set(subscriber);
		block(body).subscribe(subscriber);
		assertThat(this.engine.calls).containsExactly(Call.ENTER, Call.INTERRUPT, Call.ROLL_BACK, Call.RELEASE);
		assertThat(present(seen.get()).failure()).hasMessageContaining("Scope 'block' was cancelled");
		assertThat(this.engine.state.mark()).isSameAs(seen.get());
	}

	@Test
	void doomsItAsWellWhileABlockInsideIsAwaited() {
		this.engine.joins = true;
		Sinks.Empty<Void> rolledBack = this.engine.hold(Call.ROLL_BACK);
		Disposable outer = block(Mono.deferContextual((context) -> {
			this.engine.nests = true;
			block(Mono.never()).contextWrite(context).subscribe().dispose();
			return Mono.just("value");
		})).subscribe();
		assertThat(this.engine.state.mark()).isNull();
		outer.dispose();
		assertThat(present(this.engine.state.mark()).failure()).hasMessageContaining("Scope 'block' was cancelled");
		rolledBack.tryEmitEmpty();
		assertThat(this.engine.calls).filteredOn(Call.RELEASE::equals).hasSize(2);
	}

	private static void rollbackOf(ScriptedEngine engine, Sinks.Empty<Void> until) {
		until.asMono().subscribe(null, null, engine.hold(Call.ROLL_BACK)::tryEmitEmpty);
	}

	@Test
	void tellsWhenNoBlockIsOpen() {
		AtomicInteger told = new AtomicInteger();
		Disposable one = block(Mono.never()).subscribe();
		Disposable two = block(Mono.never()).subscribe();
		this.settings.open().none().subscribe(null, null, told::incrementAndGet);
		Disposable gone = this.settings.open().none().subscribe();
		gone.dispose();
		one.dispose();
		assertThat(told).hasValue(0);
		two.dispose();
		assertThat(told).hasValue(1);
	}

}
