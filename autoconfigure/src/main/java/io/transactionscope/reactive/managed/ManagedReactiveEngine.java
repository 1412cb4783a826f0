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

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.reactive.engine.Cancellation;
import io.transactionscope.reactive.engine.ReactiveEngine;
import io.transactionscope.reactive.engine.ReactiveParticipation;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import io.transactionscope.reactive.engine.TransactionContexts;
import io.transactionscope.text.Printable;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.ReactiveTransaction;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionUsageException;
import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.transaction.reactive.TransactionContextManager;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * Transactions that are begun and ended by a reactive transaction manager of any kind. A
 * begin is never cut off, as no manager can be trusted to undo a half of it: it is
 * awaited, and then rolled back.
 *
 * @since 0.1.0
 */
public final class ManagedReactiveEngine implements ReactiveEngine {

	private static final TransactionDefinition JOIN = new DefaultTransactionDefinition(
			TransactionDefinition.PROPAGATION_MANDATORY);

	private static final TransactionDefinition NEST = new DefaultTransactionDefinition(
			TransactionDefinition.PROPAGATION_NESTED);

	private final ReactiveTransactionManager manager;

	/**
	 * Create an engine that leaves all to the given manager.
	 * @param manager a transaction manager of any kind
	 */
	public ManagedReactiveEngine(ReactiveTransactionManager manager) {
		this.manager = manager;
	}

	@Override
	public Mono<ReactiveParticipation> enter(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			Cancellation cancellation) {
		Mono<ManagedReactiveParticipation> entered = TransactionContextManager.currentContext()
			.onErrorComplete(NoTransactionException.class)
			.flatMap((around) -> enterInside(definition, name, deadline, around))
			.switchIfEmpty(Mono.defer(() -> begin(definition, name, deadline, null)));
		return UncutEntry.of(entered, name, cancellation);
	}

	@Override
	public @Nullable ReactiveTransactionState current(ContextView subscriber) {
		TransactionContext around = subscriber.getOrDefault(TransactionContext.class, null);
		if (around == null) {
			return null;
		}
		if (around.getResources().get(new EndWatch.Key(this.manager)) instanceof ReactiveTransactionState bound) {
			return bound;
		}
		TransactionSynchronizationManager synchronizations = new TransactionSynchronizationManager(around);
		if (!synchronizations.isActualTransactionActive() || !synchronizations.isSynchronizationActive()) {
			return null;
		}
		// It may be another manager's. One that tells only later is not waited for.
		ReactiveTransaction active = Mono.defer(() -> this.manager.getReactiveTransaction(JOIN))
			.flatMap((found) -> this.manager.commit(found).thenReturn(found))
			.onErrorComplete()
			.contextWrite(subscriber)
			.toFuture()
			.getNow(null);
		return (active != null && !active.isNewTransaction()) ? state(around) : null;
	}

	private Mono<ManagedReactiveParticipation> enterInside(ScopeDefinition definition, String name,
			@Nullable Deadline deadline, TransactionContext around) {
		ScopePropagation propagation = definition.propagation();
		if (propagation == ScopePropagation.REQUIRES_NEW || propagation == ScopePropagation.NOT_SUPPORTED) {
			return begin(definition, name, deadline, around);
		}
		return this.manager.getReactiveTransaction(JOIN)
			.map(Found::new)
			.onErrorResume(IllegalTransactionStateException.class,
					(none) -> (propagation == ScopePropagation.MANDATORY)
							? Mono.error(definition.refused(name, null, none)) : Mono.just(Found.NONE))
			.flatMap((found) -> {
				ReactiveTransaction active = found.active;
				return (active != null && !active.isNewTransaction()) ? join(definition, name, around, active)
						: begin(definition, name, deadline, around);
			});
	}

	/**
	 * Begin in a context of its own, where nothing that others use is suspended. What is
	 * bound there for other managers takes part; what is bound for this one, the manager
	 * suspends in that copy.
	 */
	private Mono<ManagedReactiveParticipation> begin(ScopeDefinition definition, String name,
			@Nullable Deadline deadline, @Nullable TransactionContext around) {
		Context fresh = TransactionContexts.fresh(Context.empty());
		TransactionContext own = fresh.get(TransactionContext.class);
		ReactiveTransactionState state = new ReactiveTransactionState(name, deadline);
		if (around != null) {
			own.getResources().putAll(around.getResources());
		}
		EndWatch.Key key = new EndWatch.Key(this.manager);
		own.getResources().remove(key);
		return Mono.defer(() -> this.manager.getReactiveTransaction(definition.toSpring(name, deadline)))
			.onErrorMap(TransactionUsageException.class, (ex) -> definition.refused(name, null, ex))
			.map((status) -> {
				EndWatch watch = null;
				if (status.hasTransaction()) {
					own.getResources().put(key, state);
					watch = EndWatch.ofBlock(key, state, own);
				}
				return ManagedReactiveParticipation.owner(this.manager, status, state, fresh, around, watch);
			})
			.contextWrite(fresh.readOnly());
	}

	private Mono<ManagedReactiveParticipation> join(ScopeDefinition definition, String name, TransactionContext around,
			ReactiveTransaction active) {
		Mono<ManagedReactiveParticipation> joined = Mono.defer(() -> switch (definition.propagation()) {
			case OUTERMOST -> Mono.error(ScopeDefinition.notOutermost(name, around.getCurrentTransactionName()));
			case NEVER -> Mono.error(ScopeDefinition.mustBeOutside(name, around.getCurrentTransactionName()));
			case NESTED -> nest(around);
			default -> Mono.just(ManagedReactiveParticipation.joined(this.manager, active, state(around), around));
		});
		if (definition.propagation() == ScopePropagation.REQUIRED
				|| definition.propagation() == ScopePropagation.MANDATORY) {
			return joined;
		}
		// It was only asked for.
		return this.manager.commit(active).then(joined);
	}

	private Mono<ManagedReactiveParticipation> nest(TransactionContext around) {
		ReactiveTransactionState state = state(around);
		RollbackMark mark = state.mark();
		if (mark != null) {
			return Mono.error(RollbackMark.noSavepoint(state.name(), mark));
		}
		ReactiveTransactionState.Position position = state.position();
		return this.manager.getReactiveTransaction(NEST)
			.map((status) -> ManagedReactiveParticipation.nested(this.manager, status, state, around, position));
	}

	/** What a block has bound, or what is bound now for a transaction of others. */
	private ReactiveTransactionState state(TransactionContext around) {
		EndWatch.Key key = new EndWatch.Key(this.manager);
		if (around.getResources().get(key) instanceof ReactiveTransactionState bound) {
			return bound;
		}
		String name = around.getCurrentTransactionName();
		ReactiveTransactionState state = new ReactiveTransactionState(
				(name != null) ? Printable.of(name) : "transaction", null);
		if (!new TransactionSynchronizationManager(around).isSynchronizationActive()) {
			throw new IllegalTransactionStateException(
					"A transaction of %s cannot be joined, as it does not synchronize: nobody would tell its outcome."
						.formatted(this.manager));
		}
		EndWatch.ofOthers(key, state, around);
		around.getResources().put(key, state);
		return state;
	}

	/**
	 * The transaction that there is, if any.
	 */
	private record Found(@Nullable ReactiveTransaction active) {

		static final Found NONE = new Found(null);

	}

}
