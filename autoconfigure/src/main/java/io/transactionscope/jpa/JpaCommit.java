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

package io.transactionscope.jpa;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.Supplier;

import io.transactionscope.engine.ClassPath;
import io.transactionscope.engine.CommitFailure;
import io.transactionscope.resolution.CommitResolution;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityTransaction;
import org.hibernate.Transaction;
import org.jspecify.annotations.Nullable;

/**
 * Tells how far a JPA provider got with a commit that failed. It flushes before it sends
 * COMMIT: what fails by then has led to a rollback.
 *
 * @since 0.1.0
 */
public final class JpaCommit {

	private final JpaTransactions transactions;

	private final boolean resolved;

	private final Supplier<? extends @Nullable RuntimeException> refusal;

	private @Nullable RuntimeException refused;

	private boolean watched;

	private boolean sent;

	private @Nullable CommitResolution resolution;

	private JpaCommit(JpaTransactions transactions, boolean resolved,
			Supplier<? extends @Nullable RuntimeException> refusal) {
		this.transactions = transactions;
		this.resolved = resolved;
		this.refusal = refusal;
	}

	/**
	 * Watch the commit that is about to begin.
	 * @param transactions where it is one of the thread's
	 * @param bound the transaction's entity manager, if it is bound to the thread
	 * @param resolved whether to note, with Hibernate, what can resolve it
	 * @param refusal with Hibernate, asked after the flush why not to send COMMIT
	 */
	static JpaCommit watch(JpaTransactions transactions, @Nullable EntityManager bound, boolean resolved,
			Supplier<? extends @Nullable RuntimeException> refusal) {
		JpaCommit commit = new JpaCommit(transactions, resolved, refusal);
		if (ClassPath.HIBERNATE && bound != null) {
			commit.watched = true;
			HibernateCommit.watch(bound.getTransaction(), commit::send);
		}
		return commit;
	}

	/** COMMIT is sent next. */
	private void send() {
		Connection connection = this.transactions.connection();
		CommitFailure.refuse(connection);
		this.refused = this.refusal.get();
		if (this.refused != null) {
			throw this.refused;
		}
		this.sent = true;
		if (this.resolved && connection != null) {
			try {
				this.resolution = CommitResolution.prepare(connection, this.transactions.obtainDataSource());
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		}
	}

	/**
	 * Return whether COMMIT had been sent, or was about to be, when a failure came.
	 * @param failure what the provider has thrown
	 * @return {@code false} if all that came before it had failed
	 */
	public boolean isSent(Throwable failure) {
		Objects.requireNonNull(failure, "failure must not be null");
		return this.watched ? this.sent : CommitFailure.isLinkLost(failure);
	}

	/**
	 * Return why COMMIT was not to be sent.
	 * @return what was thrown for that, or {@code null} if nothing was
	 */
	public @Nullable RuntimeException refused() {
		return this.refused;
	}

	/**
	 * Return what became of the transaction.
	 * @param scope the name of the scope or transaction
	 * @param failure what the provider has thrown
	 * @param beforeAsking what to do first, if the database is asked
	 * @return the outcome
	 */
	public TransactionOutcome outcome(String scope, Throwable failure, Runnable beforeAsking) {
		Objects.requireNonNull(scope, "scope must not be null");
		Objects.requireNonNull(failure, "failure must not be null");
		Objects.requireNonNull(beforeAsking, "beforeAsking must not be null");
		TransactionOutcome outcome = CommitFailure.outcomeOf(failure);
		if (outcome != TransactionOutcome.UNKNOWN || this.resolution == null) {
			return outcome;
		}
		beforeAsking.run();
		return this.resolution.resolve(scope, failure);
	}

	private static final class HibernateCommit {

		static void watch(EntityTransaction transaction, Runnable beforeCommit) {
			if (transaction instanceof Transaction hibernate && transaction.isActive()) {
				// After the flush, which is the first thing that Hibernate does then.
				hibernate.runBeforeCompletion(beforeCommit);
			}
		}

	}

}
