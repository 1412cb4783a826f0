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

package io.transactionscope.r2dbc.resolution;

import java.time.Duration;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.reactive.engine.TransactionContexts;
import io.transactionscope.resolution.GrowingPause;
import io.transactionscope.resolution.Interrogation;
import io.transactionscope.resolution.TransactionMark;
import io.transactionscope.resolution.Verdict;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Asks what became of one transaction, over one fresh connection after the other, until a
 * server has told or the time is over.
 */
final class ReactiveCommitInquiry {

	/** For the close of a connection. */
	private static final Duration GRACE = Duration.ofSeconds(1);

	private final TransactionMark mark;

	private final ConnectionFactory factory;

	private final Duration time;

	private final long end;

	/** What is known so far. */
	private volatile Verdict verdict = Verdict.unknown("it was not reached in time");

	ReactiveCommitInquiry(TransactionMark mark, ConnectionFactory factory, Duration time) {
		this.mark = mark;
		this.factory = factory;
		this.time = time;
		this.end = System.nanoTime() + time.toNanos();
	}

	/**
	 * Begin, and wait for the verdict, which comes in time, whatever hangs: that is left
	 * to itself then.
	 */
	Mono<Verdict> verdict() {
		GrowingPause pause = new GrowingPause();
		return Flux.defer(this::ask)
			.repeatWhen((asked) -> asked.takeWhile((times) -> remaining() > 0)
				.concatMap((times) -> Mono.delay(pause.next())))
			.takeUntil((known) -> known)
			.then()
			.contextWrite(TransactionContexts::outside)
			.cache()
			.timeout(this.time, Mono.empty())
			.then(Mono.fromSupplier(() -> this.verdict));
	}

	private long remaining() {
		return this.end - System.nanoTime();
	}

	/** Ask over one connection, and tell whether that was enough. */
	private Mono<Boolean> ask() {
		return Mono.defer(() -> Mono.from(this.factory.create()))
			.flatMap(this::ask)
			.onErrorResume(this::failed)
			.then(Mono.fromSupplier(() -> this.verdict.last()));
	}

	private Mono<Void> ask(Connection fresh) {
		note(Verdict.unknown("it did not answer in time"));
		return Mono.defer(() -> interrogate(fresh))
			.timeout(Duration.ofNanos(Math.max(0, remaining())), Mono.empty())
			.flatMap((told) -> Mono.<Void>fromRunnable(() -> note(told)))
			.onErrorResume(this::failed)
			.then(Mono.defer(() -> Mono.from(fresh.close())).timeout(GRACE).onErrorComplete());
	}

	private Mono<Void> failed(Throwable failure) {
		note(Verdict.unknown("it could not be asked: " + failure.getMessage()));
		return Mono.empty();
	}

	private void note(Verdict verdict) {
		if (!this.verdict.last()) {
			this.verdict = verdict;
		}
	}

	private Mono<Verdict> interrogate(Connection fresh) {
		Interrogation interrogation = new Interrogation(this.mark);
		GrowingPause pause = new GrowingPause();
		return Mono.defer(() -> ReactiveCommitResolution.ask(fresh, interrogation.question()))
			.mapNotNull(interrogation::answered)
			.repeatWhenEmpty((asked) -> asked.concatMap((times) -> {
				if (!interrogation.isInProgress()) {
					return Mono.just(times);
				}
				note(Verdict.unknown("it was still in progress"));
				return Mono.delay(pause.next());
			}));
	}

}
