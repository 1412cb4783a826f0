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

import java.time.Duration;
import java.util.Objects;

import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.jdbc.ExecutionListeners;
import io.transactionscope.reactive.engine.Cancellation;
import io.transactionscope.reactive.engine.ReactiveEngine;
import io.transactionscope.reactive.engine.ReactiveParticipation;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.r2dbc.connection.ConnectionHolder;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * Transactions on the connections of an {@link R2dbcTransactionManager}, which are begun
 * and ended past it.
 *
 * @since 0.1.0
 */
public final class R2dbcEngine implements ReactiveEngine {

	private final R2dbcTransactionManager manager;

	/** The same manager, or one that does what it does. */
	private final ScopedR2dbcTransactionManager begins;

	private final ConnectionFactory factory;

	/** For what others have begun. */
	private final ReactiveEngine managed;

	private R2dbcEngine(R2dbcTransactionManager manager, ReactiveEngine managed) {
		this.manager = manager;
		this.factory = Objects.requireNonNull(manager.getConnectionFactory(), "manager must have a ConnectionFactory");
		this.begins = (manager instanceof ScopedR2dbcTransactionManager scoped) ? scoped
				: new ScopedR2dbcTransactionManager(this.factory);
		this.managed = managed;
	}

	/**
	 * Work with a manager's connections, where nothing of what it does is passed by.
	 * @param manager a transaction manager of any kind
	 * @param managed the way through the manager, for transactions that it has begun
	 * @return the engine, or {@code null} if the manager does not work on plain R2DBC
	 */
	public static @Nullable R2dbcEngine of(ReactiveTransactionManager manager, ReactiveEngine managed) {
		// Not for subclasses of Spring's: what they override would be passed by.
		return (manager instanceof R2dbcTransactionManager r2dbc && (manager instanceof ScopedR2dbcTransactionManager
				|| manager.getClass() == R2dbcTransactionManager.class)) ? new R2dbcEngine(r2dbc, managed) : null;
	}

	@Override
	public Mono<ReactiveParticipation> enter(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			Cancellation cancellation) {
		return Mono.create((block) -> {
			TransactionContext outer = FreshContext.of(block.contextView());
			TransactionSynchronizationManager current = (outer != null) ? new TransactionSynchronizationManager(outer)
					: null;
			Object bound = (current != null) ? current.getResource(this.factory) : null;
			if (bound instanceof R2dbcTransaction active) {
				inside(definition, name, deadline, active, outer, cancellation, block);
			}
			else if (current != null && bound != null && isForeign(current)) {
				foreign(definition, name, deadline, outer, cancellation, block);
			}
			else {
				outside(definition, name, deadline, (ConnectionHolder) bound, outer, cancellation, block);
			}
		});
	}

	@Override
	public @Nullable ReactiveTransactionState current(ContextView subscriber) {
		TransactionContext outer = FreshContext.of(subscriber);
		if (outer == null) {
			return null;
		}
		TransactionSynchronizationManager current = new TransactionSynchronizationManager(outer);
		Object bound = current.getResource(this.factory);
		if (bound instanceof R2dbcTransaction active) {
			return active.shared();
		}
		return (bound != null && isForeign(current)) ? this.managed.current(subscriber) : null;
	}

	private boolean isForeign(TransactionSynchronizationManager current) {
		return this.begins.isExistingTransaction(this.begins.doGetTransaction(current));
	}

	private void inside(ScopeDefinition definition, String name, @Nullable Deadline deadline, R2dbcTransaction active,
			@Nullable TransactionContext outer, Cancellation cancellation, MonoSink<ReactiveParticipation> block) {
		String activeName = active.shared().name();
		switch (definition.propagation()) {
			case REQUIRES_NEW -> begin(definition, name, deadline, null, outer, cancellation, block);
			case NOT_SUPPORTED -> block.success(untransactional(name, deadline, outer));
			case NEVER -> block.error(ScopeDefinition.mustBeOutside(name, activeName));
			case OUTERMOST -> block.error(ScopeDefinition.notOutermost(name, activeName));
			case REQUIRED, MANDATORY, NESTED -> {
				if (active.isEnding()) {
					block.error(ScopeDefinition.hasEnded(name, activeName));
				}
				else if (definition.propagation() == ScopePropagation.NESTED) {
					Savepoint savepoint = Savepoint.in(active);
					savepoint.create()
						.contextWrite(block.contextView())
						.subscribe(null, block::error,
								() -> block.success(new R2dbcSavepoint(active, savepoint, block.contextView())));
				}
				else {
					block.success(new R2dbcParticipant(active));
				}
			}
		}
	}

	private void foreign(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			@Nullable TransactionContext outer, Cancellation cancellation, MonoSink<ReactiveParticipation> block) {
		switch (definition.propagation()) {
			case REQUIRES_NEW -> begin(definition, name, deadline, null, outer, cancellation, block);
			case NOT_SUPPORTED -> block.success(untransactional(name, deadline, outer));
			default -> this.managed.enter(definition, name, deadline, cancellation)
				.contextWrite(block.contextView())
				.subscribe(block::success, block::error, block::success);
		}
	}

	private void outside(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			@Nullable ConnectionHolder bound, @Nullable TransactionContext outer, Cancellation cancellation,
			MonoSink<ReactiveParticipation> block) {
		switch (definition.propagation()) {
			case MANDATORY -> block.error(ScopeDefinition.mustJoin(name));
			case NEVER, NOT_SUPPORTED -> block.success(untransactional(name, deadline, outer));
			default -> begin(definition, name, deadline,
					(bound != null && !bound.isSynchronizedWithTransaction()) ? bound : null, outer, cancellation,
					block);
		}
	}

	private ReactiveParticipation untransactional(String name, @Nullable Deadline deadline,
			@Nullable TransactionContext outer) {
		return Untransactional.begin(new ReactiveTransactionState(name, deadline),
				FreshContext.beside(outer, this.factory));
	}

	private void begin(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			@Nullable ConnectionHolder lender, @Nullable TransactionContext outer, Cancellation cancellation,
			MonoSink<ReactiveParticipation> block) {
		if (this.begins != this.manager) {
			this.begins.setEnforceReadOnly(this.manager.isEnforceReadOnly());
		}
		Deadline bound = (deadline != null) ? deadline : defaultDeadline(definition);
		TransactionDefinition spring = definition.toSpring(name, bound);
		ReactiveTransactionState shared = new ReactiveTransactionState(name, bound);
		ExecutionListeners listeners = ExecutionListeners.of(this.manager, name, definition.readOnly());
		Beginning beginning = new Beginning(this.factory, shared, this.begins.preparation(spring),
				Context.of(block.contextView()), new EngineBegin(shared, spring,
						FreshContext.beside(outer, this.factory), listeners, this.begins, cancellation, block));
		listeners.beforeBegin();
		cancellation.onCancel(() -> beginning.cancel(Objects.requireNonNull(cancellation.cause())));
		beginning.start(lender);
	}

	private @Nullable Deadline defaultDeadline(ScopeDefinition definition) {
		Duration timeout = this.begins.determineTimeout(definition);
		return (timeout.isNegative() || timeout.isZero()) ? null : Deadline.in(timeout);
	}

}
