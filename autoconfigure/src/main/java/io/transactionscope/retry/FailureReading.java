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

package io.transactionscope.retry;

import java.nio.channels.ClosedByInterruptException;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.Set;

import io.transactionscope.engine.ClassPath;
import io.transactionscope.engine.CommitFailure;
import io.transactionscope.jpa.JpaFailures;
import io.transactionscope.pool.DeadlinePassedException;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.transaction.TransactionTimedOutException;

/**
 * Reads from the failure of a block, and its causes, whether others are to blame, and
 * whether something stands against a repetition.
 */
final class FailureReading {

	/** What the database has rolled back: serialization failures and deadlocks. */
	private static final String TRANSACTION_ROLLBACK = "40";

	/** Of that class, what would fail again, and what nobody knows the end of. */
	private static final Set<String> NOT_OF_OTHERS = Set.of("40002", "40003");

	/** H2's: another transaction has updated or deleted the same row. */
	private static final String CONCURRENT_UPDATE = "90131";

	private final Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>(4));

	private final Deque<Throwable> causes = new ArrayDeque<>(4);

	/** What is suppressed by any of them, and the causes of that. */
	private final Deque<Throwable> carried = new ArrayDeque<>(2);

	private boolean ofOthers;

	private boolean forbidden;

	private FailureReading() {
	}

	static FailureReading of(Throwable failure) {
		FailureReading reading = new FailureReading();
		try {
			reading.read(failure);
		}
		catch (Throwable ex) {
			// A getCause() that throws
			reading.forbidden = true;
		}
		return reading;
	}

	/** Whether the same block may well succeed if it is run again. */
	boolean isOfOthers() {
		return this.ofOthers;
	}

	/** Whether it must not be run again, whatever a policy says. */
	boolean isForbidden() {
		return this.forbidden;
	}

	private void read(Throwable failure) {
		this.causes.add(failure);
		for (Throwable each = this.causes.poll(); each != null; each = this.causes.poll()) {
			if (this.seen.add(each)) {
				this.ofOthers |= isOfOthers(each);
				this.forbidden |= isDone(each) || isOver(each);
				follow(each, this.causes);
			}
		}
		for (Throwable each = this.carried.poll(); each != null; each = this.carried.poll()) {
			if (this.seen.add(each)) {
				this.forbidden |= isDone(each);
				follow(each, this.carried);
			}
		}
	}

	private void follow(Throwable each, Deque<Throwable> next) {
		add(each.getCause(), next);
		if (each instanceof SQLException sql) {
			add(sql.getNextException(), next);
		}
		for (Throwable suppressed : each.getSuppressed()) {
			add(suppressed, this.carried);
		}
	}

	private static void add(@Nullable Throwable each, Deque<Throwable> next) {
		if (each != null) {
			next.add(each);
		}
	}

	/** Whether it says that some data is committed, or may be. */
	private static boolean isDone(Throwable each) {
		return each instanceof AfterCommitException
				|| (each instanceof CommitFailedException failed && failed.outcome() != TransactionOutcome.ROLLED_BACK);
	}

	/** Whether the thread has been interrupted, a deadline has passed, or worse. */
	private static boolean isOver(Throwable each) {
		return each instanceof InterruptedException || each instanceof ClosedByInterruptException
				|| each instanceof TransactionTimedOutException || each instanceof DeadlinePassedException
				|| each instanceof VirtualMachineError;
	}

	private static boolean isOfOthers(Throwable each) {
		if (each instanceof SQLException sql) {
			return isRolledBack(sql);
		}
		return each instanceof ConcurrencyFailureException
				|| (each instanceof CommitFailedException && CommitFailure.isLinkLost(each))
				|| (ClassPath.JPA && JpaFailures.isConcurrency(each));
	}

	private static boolean isRolledBack(SQLException failure) {
		String state = Objects.requireNonNullElse(failure.getSQLState(), "");
		return (failure instanceof SQLTransactionRollbackException || state.startsWith(TRANSACTION_ROLLBACK)
				|| state.equals(CONCURRENT_UPDATE)) && !NOT_OF_OTHERS.contains(state);
	}

}
