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

package io.transactionscope.r2dbc;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcRollbackException;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.resource.Outcome;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * What a subscriber is told of a COMMIT that was not answered, where the application
 * knows.
 */
class ReactiveCommitVerificationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final ScriptedConnections connections = new ScriptedConnections();

	private final List<Outcome> heard = new CopyOnWriteArrayList<>();

	@BeforeEach
	void losesTheLinkInTheCommit() {
		this.connections.fail("commit", new R2dbcNonTransientResourceException("Connection closed"));
	}

	@ParameterizedTest
	@EnumSource
	void t4ABlockThatIsVerifiedAsCommittedCompletes(Manager manager) {
		assertThat(book(scope(manager).verifiedBy(() -> Mono.just(true))).block(PATIENCE)).isEqualTo("booked");
		assertThat(this.heard).singleElement().returns(true, Outcome::isSuccess);
	}

	@ParameterizedTest
	@EnumSource
	void t4ABlockThatIsVerifiedAsNotCommittedIsRolledBack(Manager manager) {
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> book(scope(manager).verifiedBy(() -> Mono.just(false))).block(PATIENCE))
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome)
			.withMessageContaining("is rolled back");
		assertThat(this.heard).singleElement().returns(true, Outcome::isFailure);
	}

	@ParameterizedTest
	@EnumSource
	void aVerificationThatFailsLeavesItUnknown(Manager manager) {
		IOException failure = new IOException("the ledger does not answer");
		assertThat(unknown(scope(manager).verifiedBy(() -> Mono.error(failure)))).containsExactly(failure);
	}

	@Test
	void t12AnErrorOfTheVerificationLeavesItUnknown() {
		StackOverflowError failure = new StackOverflowError();
		assertThat(unknown(scope(Manager.OURS).verifiedBy(() -> {
			throw failure;
		}))).containsExactly(failure);
	}

	@Test
	void aVerificationWithoutAnAnswerLeavesItUnknown() {
		assertThat(unknown(scope(Manager.OURS).verifiedBy(Mono::empty))).singleElement()
			.satisfies((obstacle) -> assertThat(obstacle)
				.hasMessage("The verification of 'book' completed without an answer"));
	}

	@Test
	@SuppressWarnings("NullAway") // On purpose
	void aVerificationThatReturnsNothingLeavesItUnknown() {
		assertThat(unknown(scope(Manager.OURS).verifiedBy(() -> null))).singleElement()
			.isInstanceOf(IllegalStateException.class);
	}

	@Test
	void t7AVerificationThatNeverEndsIsGivenUpAtTheDeadline() {
		List<String> seen = new CopyOnWriteArrayList<>();
		assertThat(unknown(scope(Manager.OURS).timeout(Duration.ofSeconds(1))
			.verifiedBy(() -> Mono.<Boolean>never().doOnCancel(() -> seen.add("cancelled"))))).singleElement()
			.satisfies((obstacle) -> assertThat(obstacle)
				.hasMessageContaining("The verification of 'book' did not answer"));
		assertThat(seen).containsExactly("cancelled");
	}

	@Test
	void theFirstValueIsTheAnswer() {
		List<String> seen = new CopyOnWriteArrayList<>();
		book(scope(Manager.OURS).verifiedBy(
				() -> Flux.concat(Flux.just(true, false), Mono.never()).doOnCancel(() -> seen.add("cancelled"))))
			.block(PATIENCE);
		assertThat(seen).containsExactly("cancelled");
	}

	@Test
	void itIsAskedOutsideOfAnyTransactionOnceTheConnectionIsGone() {
		ReactiveTransactionScope scope = scope(Manager.OURS).requiresNew();
		this.connections.answer("commit");
		List<Object> seen = new CopyOnWriteArrayList<>();
		scope.call(() -> Mono
			.fromRunnable(
					() -> this.connections.fail("commit", new R2dbcNonTransientResourceException("Connection closed")))
			.then(book(scope.verifiedBy(() -> TransactionSynchronizationManager.forCurrentTransaction()
				.<Object>map((current) -> current)
				.onErrorResume(NoTransactionException.class, (none) -> Mono.just("none"))
				.doOnNext(seen::add)
				.doOnNext((bound) -> seen.addAll(this.connections.calls))
				.thenReturn(true))))
			.doOnSuccess((value) -> this.connections.answer("commit"))).block(PATIENCE);
		assertThat(seen).containsExactly("none", "create", "begin 1", "create", "begin 2", "commit 2", "close 2");
	}

	@Test
	void itIsNotAskedWhereTheOutcomeIsKnown() {
		Supplier<Publisher<Boolean>> verification = () -> {
			throw new AssertionError("asked");
		};
		this.connections.fail("commit", new R2dbcRollbackException("The database returned ROLLBACK"));
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> book(scope(Manager.OURS).verifiedBy(verification)).block(PATIENCE))
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
		this.connections.answer("commit");
		assertThat(book(scope(Manager.OURS).verifiedBy(verification)).block(PATIENCE)).isEqualTo("booked");
	}

	@Test
	void aBlockThatHasJoinedIsNotAsked() {
		ReactiveTransactionManager manager = Manager.OURS.on(this.connections);
		ReactiveTransactionScope scope = ReactiveTransactionScope.create(manager).verifiedBy(() -> {
			throw new AssertionError("asked");
		});
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> book(scope).as(TransactionalOperator.create(manager)::transactional).block(PATIENCE))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome)
			.satisfies((failure) -> assertThat(failure.getSuppressed())
				.noneMatch((each) -> each instanceof AssertionError));
	}

	@Test
	void theExceptionOfABodyThatCommitsOnItReachesTheSubscriber() {
		IllegalStateException result = new IllegalStateException("a result");
		ReactiveTransactionScope scope = scope(Manager.OURS).commitOn(IllegalStateException.class);
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> scope.verifiedBy(() -> Mono.just(true)).call(() -> Mono.error(result)).block(PATIENCE))
			.isSameAs(result);
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> scope.verifiedBy(() -> Mono.just(false)).call(() -> Mono.error(result)).block(PATIENCE))
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome)
			.satisfies((failure) -> assertThat(failure.getSuppressed()).contains(result));
	}

	@Test
	void a5ACancelWhileItIsVerifiedIsAwaited() {
		Sinks.One<Boolean> answer = Sinks.one();
		Disposable subscription = book(scope(Manager.OURS).verifiedBy(answer::asMono)).subscribe();
		await().atMost(PATIENCE).until(() -> answer.currentSubscriberCount() == 1);
		subscription.dispose();
		assertThat(this.heard).isEmpty();
		answer.tryEmitValue(true);
		assertThat(this.heard).singleElement().returns(true, Outcome::isSuccess);
	}

	@Test
	void aDriverThatDoesNotKnowItsDatabaseIsNotAsked() {
		this.connections.answer("commit");
		assertThat(book(scope(Manager.OURS).resolveCommit()).block(PATIENCE)).isEqualTo("booked");
		assertThat(this.connections.calls).containsExactly("create", "begin 1", "commit 1", "close 1");
	}

	@Test
	@SuppressWarnings("NullAway") // On purpose
	void nothingCannotVerify() {
		assertThatIllegalArgumentException().isThrownBy(() -> scope(Manager.OURS).verifiedBy(null))
			.withMessage("'verification' must not be null");
	}

	private List<Throwable> unknown(ReactiveTransactionScope scope) {
		List<Throwable> suppressed = new CopyOnWriteArrayList<>();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> book(scope).block(PATIENCE))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome)
			.satisfies((failure) -> suppressed.addAll(List.of(failure.getSuppressed())));
		assertThat(this.heard).singleElement().returns(true, Outcome::isUnknown);
		// What block() adds
		suppressed.removeIf((each) -> String.valueOf(each.getMessage()).startsWith("#block"));
		return suppressed;
	}

	private ReactiveTransactionScope scope(Manager manager) {
		return ReactiveTransactionScope.create(manager.on(this.connections)).named("book");
	}

	private Mono<String> book(ReactiveTransactionScope scope) {
		return scope.call((tx) -> {
			tx.onCompletion((outcome) -> Mono.fromRunnable(() -> this.heard.add(outcome)));
			return Mono.just("booked");
		});
	}

	/**
	 * What a scope works with.
	 */
	enum Manager {

		OURS, SPRINGS, SUBCLASS;

		ReactiveTransactionManager on(ScriptedConnections connections) {
			return switch (this) {
				case OURS -> new ScopedR2dbcTransactionManager(connections);
				case SPRINGS -> new R2dbcTransactionManager(connections);
				case SUBCLASS -> new R2dbcTransactionManager(connections) {
				};
			};
		}

	}

}
