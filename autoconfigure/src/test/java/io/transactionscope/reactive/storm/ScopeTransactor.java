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

package io.transactionscope.reactive.storm;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import io.transactionscope.reactive.ReactiveActiveScope;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.resource.Outcome;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Our scope, which tells its pairs what becomes of them although nobody is subscribed any
 * more.
 *
 * @param scope the scope
 */
record ScopeTransactor(ReactiveTransactionScope scope) implements Transactor {

	@Override
	public <T> Mono<T> in(Mono<T> body) {
		return this.scope.transactional(body);
	}

	@Override
	public <T> Flux<T> stream(Flux<T> body) {
		return this.scope.streamUncommitted((tx) -> body);
	}

	@Override
	public Mono<Long> write(Unit unit) {
		Pair pair = unit.pair();
		return write(this.scope, unit, pair, (tx) -> Mono.empty());
	}

	/** With another transaction of its own inside, and a pair of that. */
	Mono<Long> writeAnew(Unit unit) {
		Pair inner = unit.pair();
		return write(this.scope, unit, unit.pair(),
				(tx) -> write(this.scope.requiresNew(), unit, inner, (own) -> Mono.empty()));
	}

	/** With two other transactions inside, at once. */
	Mono<Long> writeTwoAnew(Unit unit) {
		Pair one = unit.pair();
		Pair other = unit.pair();
		return write(this.scope, unit, unit.pair(),
				(tx) -> Mono.zip(write(this.scope.requiresNew(), unit, one, (own) -> Mono.empty()),
						write(this.scope.requiresNew(), unit, other, (own) -> Mono.empty())));
	}

	/** With another transaction inside, which the outer one does not wait for long. */
	Mono<Long> writeAnewInTime(Unit unit) {
		Pair inner = unit.pair();
		Duration patience = Duration.ofNanos(1 + unit.random().nextInt(2_000_000));
		return write(this.scope, unit, unit.pair(),
				(tx) -> write(this.scope.requiresNew(), unit, inner, (own) -> Mono.empty()).timeout(patience)
					.onErrorResume(TimeoutException.class, (ex) -> Mono.empty()));
	}

	/** Within a deadline of its own, which often passes. */
	Mono<Long> writeInTime(Unit unit) {
		Duration deadline = Duration.ofMillis(1 + unit.random().nextInt(30));
		return write(this.scope.timeout(deadline), unit, unit.pair(), (tx) -> Mono.empty());
	}

	/** With a savepoint, from which another pair is written and sometimes taken back. */
	Mono<Long> writeFromSavepoint(Unit unit) {
		Pair inner = unit.pair();
		boolean takenBack = unit.random().nextBoolean();
		return write(this.scope, unit, unit.pair(), (tx) -> {
			if (!takenBack) {
				follow(inner, tx);
			}
			return tx.savepoint((savepoint) -> {
				Mono<Long> written = unit.write(inner);
				return takenBack ? written.then(Mono.<Long>error(new IllegalArgumentException("savepoint"))) : written;
			}).onErrorResume(IllegalArgumentException.class, (ex) -> {
				inner.mustNotBeThere("its savepoint was rolled back");
				return Mono.empty();
			});
		});
	}

	/** With a savepoint, which the outer block does not wait for long. */
	Mono<Long> writeFromSavepointInTime(Unit unit) {
		Pair inner = unit.pair();
		Duration patience = Duration.ofNanos(1 + unit.random().nextInt(2_000_000));
		return write(this.scope, unit, unit.pair(), (tx) -> tx.savepoint((savepoint) -> {
			inner.beginsToWait();
			savepoint.ended().subscribe((outcome) -> {
				inner.waitsNoLonger();
				if (!outcome.isSuccess()) {
					inner.mustNotBeThere("its savepoint has ended with " + outcome);
				}
			});
			return unit.write(inner);
		}).timeout(patience).onErrorResume(TimeoutException.class, (ex) -> Mono.empty()));
	}

	/** With a block inside that joins, and writes another pair. */
	Mono<Long> writeJoined(Unit unit) {
		Pair inner = unit.pair();
		return write(this.scope, unit, unit.pair(), (tx) -> {
			follow(inner, tx);
			return this.scope.mandatory().transactional(unit.write(inner));
		});
	}

	@Override
	public Flux<Long> writeAll(Unit unit, int number) {
		List<Pair> pairs = Stream.generate(unit::pair).limit(number).toList();
		return this.scope.streamUncommitted((tx) -> {
			pairs.forEach((pair) -> follow(pair, tx));
			return Flux.fromIterable(pairs).concatMap(unit::write).as(unit::end);
		}).doOnComplete(() -> pairs.forEach((pair) -> pair.mustBeThere("its stream has completed")));
	}

	private static Mono<Long> write(ReactiveTransactionScope scope, Unit unit, Pair pair, More more) {
		return scope.call((tx) -> {
			follow(pair, tx);
			return unit.write(pair).delayUntil((id) -> more.than(tx)).as(unit::end);
		})
			.doOnNext((id) -> pair.mustBeThere("its subscriber got it"))
			.doOnError((ex) -> !isInDoubt(ex), (ex) -> pair.mustNotBeThere("its subscriber got " + ex));
	}

	/** Where the machine has paused for all the time that a COMMIT has. */
	private static boolean isInDoubt(Throwable failure) {
		return failure instanceof CommitFailedException commit && commit.outcome() == TransactionOutcome.UNKNOWN;
	}

	private static void follow(Pair pair, ReactiveActiveScope tx) {
		tx.afterCommit(() -> {
			pair.mustBeThere("its afterCommit has run");
			return Mono.empty();
		});
		tx.afterRollback(() -> {
			pair.mustNotBeThere("its afterRollback has run");
			return Mono.empty();
		});
		pair.beginsToWait();
		tx.ended().subscribe((outcome) -> {
			pair.waitsNoLonger();
			tell(pair, outcome);
		});
	}

	private static void tell(Pair pair, Outcome outcome) {
		if (outcome.isSuccess()) {
			pair.mustBeThere("its block has ended with " + outcome);
		}
		else if (!outcome.isUnknown()) {
			pair.mustNotBeThere("its block has ended with " + outcome);
		}
	}

	/** What comes after the pair, in the same transaction. */
	private interface More {

		Mono<?> than(ReactiveActiveScope tx);

	}

}
