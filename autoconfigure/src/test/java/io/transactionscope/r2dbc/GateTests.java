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

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.publisher.TestPublisher;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Nothing is sent behind the end of a transaction.
 */
class GateTests {

	private final Gate gate = new Gate("order");

	private final List<String> events = new ArrayList<>();

	private final Mono<String> statement = Mono.fromSupplier(() -> {
		this.events.add("sent");
		return "row";
	});

	@Test
	void letsThroughWhatComesInTime() {
		assertThat(Flux.from(this.gate.guard(this.statement)).collectList().block()).containsExactly("row");
		assertThat(Flux.from(this.gate.guard(Mono.error(new IllegalStateException("sent"))))
			.onErrorResume((ex) -> Mono.just(String.valueOf(ex.getMessage())))
			.collectList()
			.block()).containsExactly("sent");
	}

	@Test
	void refusesWhatComesTooLate() {
		Flux<String> late = Flux.from(this.gate.guard(this.statement));
		this.gate.close(() -> this.events.add("closed"));
		assertThatIllegalStateException().isThrownBy(late::blockLast)
			.withMessage("Transaction 'order' has ended, and has no connection any more");
		assertThat(this.events).containsExactly("closed");
	}

	@Test
	void tellsNobodyWhoHasCancelled() {
		this.gate.close(() -> this.events.add("closed"));
		Flux.from(this.gate.guard(this.statement)).subscribe(new BaseSubscriber<String>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				cancel();
			}

			@Override
			protected void hookOnError(Throwable failure) {
				GateTests.this.events.add(failure.toString());
			}

		});
		assertThat(this.events).containsExactly("closed");
	}

	@Test
	void closesOnceTheLastOneIsThrough() {
		Flux.from(this.gate.guard(Mono.fromSupplier(() -> {
			this.gate.close(() -> this.events.add("closed"));
			this.events.add("sent");
			return "row";
		}))).blockLast();
		assertThat(this.events).containsExactly("sent", "closed");
	}

	@Test
	void doesNotWaitForAnswers() {
		TestPublisher<String> answer = TestPublisher.create();
		List<String> rows = new ArrayList<>();
		Flux.from(this.gate.guard(answer.flux())).subscribe(rows::add);
		this.gate.close(() -> this.events.add("closed"));
		assertThat(this.events).containsExactly("closed");
		answer.next("row").complete();
		assertThat(rows).containsExactly("row");
	}

	@Test
	void refusesAFirstRequestThatComesTooLate() {
		TestPublisher<String> unsent = TestPublisher.create();
		BaseSubscriber<String> slow = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				// Not yet
			}

			@Override
			protected void hookOnError(Throwable failure) {
				GateTests.this.events.add(String.valueOf(failure.getMessage()));
			}

		};
		Flux.from(this.gate.guard(unsent.flux())).subscribe(slow);
		this.gate.close(() -> this.events.add("closed"));
		slow.request(1);
		assertThat(this.events).containsExactly("closed",
				"Transaction 'order' has ended, and has no connection any more");
		unsent.assertCancelled();
	}

	@Test
	void goesOnWithRequestsOfWhatWasSent() {
		List<String> rows = new ArrayList<>();
		BaseSubscriber<String> slow = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				request(1);
			}

			@Override
			protected void hookOnNext(String row) {
				rows.add(row);
			}

		};
		Flux.from(this.gate.guard(Flux.just("one", "two"))).subscribe(slow);
		this.gate.close(() -> this.events.add("closed"));
		slow.request(1);
		assertThat(rows).containsExactly("one", "two");
	}

	@Test
	void isLeftByWhatIsAnsweredAtOnce() {
		Flux.from(this.gate.guard(this.statement)).doOnNext((row) -> {
			this.gate.close(() -> this.events.add("closed"));
			this.events.add("gone on");
		}).blockLast();
		assertThat(this.events).containsExactly("sent", "closed", "gone on");
	}

	@Test
	void ofASavepointRefusesWhatIsSentFromThere() {
		Gate savepoint = this.gate.ofSavepoint(Context.empty());
		Gate inner = this.gate.ofSavepoint(Context.of(Gate.class, savepoint));
		Flux<String> sent = Flux.from(this.gate.guard(this.statement));
		savepoint.close(() -> this.events.add("closed"));
		assertThatIllegalStateException()
			.isThrownBy(() -> sent.contextWrite(Context.of(Gate.class, savepoint)).blockLast())
			.withMessage(
					"A block from a savepoint of transaction 'order' has ended, and nothing is sent for it any more");
		assertThatIllegalStateException()
			.isThrownBy(() -> sent.contextWrite(Context.of(Gate.class, inner)).blockLast());
		assertThat(sent.blockLast()).isEqualTo("row");
		assertThat(this.events).containsExactly("closed", "sent");
	}

	@Test
	void ofASavepointOfAnotherTransactionIsPassedBy() {
		Gate other = new Gate("other").ofSavepoint(Context.empty());
		other.close(() -> this.events.add("closed"));
		Flux.from(this.gate.guard(this.statement)).contextWrite(Context.of(Gate.class, other)).blockLast();
		assertThat(this.events).containsExactly("closed", "sent");
	}

	@Test
	void ofASavepointIsPassedBeforeTheOneAroundIt() {
		Gate savepoint = this.gate.ofSavepoint(Context.empty());
		Flux.from(this.gate.guard(Mono.fromSupplier(() -> {
			this.gate.close(() -> this.events.add("closed"));
			savepoint.close(() -> this.events.add("savepoint closed"));
			this.events.add("sent");
			return "row";
		}))).contextWrite(Context.of(Gate.class, savepoint)).blockLast();
		assertThat(this.events).containsExactly("sent", "savepoint closed", "closed");
	}

}
