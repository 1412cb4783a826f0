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

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.engine.Deadline;
import io.transactionscope.pool.r2dbc.ReactiveBorrower;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.r2dbc.connection.ConnectionHolder;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * A connection where Spring looks for it: in the context of a transaction. It stays the
 * same until it is released, whoever else gives it back. Safe for use by several threads.
 */
abstract class BoundConnectionHolder extends ConnectionHolder {

	private final ConnectionFactory factory;

	/** Whose connection it is, bound again at the end; else it is the factory's. */
	private final @Nullable ConnectionHolder lender;

	private final GatedConnection connection;

	private final ReactiveTransactionState shared;

	private final AtomicInteger savepoints = new AtomicInteger();

	private volatile @Nullable TransactionSynchronizationManager bound;

	private volatile boolean rollbackOnly;

	/** Whether anybody has asked for the connection. */
	private volatile boolean used;

	private volatile boolean released;

	/** Ends once what was begun inside has ended, and Spring has put back all of this. */
	private volatile @Nullable Once suspension;

	BoundConnectionHolder(ConnectionFactory factory, @Nullable ConnectionHolder lender, Connection connection,
			ReactiveTransactionState shared) {
		super(connection);
		this.factory = factory;
		this.lender = lender;
		this.connection = new GatedConnection(connection, new Gate(shared.name()));
		this.shared = shared;
	}

	/** Have those who borrow in a context known to do so while this one's is kept. */
	static Context inside(Context context, ConnectionHolder suspended) {
		Connection kept = connection(suspended);
		return (kept != null) ? ReactiveBorrower.inside(context, kept) : context;
	}

	/**
	 * Return the connection that is in a holder.
	 * @return {@code null} if there is none any more
	 */
	static @Nullable Connection connection(ConnectionHolder holder) {
		if (holder instanceof BoundConnectionHolder bound) {
			return bound.connection();
		}
		try {
			return holder.getConnection();
		}
		catch (RuntimeException ex) {
			// It was given back.
			return null;
		}
	}

	final ReactiveTransactionState shared() {
		return this.shared;
	}

	final @Nullable ConnectionHolder lender() {
		return this.lender;
	}

	/** Where the connection was borrowed. */
	final ConnectionFactory factory() {
		return this.factory;
	}

	/** The connection, whatever has become of the transaction. */
	final Connection connection() {
		return this.connection.connection();
	}

	/** What everybody else's statements go through. */
	final Gate gate() {
		return this.connection.gate();
	}

	final void begun() {
		setTransactionActive(true);
		setSynchronizedWithTransaction(true);
		Deadline deadline = this.shared.deadline();
		if (deadline != null) {
			setTimeoutInMillis(deadline.remainingMillis());
		}
	}

	/** It is released, or is about to be. */
	final void over() {
		this.released = true;
		unbind(this.lender);
		clear();
	}

	final boolean isReleased() {
		return this.released;
	}

	final boolean isUsed() {
		return this.used;
	}

	/**
	 * Let everybody find it in a context.
	 * @throws IllegalStateException if another connection is bound there
	 */
	final void bind(TransactionSynchronizationManager to) {
		Object other = to.getResource(this.factory);
		if (other != null && other != this.lender) {
			throw new IllegalStateException(
					"Transaction '%s' cannot be bound: its context has a connection of the same factory already"
						.formatted(this.shared.name()));
		}
		if (other != null) {
			to.unbindResource(this.factory);
		}
		to.bindResource(this.factory, this);
		this.bound = to;
	}

	/** Take it from its context, and bind there what was bound before. */
	final void unbind(@Nullable Object previous) {
		TransactionSynchronizationManager from = this.bound;
		this.bound = null;
		if (from != null && from.getResource(this.factory) == this) {
			from.unbindResource(this.factory);
			if (previous != null) {
				from.bindResource(this.factory, previous);
			}
		}
	}

	/** Something begins inside, which takes its place in the context they share. */
	final void suspend() {
		this.suspension = new Once((once) -> {
		}, () -> {
		});
	}

	final void resumed() {
		Once suspension = this.suspension;
		this.suspension = null;
		if (suspension != null) {
			suspension.end(null);
		}
	}

	/** Wait for what was begun inside, and is still rolled back as it was cancelled. */
	final Mono<Void> whenResumed() {
		Once suspension = this.suspension;
		return (suspension != null) ? suspension : Mono.empty();
	}

	/** How many savepoints were set so far. */
	final int savepoints() {
		return this.savepoints.get();
	}

	final String nextSavepoint() {
		return "SAVEPOINT_" + this.savepoints.incrementAndGet();
	}

	@Override
	protected final boolean hasConnection() {
		return isTransactionActive();
	}

	@Override
	public final Connection getConnection() {
		if (!isTransactionActive()) {
			throw new IllegalStateException(
					"Transaction '%s' has ended, and has no connection any more".formatted(this.shared.name()));
		}
		return this.connection;
	}

	@Override
	protected final void setConnection(@Nullable Connection connection) {
	}

	@Override
	public final void requested() {
		this.used = true;
		super.requested();
	}

	@Override
	public final void setRollbackOnly() {
		this.rollbackOnly = true;
	}

	@Override
	public final void resetRollbackOnly() {
		this.rollbackOnly = false;
	}

	@Override
	public final boolean isRollbackOnly() {
		return this.rollbackOnly || this.shared.mark() != null;
	}

	@Override
	public final String toString() {
		return "transaction '%s' on %s".formatted(this.shared.name(), Objects.toString(this.connection));
	}

}
