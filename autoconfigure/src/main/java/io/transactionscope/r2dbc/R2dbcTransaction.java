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
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.r2dbc.connection.ConnectionHolder;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * A transaction on an R2DBC connection, bound where Spring looks for its connection. It
 * is committed or rolled back once, whoever asks for it first, and given back once; none
 * of that is cancelled any more when it has begun (A2). Safe for use by several threads.
 */
final class R2dbcTransaction extends ConnectionHolder {

	private final ConnectionFactory factory;

	/** Whose connection it is, bound again at the end; else it is the factory's. */
	private final @Nullable ConnectionHolder lender;

	private final Connection connection;

	private final GatedConnection gated;

	private final ReactiveTransactionState shared;

	private final Context context;

	/** The commit or the rollback, whichever came first. */
	private final AtomicReference<@Nullable Once> ending = new AtomicReference<>();

	private final Once release = new Once(this::release, () -> {
	});

	private final List<Throwable> releaseFailures = Collections.synchronizedList(new ArrayList<>(0));

	private final boolean restoreAutoCommit;

	private @Nullable TransactionSynchronizationManager bound;

	private volatile @Nullable TransactionOutcome outcome;

	/** Neither committed nor rolled back for certain: never to be used again. */
	private volatile boolean suspect;

	private volatile boolean committing;

	private volatile boolean released;

	/** Ends once what was begun inside has ended, and Spring has put back all of this. */
	private volatile @Nullable Once suspension;

	/** Asked for by those who work on several threads. */
	private volatile boolean rollbackOnly;

	/** Whether anybody has asked for the connection. */
	private volatile boolean used;

	private int savepoints;

	R2dbcTransaction(ConnectionFactory factory, @Nullable ConnectionHolder lender, Connection connection,
			ReactiveTransactionState shared, Context context) {
		super(connection);
		this.factory = factory;
		this.lender = lender;
		this.connection = connection;
		this.gated = new GatedConnection(connection, new Gate(shared.name()));
		this.shared = shared;
		this.context = context;
		this.restoreAutoCommit = connection.isAutoCommit();
		if (lender != null) {
			lender.requested();
		}
	}

	ReactiveTransactionState shared() {
		return this.shared;
	}

	/** What became of it, or {@code null} as long as it has not ended. */
	@Nullable TransactionOutcome outcome() {
		return this.outcome;
	}

	/** Whether somebody has begun to end it. */
	boolean isEnding() {
		return this.ending.get() != null;
	}

	void begun() {
		setTransactionActive(true);
		setSynchronizedWithTransaction(true);
		Deadline deadline = this.shared.deadline();
		if (deadline != null) {
			setTimeoutInMillis(deadline.remainingMillis());
		}
	}

	void suspend() {
		this.suspension = new Once((once) -> {
		}, () -> {
		});
	}

	void resumed() {
		Once suspension = this.suspension;
		this.suspension = null;
		if (suspension != null) {
			suspension.end(null);
		}
	}

	/**
	 * Wait for what was begun inside, and is still rolled back because it was cancelled:
	 * it shares the context of this one with it.
	 */
	Mono<Void> whenResumed() {
		Once suspension = this.suspension;
		return (suspension != null) ? suspension : Mono.empty();
	}

	/** Whether its connection is, or is about to be, another one's. */
	boolean isReleased() {
		return this.released;
	}

	@Override
	protected boolean hasConnection() {
		return isTransactionActive();
	}

	@Override
	public void requested() {
		this.used = true;
		super.requested();
	}

	@Override
	public void setRollbackOnly() {
		this.rollbackOnly = true;
	}

	@Override
	public void resetRollbackOnly() {
		this.rollbackOnly = false;
	}

	@Override
	public boolean isRollbackOnly() {
		return this.rollbackOnly;
	}

	/** The same as long as it is in use, other than in Spring, whoever gives it back. */
	@Override
	public Connection getConnection() {
		if (!isTransactionActive()) {
			throw new IllegalStateException(
					"Transaction '%s' has ended, and has no connection any more".formatted(this.shared.name()));
		}
		return this.gated;
	}

	@Override
	protected void setConnection(@Nullable Connection connection) {
	}

	/** The connection, whatever has become of the transaction. */
	Connection connection() {
		return this.connection;
	}

	String nextSavepoint() {
		synchronized (this.release) {
			return "SAVEPOINT_" + ++this.savepoints;
		}
	}

	/**
	 * Let everybody find it in a context.
	 * @throws IllegalStateException if another connection is bound there
	 */
	void bind(TransactionSynchronizationManager to) {
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
	void unbind(@Nullable Object previous) {
		TransactionSynchronizationManager from = this.bound;
		if (from == null) {
			return;
		}
		if (from.getResource(this.factory) == this) {
			from.unbindResource(this.factory);
			if (previous != null) {
				from.bindResource(this.factory, previous);
			}
		}
		this.bound = null;
	}

	/**
	 * Commit. It fails with the driver's own failure, and then {@link #outcome} tells
	 * what became of the transaction; or because it was rolled back before.
	 */
	Once commit() {
		return new Once(this::commit, this::abandon);
	}

	private void commit(Once once) {
		Once other = this.ending.compareAndSet(null, once) ? null : this.ending.get();
		if (other != null) {
			other.run((failure) -> once.end((failure != null && this.committing) ? failure : endedBefore()));
			return;
		}
		this.committing = true;
		this.gated.gate().close(() -> sendCommit(once));
	}

	private void sendCommit(Once once) {
		AtomicReference<@Nullable Throwable> notSent = new AtomicReference<>();
		DriverCall.await("COMMIT", () -> {
			try {
				return this.connection.commitTransaction();
			}
			catch (Throwable ex) {
				notSent.set(ex);
				throw ex;
			}
		}, Allowance.toCommit(this.shared.deadline()), this.context, (failure) -> {
			if (failure == null) {
				this.outcome = TransactionOutcome.COMMITTED;
				once.end(null);
			}
			else if (failure != notSent.get() && CommitReading.outcomeOf(failure) == TransactionOutcome.UNKNOWN) {
				this.outcome = TransactionOutcome.UNKNOWN;
				this.suspect = true;
				once.end(failure);
			}
			else {
				rollBack((ignored) -> once.end(Failures.join(failure, (ignored != null) ? ignored : failure)));
			}
		});
	}

	private UnexpectedRollbackException endedBefore() {
		RollbackMark mark = this.shared.mark();
		return (mark != null) ? RollbackMark.unexpectedRollback(this.shared.name(), mark)
				: new UnexpectedRollbackException(
						"Transaction of '%s' is not committed: it was cancelled, or ended, before that"
							.formatted(this.shared.name()));
	}

	/**
	 * Roll back, or wait for the end that is under way. Where it fails, the connection is
	 * discarded at its {@linkplain #release release}, and the server rolls back.
	 */
	Once rollBack() {
		return new Once(this::rollBack, this::abandon);
	}

	private void rollBack(Once once) {
		Once other = this.ending.compareAndSet(null, once) ? null : this.ending.get();
		if (other != null) {
			other.run((ignored) -> once.end(null));
		}
		else {
			this.gated.gate().close(() -> rollBack(once::end));
		}
	}

	private void rollBack(Consumer<@Nullable Throwable> then) {
		DriverCall.await("ROLLBACK", this.connection::rollbackTransaction, Allowance.toUndo(this.shared.deadline()),
				this.context, (failure) -> {
					this.suspect |= failure != null;
					this.outcome = TransactionOutcome.ROLLED_BACK;
					then.accept(failure);
				});
	}

	/**
	 * Ask the server to break off the statement under way, where the driver can. If it is
	 * not certain that this is over, the connection is discarded, as it could hit a later
	 * statement. It never fails.
	 */
	Mono<Void> interrupt() {
		Publisher<Void> request = this.used ? StatementInterrupt.of(this.connection) : null;
		if (request == null) {
			return Mono.empty();
		}
		return new Once((once) -> DriverCall.await("the cancel of a statement", () -> request, Allowance.toDiscard(),
				this.context, (failure) -> {
					this.suspect |= failure != null;
					once.end(null);
				}), () -> {
				});
	}

	/**
	 * Take the connection from its context and return it, as it was found; or discard it,
	 * where that cannot be. It never fails, and adds to {@link #releaseFailures}.
	 */
	Once release() {
		return this.release;
	}

	/** What failed in the release, in order. */
	List<Throwable> releaseFailures() {
		return this.releaseFailures;
	}

	private void release(Once once) {
		this.released = true;
		this.suspect |= this.outcome == null;
		unbind(this.lender);
		clear();
		if (this.suspect) {
			discard(once);
		}
		else if (this.restoreAutoCommit && !isAutoCommit()) {
			DriverCall.await("the return to auto-commit", () -> this.connection.setAutoCommit(true),
					Allowance.toUndo(this.shared.deadline()), this.context, (failure) -> {
						if (failure != null) {
							this.releaseFailures.add(failure);
							discard(once);
						}
						else {
							giveBack(once);
						}
					});
		}
		else {
			giveBack(once);
		}
	}

	private boolean isAutoCommit() {
		try {
			return this.connection.isAutoCommit();
		}
		catch (RuntimeException ex) {
			// Restoring it will fail as well, and say why.
			return false;
		}
	}

	private void discard(Once once) {
		if (this.lender != null) {
			this.lender.released();
		}
		Discard.close(this.connection, this.context, this.releaseFailures, () -> once.end(null));
	}

	private void giveBack(Once once) {
		if (this.lender != null) {
			this.lender.released();
			once.end(null);
		}
		else {
			Discard.giveBack(this.connection, this.context, this.releaseFailures, () -> once.end(null));
		}
	}

	/**
	 * End it, as nobody is left to do so: roll back, unless a commit or rollback is under
	 * way, and release.
	 */
	void abandon() {
		abandon((ignored) -> {
		});
	}

	/**
	 * The same.
	 * @param then takes what failed, or {@code null}
	 */
	void abandon(Consumer<@Nullable Throwable> then) {
		Once rollback = new Once(this::rollBack, () -> {
		});
		rollback.run((failure) -> this.release.run((ignored) -> {
			List<Throwable> failures = new ArrayList<>(1);
			if (failure != null) {
				failures.add(failure);
			}
			failures.addAll(this.releaseFailures);
			then.accept(Failures.join(failures));
		}));
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return this == other;
	}

	@Override
	public int hashCode() {
		return System.identityHashCode(this);
	}

	@Override
	public String toString() {
		return "R2dbcTransaction '%s' on %s".formatted(this.shared.name(), Objects.toString(this.connection));
	}

}
