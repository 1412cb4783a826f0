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

package io.transactionscope.reactive.managed;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

import io.transactionscope.engine.Log;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.reactive.engine.Cancellation;
import io.transactionscope.reactive.engine.ReactiveParticipation;
import io.transactionscope.resource.failure.Failures;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.context.Context;

import org.springframework.transaction.TransactionTimedOutException;

/**
 * An entry that is always awaited. Who has cancelled hears of it once it is undone; whose
 * deadline has passed, at once.
 */
final class UncutEntry {

	private final MonoSink<ReactiveParticipation> sink;

	private final String name;

	private final Cancellation cancellation;

	private final AtomicBoolean told = new AtomicBoolean();

	private UncutEntry(MonoSink<ReactiveParticipation> sink, String name, Cancellation cancellation) {
		this.sink = sink;
		this.name = name;
		this.cancellation = cancellation;
	}

	static Mono<ReactiveParticipation> of(Mono<ManagedReactiveParticipation> entered, String name,
			Cancellation cancellation) {
		return Mono.create((sink) -> {
			UncutEntry entry = new UncutEntry(sink, name, cancellation);
			cancellation.onCancel(entry::cancelled);
			entered.subscribe(entry::entered, entry::fail, null, Context.of(sink.contextView()));
		});
	}

	private void cancelled() {
		Throwable cause = this.cancellation.cause();
		if (cause instanceof TransactionTimedOutException && this.told.compareAndSet(false, true)) {
			this.sink.error(cause);
		}
	}

	private void entered(ManagedReactiveParticipation participation) {
		Throwable cause = this.cancellation.cause();
		if (cause == null && this.told.compareAndSet(false, true)) {
			this.sink.success(participation);
		}
		else {
			// It may have been cancelled since it was asked for.
			undo(participation, Objects.requireNonNull(this.cancellation.cause()));
		}
	}

	private void undo(ManagedReactiveParticipation participation, Throwable cause) {
		List<Throwable> failures = new ArrayList<>(0);
		participation.rollBack(RollbackMark.failed(this.name, cause), failures)
			.contextWrite((context) -> participation.context(context))
			.subscribe((outcome) -> {
			}, (failure) -> {
				failures.add(failure);
				undone(cause, failures);
			}, () -> undone(cause, failures), Context.of(this.sink.contextView()));
	}

	private void undone(Throwable cause, List<Throwable> failures) {
		if (this.told.compareAndSet(false, true)) {
			Failures.suppressAll(cause, failures);
			this.sink.error(cause);
		}
		else {
			failures.forEach(this::tellNobody);
		}
	}

	private void fail(Throwable failure) {
		if (this.told.compareAndSet(false, true)) {
			this.sink.error(failure);
		}
		else {
			tellNobody(failure);
		}
	}

	private void tellNobody(Throwable failure) {
		Log.warn("Scope '{}' could not begin, after its deadline had passed", this.name, failure);
	}

}
