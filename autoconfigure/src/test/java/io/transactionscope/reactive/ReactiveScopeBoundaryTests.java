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

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.resource.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.server.reactive.ChannelSendOperator;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What is left at work when an exchange has failed, because nobody has cancelled it.
 */
@ExtendWith(OutputCaptureExtension.class)
class ReactiveScopeBoundaryTests {

	private static final String CLOSED = "channel closed";

	private final ReactiveDatabase database = ReactiveDatabase.h2(2);

	private final ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(this.database.pool());

	private final ReactiveTransactionScope transactions = ReactiveTransactionScope.create(this.manager)
		.named("streamed");

	private final Sinks.One<Outcome> ended = Sinks.one();

	private final Sinks.Empty<String> over = Sinks.empty();

	@AfterEach
	void close() {
		this.over.tryEmitEmpty();
		this.transactions.quiesce().block(ReactiveDatabase.PATIENCE);
		this.database.close();
	}

	/** As Spring does where the client has hung up before the first item. */
	private static Mono<Void> writeToAClosedChannel(Flux<?> stream) {
		return new ChannelSendOperator<>(stream, (items) -> Mono.error(new IOException(CLOSED)));
	}

	private Flux<String> stream() {
		return this.transactions.streamUncommitted((tx) -> {
			tx.ended().subscribe(this.ended::tryEmitValue);
			return Flux.concat(this.database.insert("a").thenReturn("a"), this.over.asMono());
		});
	}

	private void assertNothingIsLeft() {
		await().untilAsserted(() -> assertThat(this.database.acquired()).isZero());
		assertThat(this.database.names()).isEmpty();
	}

	@Test
	void withoutItAStreamThatNobodyCancelsGoesOn() {
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> writeToAClosedChannel(stream()).block())
			.withMessageContaining(CLOSED);
		assertThat(this.database.acquired()).isOne();
	}

	@Test
	void aStreamThatNobodyCancelsEndsWithItsExchange(CapturedOutput output) {
		Mono<Void> exchange = ReactiveScopeBoundary.around(writeToAClosedChannel(stream()));
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(exchange::block).withMessageContaining(CLOSED);
		assertThat(this.ended.asMono().map(Outcome::isCancelled).block(ReactiveDatabase.PATIENCE)).isTrue();
		assertNothingIsLeft();
		assertThat(output).contains("Scope 'streamed' was still at work when its exchange had failed");
	}

	@Test
	void aPlainTransactionEndsWithItsExchange(CapturedOutput output) {
		Flux<String> stream = TransactionalOperator.create(this.manager)
			.transactional(Flux.concat(this.database.insert("a").thenReturn("a"), Flux.never()));
		Mono<Void> exchange = ReactiveScopeBoundary.around(writeToAClosedChannel(stream));
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(exchange::block).withMessageContaining(CLOSED);
		assertNothingIsLeft();
		assertThat(output).contains("was still open when its exchange had failed");
	}

	@Test
	void aClientThatHangsUpLaterIsAPlainCancel(CapturedOutput output) {
		Disposable exchange = ReactiveScopeBoundary.around(stream().then()).subscribe();
		await().untilAsserted(() -> assertThat(this.database.acquired()).isOne());
		exchange.dispose();
		assertNothingIsLeft();
		assertThat(output).doesNotContain("still at work");
	}

	@Test
	void whatAnExchangeThatSucceedsHasLeftBehindOnPurposeGoesOn() {
		Sinks.Empty<Void> go = Sinks.empty();
		AtomicReference<Throwable> failure = new AtomicReference<>();
		Mono<Void> exchange = ReactiveScopeBoundary.around(Mono.deferContextual((context) -> {
			this.transactions.call((tx) -> {
				tx.ended().subscribe(this.ended::tryEmitValue);
				return go.asMono().then(this.database.insert("a"));
			}).contextWrite(context).subscribe((ignored) -> {
			}, failure::set);
			return Mono.empty();
		}));
		exchange.block(ReactiveDatabase.PATIENCE);
		go.tryEmitEmpty();
		Outcome outcome = this.ended.asMono().block(ReactiveDatabase.PATIENCE);
		assertThat(outcome).isEqualTo(Outcome.succeeded());
		assertThat(failure.get()).isNull();
		assertThat(this.database.names()).containsExactly("a");
	}

	@Test
	void whatBeginsOnceAnExchangeHasFailedIsCancelled() {
		AtomicReference<Mono<Long>> late = new AtomicReference<>();
		Mono<Void> exchange = ReactiveScopeBoundary.around(Mono.deferContextual((context) -> {
			late.set(this.transactions.call(() -> this.database.insert("a")).contextWrite(context));
			return Mono.error(new IOException(CLOSED));
		}));
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(exchange::block).withMessageContaining(CLOSED);
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> Objects.requireNonNull(late.get()).block(ReactiveDatabase.PATIENCE))
			.withMessageContaining("the exchange that it belongs to has failed");
		assertNothingIsLeft();
	}

	@Test
	void whatHasEndedIsNotKeptForTheRestOfTheExchange(CapturedOutput output) {
		Mono<Void> exchange = ReactiveScopeBoundary.around(this.transactions.call(() -> this.database.insert("a"))
			.then(TransactionalOperator.create(this.manager).transactional(this.database.insert("b")))
			.then(Mono.error(new IOException(CLOSED))));
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(exchange::block).withMessageContaining(CLOSED);
		assertThat(this.database.names()).containsExactly("a", "b");
		assertThat(output).doesNotContain("still");
	}

}
