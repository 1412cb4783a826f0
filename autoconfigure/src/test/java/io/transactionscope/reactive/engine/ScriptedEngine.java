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

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * An engine whose steps are over when a test says so, and which notes what is asked of
 * it.
 */
final class ScriptedEngine implements ReactiveEngine {

	/** What is asked of it. */
	enum Call {

		ENTER, INTERRUPT, COMMIT, ROLL_BACK, RELEASE

	}

	final List<Call> calls = new CopyOnWriteArrayList<>();

	/** Those that are cancelled on the way, of which there must not be any. */
	final List<Call> cut = new CopyOnWriteArrayList<>();

	private final Map<Call, Sinks.Empty<Void>> held = new EnumMap<>(Call.class);

	private final Map<Call, Throwable> failing = new EnumMap<>(Call.class);

	volatile @Nullable Cancellation cancellation;

	volatile @Nullable RollbackMark mark;

	volatile boolean joins;

	volatile boolean nests;

	ReactiveTransactionState state = new ReactiveTransactionState("scripted", null);

	/** Let it be over only later. */
	Sinks.Empty<Void> hold(Call call) {
		Sinks.Empty<Void> sink = Sinks.empty();
		this.held.put(call, sink);
		return sink;
	}

	/** Let it fail. */
	void fail(Call call, Throwable failure) {
		this.failing.put(call, failure);
	}

	private Mono<Void> step(Call call) {
		return Mono.defer(() -> {
			this.calls.add(call);
			Sinks.Empty<Void> held = this.held.get(call);
			Throwable failure = this.failing.get(call);
			Mono<Void> end = (failure != null) ? Mono.error(failure) : Mono.empty();
			return ((held != null) ? held.asMono() : Mono.<Void>empty()).then(end);
		}).doOnCancel(() -> this.cut.add(call));
	}

	@Override
	public Mono<ReactiveParticipation> enter(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			Cancellation cancellation) {
		this.cancellation = cancellation;
		this.state = (this.joins || this.nests) ? this.state : new ReactiveTransactionState(name, deadline);
		return step(Call.ENTER).then(Mono.fromSupplier(() -> new Part(this.state)));
	}

	/**
	 * A part in its one transaction.
	 */
	private final class Part implements ReactiveParticipation {

		private final ReactiveTransactionState state;

		private final boolean joined = ScriptedEngine.this.joins;

		private final ReactiveTransactionState.@Nullable Position savepoint;

		private Part(ReactiveTransactionState state) {
			this.state = state;
			this.savepoint = ScriptedEngine.this.nests ? state.position() : null;
		}

		@Override
		public ReactiveTransactionState transaction() {
			return this.state;
		}

		@Override
		public Context context(Context outer) {
			return outer.put("scripted", "inside");
		}

		@Override
		public boolean isOwner() {
			return !this.joined && !isSavepoint();
		}

		@Override
		public boolean isSavepoint() {
			return this.savepoint != null;
		}

		@Override
		public void doom(RollbackMark mark) {
			this.state.doom(mark, this.savepoint);
		}

		@Override
		public boolean isRollbackOnly() {
			return false;
		}

		@Override
		public @Nullable Object connection() {
			return null;
		}

		@Override
		public Mono<Void> interrupt() {
			return step(Call.INTERRUPT);
		}

		@Override
		public Mono<Void> commit(List<Throwable> failures) {
			return step(Call.COMMIT);
		}

		@Override
		public Mono<TransactionOutcome> rollBack(RollbackMark mark, List<Throwable> failures) {
			ScriptedEngine.this.mark = mark;
			if (this.savepoint != null) {
				this.state.rollBackTo(this.savepoint, mark.cause());
			}
			return step(Call.ROLL_BACK).thenReturn(TransactionOutcome.ROLLED_BACK);
		}

		@Override
		public Mono<Void> release(List<Throwable> failures) {
			return step(Call.RELEASE);
		}

	}

}
