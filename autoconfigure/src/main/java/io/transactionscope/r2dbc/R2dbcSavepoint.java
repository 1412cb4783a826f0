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

import java.util.List;
import java.util.function.Supplier;

import io.transactionscope.engine.RollbackMark;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.transaction.TransactionSystemException;

/**
 * A block that works from a savepoint of a transaction on an R2DBC connection.
 */
final class R2dbcSavepoint implements R2dbcParticipation {

	private final R2dbcTransaction active;

	private final Savepoint savepoint;

	/** What is sent from the savepoint goes through here. */
	private final Gate gate;

	private boolean cancelled;

	private volatile boolean sent;

	/**
	 * Create the part of a block.
	 * @param active the transaction
	 * @param savepoint where the block began
	 * @param outer the context of the block's subscriber
	 */
	R2dbcSavepoint(R2dbcTransaction active, Savepoint savepoint, ContextView outer) {
		this.active = active;
		this.savepoint = savepoint;
		this.gate = active.gate().ofSavepoint(outer);
	}

	@Override
	public Context context(Context outer) {
		return outer.put(Gate.class, this.gate);
	}

	@Override
	public R2dbcTransaction active() {
		return this.active;
	}

	/**
	 * Break off nothing: whoever has cancelled the block goes on with the transaction at
	 * once, so that the rollback has to be sent before that, and an interruption could
	 * hit what comes after it.
	 */
	@Override
	public Mono<Void> interrupt() {
		this.cancelled = true;
		return Mono.empty();
	}

	@Override
	public boolean isSavepoint() {
		return true;
	}

	@Override
	public void doom(RollbackMark mark) {
		this.savepoint.doom(mark);
	}

	@Override
	public boolean isSent() {
		return this.sent;
	}

	@Override
	public Mono<Void> commit(List<Throwable> failures) {
		return behindTheGate(this.savepoint::release).onErrorResume((ex) -> {
			TransactionSystemException failure = new TransactionSystemException(
					"Could not release a savepoint of transaction '%s': %s".formatted(transaction().name(),
							ex.getMessage()),
					ex);
			return this.savepoint.rollBack(failure)
				.onErrorResume((later) -> Mono.fromRunnable(() -> Failures.suppress(failure, later)))
				.then(Mono.error(failure));
		});
	}

	@Override
	public Mono<TransactionOutcome> rollBack(RollbackMark mark, List<Throwable> failures) {
		return behindTheGate(() -> this.savepoint.rollBack(mark.cause()))
			// Its release could take along the savepoint of who goes on
			.then(this.cancelled ? Mono.empty() : Mono.defer(this.savepoint::release))
			.onErrorResume((ex) -> Mono.fromRunnable(() -> failures.add(ex)))
			.thenReturn(TransactionOutcome.ROLLED_BACK);
	}

	/**
	 * End it once nothing of the block is on its way to the server any more, which is at
	 * once but for a statement that is just being sent on another thread.
	 */
	private Mono<Void> behindTheGate(Supplier<Mono<Void>> end) {
		return Mono.deferContextual((context) -> new Once((once) -> this.gate.close(() -> {
			Mono.defer(end).contextWrite(context).subscribe(null, once::end, () -> once.end(null));
			this.sent = true;
		}), () -> {
		}));
	}

}
