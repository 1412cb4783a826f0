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

package io.transactionscope.engine;

import java.util.ArrayList;
import java.util.List;

import io.transactionscope.pool.Borrower;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionSynchronizationUtils;

/**
 * What one of our transaction managers knows of a transaction that it has begun.
 *
 * @since 0.1.0
 */
public class ManagerTransaction extends TransactionState {

	/** Whether a block will end it, and tell its caller. */
	private final boolean byBlock;

	private final Borrower borrower;

	private final List<Throwable> failures = new ArrayList<>(0);

	private @Nullable DefaultTransactionStatus status;

	private @Nullable String previousName;

	private long previousDeadline;

	public ManagerTransaction(TransactionDefinition definition, int timeoutSeconds, boolean byBlock) {
		this(Borrower.current(), definition, timeoutSeconds, byBlock);
	}

	private ManagerTransaction(Borrower borrower, TransactionDefinition definition, int timeoutSeconds,
			boolean byBlock) {
		super(borrower.nameOfTransaction(definition.getName()), byBlock ? null : Deadline.inSeconds(timeoutSeconds));
		this.borrower = borrower;
		this.byBlock = byBlock;
	}

	public final boolean isByBlock() {
		return this.byBlock;
	}

	/**
	 * Let its thread borrow in its name, and within its deadline; a block does so itself.
	 */
	public final void enter() {
		if (!this.byBlock) {
			this.previousName = this.borrower.exchangeName(givenName());
			this.previousDeadline = this.borrower.exchangeDeadline(Deadline.nanoTimeOf(deadline()));
		}
	}

	/**
	 * Have somebody else begin it, who borrows the connection for it meanwhile.
	 */
	public final void whileBeginning(Runnable begin) {
		boolean beginning = this.borrower.exchangeBeginning(true);
		try {
			begin.run();
		}
		finally {
			this.borrower.exchangeBeginning(beginning);
		}
	}

	/** The thread is again what it was before. */
	public final void leave() {
		if (!this.byBlock) {
			this.borrower.exchangeName(this.previousName);
			this.borrower.exchangeDeadline(this.previousDeadline);
		}
	}

	/**
	 * Lift its deadline for the COMMIT: that of {@code @Transactional(timeout)} bounds
	 * the wait and the statements.
	 * @return the deadline, to be put back
	 */
	public final long liftDeadline() {
		return this.byBlock ? this.borrower.deadline() : this.borrower.exchangeDeadline(Borrower.NO_DEADLINE);
	}

	public final void putBack(long deadline) {
		this.borrower.exchangeDeadline(deadline);
	}

	public final @Nullable DefaultTransactionStatus status() {
		return this.status;
	}

	public final void status(DefaultTransactionStatus status) {
		this.status = status;
	}

	/** What its manager has to resume, as Spring does not where the end throws. */
	public final @Nullable Object suspended() {
		return (this.status != null) ? this.status.getSuspendedResources() : null;
	}

	/** What failed at its end, in order. */
	public final List<Throwable> failures() {
		return this.failures;
	}

	/**
	 * Let everything follow that was to follow the end, unless a block sees to that.
	 * @param outcome what became of it, if that is known
	 * @return what is to be thrown, if anything
	 */
	public final @Nullable RuntimeException finish(@Nullable TransactionOutcome outcome) {
		return this.byBlock ? refusal()
				: finishWithoutBlock((outcome != null) ? outcome : TransactionOutcome.ROLLED_BACK, this.failures);
	}

	/**
	 * Tell Spring's synchronizations, before a manager of Spring's would tell them that
	 * all is rolled back.
	 */
	public static void tellUnknown() {
		List<TransactionSynchronization> synchronizations = TransactionSynchronizationManager.getSynchronizations();
		TransactionSynchronizationManager.clearSynchronization();
		TransactionSynchronizationManager.initSynchronization();
		TransactionSynchronizationUtils.invokeAfterCompletion(synchronizations,
				TransactionSynchronization.STATUS_UNKNOWN);
	}

	@Override
	public final boolean isEndedByOurManager() {
		return true;
	}

	@Override
	public final List<Throwable> failuresOfManager() {
		return this.failures;
	}

}
