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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.r2dbc.resolution.ReactiveCommitResolution;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.r2dbc.connection.ConnectionHolder;
import org.springframework.transaction.UnexpectedRollbackException;

/**
 * A transaction on an R2DBC connection. It is committed or rolled back once, whoever asks
 * for it first, and given back once; none of that is cancelled any more when it has begun
 * (A2). Safe for use by several threads.
 */
final class R2dbcTransaction extends BoundConnectionHolder {

	private final Context context;

	/** The commit or the rollback, whichever came first. */
	private final AtomicReference<@Nullable Once> ending = new AtomicReference<>();

	private final Once release = new Once(this::release, () -> {
	});

	private final Once discard = new Once(this::close, () -> {
	});

	private final Once finish = new Once(this::finish, () -> {
	});

	private final List<Throwable> releaseFailures = Collections.synchronizedList(new ArrayList<>(0));

	private final boolean restoreAutoCommit;

	private @Nullable Function<R2dbcTransaction, Mono<Void>> follower;

	private Runnable whenReleased = () -> {
	};

	private volatile @Nullable TransactionOutcome outcome;

	/** Neither committed nor rolled back for certain: never to be used again. */
	private volatile boolean suspect;

	private volatile boolean committing;

	/** The last cancel of a statement that was asked for. */
	private final AtomicReference<@Nullable Once> interrupting = new AtomicReference<>();

	R2dbcTransaction(ConnectionFactory factory, @Nullable ConnectionHolder lender, Connection connection,
			ReactiveTransactionState shared, Context context) {
		super(factory, lender, connection, shared);
		this.context = context;
		this.restoreAutoCommit = connection.isAutoCommit();
		if (lender != null) {
			lender.requested();
		}
	}

	/** What became of it, or {@code null} as long as it has not ended. */
	@Nullable TransactionOutcome outcome() {
		return this.outcome;
	}

	/** Whether somebody has begun to end it. */
	boolean isEnding() {
		return this.ending.get() != null;
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
			other.run((failure) -> once.end(this.committing ? failure : endedBefore()));
			return;
		}
		this.committing = true;
		gate().close(() -> prepareCommit(once));
	}

	private void prepareCommit(Once once) {
		long millis = Allowance.toCommit(shared().deadline());
		try {
			if (DriverFeatures.hasEnded(connection())) {
				this.outcome = TransactionOutcome.UNKNOWN;
				shared().endedBefore();
				once.end(new IllegalStateException(
						"COMMIT was not sent, as a statement had ended the transaction before it"));
				return;
			}
			if (shared().resolvesCommit() && ReactiveCommitResolution.isPossible(connection())) {
				noteBeforeCommit(millis, once);
				return;
			}
		}
		catch (Throwable ex) {
			rollBackUncommitted(ex, once);
			return;
		}
		sendCommit(null, millis, once);
	}

	private void noteBeforeCommit(long millis, Once once) {
		long start = System.nanoTime();
		AtomicReference<@Nullable ReactiveCommitResolution> resolution = new AtomicReference<>();
		DriverCall.await("the question for a transaction",
				() -> ReactiveCommitResolution.prepare(connection(), factory()).doOnNext(resolution::set),
				Allowance.toAsk(millis), this.context, (failure) -> {
					if (failure != null) {
						rollBackUncommitted((CommitReading.outcomeOf(failure) != TransactionOutcome.UNKNOWN)
								? ReactiveCommitResolution.refused(failure) : ReactiveCommitResolution.notSent(failure),
								once);
					}
					else {
						sendCommit(resolution.get(), Allowance.left(millis, start), once);
					}
				});
	}

	private void sendCommit(@Nullable ReactiveCommitResolution resolution, long millis, Once once) {
		Publisher<Void> commit;
		try {
			commit = connection().commitTransaction();
		}
		catch (Throwable ex) {
			rollBackUncommitted(ex, once);
			return;
		}
		DriverCall.await("COMMIT", () -> commit, millis, this.context, (failure) -> {
			if (failure == null) {
				this.outcome = TransactionOutcome.COMMITTED;
				once.end(null);
			}
			else if (CommitReading.outcomeOf(failure) == TransactionOutcome.UNKNOWN) {
				this.suspect = true;
				resolve(resolution, failure, once);
			}
			else {
				rollBackUncommitted(failure, once);
			}
		});
	}

	private void resolve(@Nullable ReactiveCommitResolution resolution, Throwable failure, Once once) {
		if (resolution == null) {
			this.outcome = TransactionOutcome.UNKNOWN;
			once.end(failure);
			return;
		}
		if (lender() == null) {
			// A pool may have no other place for the connection that asks.
			this.discard.run((ignored) -> {
			});
		}
		AtomicReference<TransactionOutcome> resolved = new AtomicReference<>(TransactionOutcome.UNKNOWN);
		DriverCall.await("the outcome of a COMMIT",
				() -> resolution.resolve(shared().name(), failure, shared().deadline()).doOnNext(resolved::set),
				DriverCall.UNBOUNDED, this.context, (obstacle) -> {
					if (obstacle != null) {
						Failures.suppress(failure, obstacle);
					}
					this.outcome = resolved.get();
					once.end((this.outcome != TransactionOutcome.COMMITTED) ? failure : null);
				});
	}

	private void rollBackUncommitted(Throwable cause, Once commit) {
		rollBack((failure) -> {
			if (failure != null) {
				Failures.suppress(cause, failure);
			}
			commit.end(cause);
		});
	}

	private UnexpectedRollbackException endedBefore() {
		RollbackMark mark = shared().mark();
		return (mark != null) ? RollbackMark.unexpectedRollback(shared().name(), mark)
				: new UnexpectedRollbackException(
						"Transaction of '%s' is not committed: it was cancelled, or ended, before that"
							.formatted(shared().name()));
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
			gate().close(() -> {
				Once interrupting = this.interrupting.get();
				if (interrupting != null) {
					// A block's that has joined; it must not hit whoever has the
					// connection next.
					interrupting.run((ignored) -> rollBack(once::end));
				}
				else {
					rollBack(once::end);
				}
			});
		}
	}

	private void rollBack(Consumer<@Nullable Throwable> then) {
		AtomicReference<@Nullable Once> interruption = new AtomicReference<>();
		DriverCall rollback = DriverCall.await("ROLLBACK", connection()::rollbackTransaction,
				Allowance.toUndo(shared().deadline()), this.context, (failure) -> {
					this.suspect |= failure != null;
					this.outcome = TransactionOutcome.ROLLED_BACK;
					Once interrupting = interruption.get();
					if (interrupting != null) {
						// It must not hit a statement of whoever has the connection next.
						interrupting.run((ignored) -> then.accept(failure));
					}
					else {
						then.accept(failure);
					}
				});
		rollback.ifSlow(Allowance.beforeInterrupt(), () -> {
			Once interrupt = interrupt(this::isUsed);
			interruption.set(interrupt);
			if (rollback.isOver()) {
				interruption.compareAndSet(interrupt, null);
			}
			else {
				interrupt.run((ignored) -> {
				});
			}
		});
	}

	/**
	 * Ask the server to break off the statement under way, where the driver can, unless
	 * the transaction is ending. If it is not certain that this is over, the connection
	 * is discarded, as it could hit a later statement. It never fails.
	 */
	Once interrupt() {
		return interrupt(() -> isUsed() && !isEnding());
	}

	/** One after another, so that who awaits the last awaits them all. */
	private Once interrupt(BooleanSupplier wanted) {
		return new Once((once) -> {
			Once earlier = this.interrupting.getAndSet(once);
			if (earlier != null) {
				earlier.run((ignored) -> interrupt(once, wanted));
			}
			else {
				interrupt(once, wanted);
			}
		}, () -> {
		});
	}

	private void interrupt(Once once, BooleanSupplier wanted) {
		Publisher<Void> request = wanted.getAsBoolean() ? DriverFeatures.interrupt(connection()) : null;
		if (request == null) {
			once.end(null);
			return;
		}
		DriverCall.await("the cancel of a statement", () -> request, Allowance.toDiscard(), this.context, (failure) -> {
			this.suspect |= failure != null;
			once.end(null);
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

	void whenReleased(Runnable listener) {
		Runnable earlier = this.whenReleased;
		this.whenReleased = () -> {
			earlier.run();
			listener.run();
		};
	}

	private void release(Once once) {
		this.suspect |= this.outcome == null;
		over();
		if (this.suspect) {
			discard(once);
		}
		else if (this.restoreAutoCommit && !isAutoCommit()) {
			DriverCall.await("the return to auto-commit", () -> connection().setAutoCommit(true),
					Allowance.toUndo(shared().deadline()), this.context, (failure) -> {
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
			return connection().isAutoCommit();
		}
		catch (RuntimeException ex) {
			// Restoring it will fail as well, and say why.
			return false;
		}
	}

	private void discard(Once once) {
		ConnectionHolder lender = lender();
		if (lender != null) {
			lender.released();
		}
		this.discard.run((ignored) -> released(once));
	}

	private void close(Once once) {
		Discard.close(connection(), this.context, this.releaseFailures, () -> once.end(null));
	}

	private void giveBack(Once once) {
		ConnectionHolder lender = lender();
		if (lender != null) {
			lender.released();
			released(once);
		}
		else {
			Discard.giveBack(connection(), this.context, this.releaseFailures, () -> released(once));
		}
	}

	private void released(Once once) {
		this.whenReleased.run();
		once.end(null);
	}

	/** Let something follow its release, whoever causes that. */
	void followedBy(Function<R2dbcTransaction, Mono<Void>> follower) {
		this.follower = follower;
	}

	/** Release it, and let follow what is to follow; this fails as that does. */
	Once finish() {
		return this.finish;
	}

	private void finish(Once once) {
		this.release.run((ignored) -> {
			Function<R2dbcTransaction, Mono<Void>> follower = this.follower;
			if (follower == null) {
				once.end(null);
			}
			else {
				DriverCall.await("what follows", () -> follower.apply(this), DriverCall.UNBOUNDED, this.context,
						once::end);
			}
		});
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
		rollback.run((failure) -> this.finish.run((following) -> {
			List<Throwable> failures = new ArrayList<>(1);
			if (failure != null) {
				failures.add(failure);
			}
			failures.addAll(this.releaseFailures);
			if (following != null) {
				failures.add(following);
			}
			then.accept(Failures.join(failures));
		}));
	}

}
