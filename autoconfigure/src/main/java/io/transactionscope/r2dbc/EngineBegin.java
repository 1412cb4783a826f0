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

import io.transactionscope.engine.Deadline;
import io.transactionscope.jdbc.ExecutionListeners;
import io.transactionscope.reactive.engine.Cancellation;
import io.transactionscope.reactive.engine.ReactiveParticipation;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import reactor.core.publisher.MonoSink;

import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * The begin of a transaction, for the block that is to own it.
 *
 * @param shared what the blocks of the transaction share
 * @param definition of the transaction
 * @param fresh what it is to be bound in
 * @param listeners the transaction manager's listeners
 * @param manager makes Spring's exceptions of the driver's
 * @param cancellation of the block
 * @param block waits for its part
 */
record EngineBegin(ReactiveTransactionState shared, TransactionDefinition definition, FreshContext fresh,
		ExecutionListeners listeners, ScopedR2dbcTransactionManager manager, Cancellation cancellation,
		MonoSink<ReactiveParticipation> block) implements Beginning.Listener {

	@Override
	public void begun(R2dbcTransaction transaction) {
		TransactionSynchronizationManager current = this.fresh.synchronizations();
		try {
			transaction.bind(current);
			current.setActualTransactionActive(true);
			current.setCurrentTransactionName(this.shared.name());
			current.setCurrentTransactionReadOnly(this.definition.isReadOnly());
			if (this.definition.getIsolationLevel() != TransactionDefinition.ISOLATION_DEFAULT) {
				current.setCurrentTransactionIsolationLevel(this.definition.getIsolationLevel());
			}
			current.initSynchronization();
		}
		catch (Throwable ex) {
			transaction.abandon((ignored) -> failed(ex));
			return;
		}
		this.listeners.afterBegin(null);
		this.block.success(new R2dbcOwner(transaction, this.fresh, new Synchronizations(current),
				this.definition.isReadOnly(), this.listeners, this.manager));
	}

	@Override
	public void failed(Throwable failure) {
		this.listeners.afterBegin(failure);
		this.block.error(told(failure));
	}

	private Throwable told(Throwable failure) {
		if (failure == this.cancellation.cause() || failure instanceof TransactionTimedOutException) {
			return failure;
		}
		Deadline deadline = this.shared.deadline();
		if (deadline != null && deadline.isPassed()) {
			return deadline.passedBeforeBegin(this.shared.name(), failure);
		}
		return new CannotCreateTransactionException("Could not open R2DBC Connection for scope '%s': %s"
			.formatted(this.shared.name(), failure.getMessage()), failure);
	}

}
