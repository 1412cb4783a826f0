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

import java.util.concurrent.atomic.AtomicLong;

import io.r2dbc.spi.Connection;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.r2dbc.connection.ConnectionHolder;

/**
 * A savepoint of a transaction. What is done about it is awaited, as all that is done to
 * a transaction.
 *
 * @param holder the transaction, which need not be ours
 * @param name the savepoint's
 * @param position where the transaction stood then, if it is ours
 */
record Savepoint(ConnectionHolder holder, String name, ReactiveTransactionState.@Nullable Position position) {

	private static final AtomicLong foreign = new AtomicLong();

	/**
	 * Prepare one.
	 * @throws org.springframework.transaction.CannotCreateTransactionException if the
	 * transaction can only be rolled back, and could seem to go on
	 */
	static Savepoint in(ConnectionHolder holder) {
		if (!(holder instanceof R2dbcTransaction transaction)) {
			return new Savepoint(holder, "SCOPE_SAVEPOINT_" + foreign.incrementAndGet(), null);
		}
		RollbackMark mark = transaction.shared().mark();
		if (transaction.isRollbackOnly() || mark != null) {
			throw RollbackMark.noSavepoint(transaction.shared().name(), mark);
		}
		return new Savepoint(holder, transaction.nextSavepoint(), transaction.shared().position());
	}

	Mono<Void> create() {
		return call("SAVEPOINT", connection().createSavepoint(this.name));
	}

	/**
	 * Roll back to it. Where that fails, nothing but a rollback of all is left.
	 * @param cause why
	 */
	Mono<Void> rollBack(Throwable cause) {
		if (this.position != null && this.holder instanceof R2dbcTransaction transaction) {
			transaction.shared().rollBackTo(this.position, cause);
		}
		// Before it is sent: whoever has cancelled goes on, and may mark it until the
		// answer.
		this.holder.resetRollbackOnly();
		return call("ROLLBACK TO SAVEPOINT", connection().rollbackTransactionToSavepoint(this.name))
			.doOnError((failure) -> {
				this.holder.setRollbackOnly();
				if (this.holder instanceof R2dbcTransaction transaction) {
					String transactionName = transaction.shared().name();
					transaction.shared()
						.doom(new RollbackMark(transactionName, "could not roll back to its savepoint", cause));
				}
			});
	}

	/** Doom the transaction, so that a rollback to here does not change that. */
	void doom(RollbackMark mark) {
		if (this.holder instanceof R2dbcTransaction transaction) {
			transaction.shared().doom(mark, this.position);
		}
	}

	Mono<Void> release() {
		return call("RELEASE SAVEPOINT", connection().releaseSavepoint(this.name));
	}

	private Connection connection() {
		return this.holder.getConnection();
	}

	private Mono<Void> call(String what, Publisher<Void> call) {
		return Mono.deferContextual((context) -> new Once(
				(once) -> DriverCall.await(what, () -> call, limit(), Context.of(context), once::end), () -> {
				}));
	}

	private long limit() {
		return (this.holder instanceof R2dbcTransaction transaction && transaction.shared().deadline() != null)
				? Allowance.toUndo(transaction.shared().deadline()) : DriverCall.UNBOUNDED;
	}

}
