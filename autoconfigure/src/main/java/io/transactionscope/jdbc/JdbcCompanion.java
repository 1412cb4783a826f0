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

package io.transactionscope.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.transactionscope.engine.CommitFailure;
import io.transactionscope.engine.CompanionTransaction;
import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.tracked.TransactionEndedException;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * A transaction on a JDBC connection that follows a scope on another data source.
 */
final class JdbcCompanion implements CompanionTransaction {

	private final TransactionState shared;

	private final Supplier<JdbcTransaction> begin;

	private final UnaryOperator<Throwable> translator;

	private final List<Throwable> later = new ArrayList<>(0);

	private @Nullable JdbcTransaction begun;

	/** Whether it has ended, with its connection back. */
	private boolean over;

	/**
	 * Prepare a companion.
	 * @param shared what its blocks share
	 * @param begin begins it
	 * @param translator makes Spring's exceptions of the driver's
	 */
	JdbcCompanion(TransactionState shared, Supplier<JdbcTransaction> begin, UnaryOperator<Throwable> translator) {
		this.shared = shared;
		this.begin = begin;
		this.translator = translator;
	}

	@Override
	public Held<CompanionTransaction> acquire() {
		JdbcTransaction transaction = this.begin.get();
		this.begun = transaction;
		return Held.of(this, (outcome) -> end(transaction, outcome));
	}

	@Override
	public void refuseDoomed() {
		if (this.shared.mark() != null || (this.begun != null && this.begun.isRollbackOnly())) {
			throw RollbackMark.unexpectedRollback(this.shared.name(), this.shared.mark());
		}
		if (this.begun != null) {
			this.begun.requireNotEnded();
		}
	}

	@Override
	public void rollBackWithSavepoint() {
		JdbcTransaction transaction = this.begun;
		if (transaction != null && !this.over) {
			end(transaction, () -> {
				rollBack(transaction);
				return null;
			});
		}
	}

	private void end(JdbcTransaction transaction, Outcome outcome) {
		Throwable failure = this.over ? null : end(transaction, () -> {
			if (outcome.isSuccess()) {
				return commit(transaction);
			}
			rollBack(transaction);
			return null;
		});
		TransactionOutcome became = (transaction.outcome() != null) ? transaction.outcome()
				: TransactionOutcome.ROLLED_BACK;
		Throwable seen = (failure != null) ? failure : outcome.failure();
		Throwable left = this.shared.follow(became, seen, this.later);
		Throwable told = this.shared.tell(became, (left != seen) ? left : failure, this.later);
		if (told != null) {
			throw Failures.rethrow(told);
		}
	}

	private @Nullable Throwable end(JdbcTransaction transaction, Supplier<@Nullable Throwable> ending) {
		this.over = true;
		Borrower borrower = Borrower.current();
		// The block is over, and with it the bound on how long a link may hang.
		long previousDeadline = borrower.exchangeDeadline(Deadline.orSoon(this.shared.deadline()));
		try {
			return ending.get();
		}
		finally {
			borrower.exchangeDeadline(previousDeadline);
			transaction.release(this.later);
		}
	}

	private void rollBack(JdbcTransaction transaction) {
		try {
			transaction.rollBack();
			if (transaction.partlyCommitted() != null) {
				this.later.add(CommitFailure.notAllRolledBack(this.shared.name(), transaction.partlyCommitted()));
			}
		}
		catch (Throwable ex) {
			this.later.add(ex);
		}
	}

	private @Nullable Throwable commit(JdbcTransaction transaction) {
		try {
			this.shared.runBeforeCommit();
			refuseDoomed();
			transaction.commit();
			return null;
		}
		catch (Throwable ex) {
			if (transaction.outcome() == null) {
				return rolledBack(transaction, ex);
			}
			if (ex instanceof TransactionEndedException ended) {
				return CommitFailure.ended(this.shared.name(), ended);
			}
			return CommitFailure.exception(this.shared.name(), transaction.outcome(), this.translator.apply(ex));
		}
	}

	private static Throwable rolledBack(JdbcTransaction transaction, Throwable cause) {
		try {
			transaction.rollBack();
		}
		catch (Throwable ex) {
			Failures.suppress(cause, ex);
		}
		return cause;
	}

}
