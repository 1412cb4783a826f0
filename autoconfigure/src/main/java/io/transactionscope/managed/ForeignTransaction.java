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

package io.transactionscope.managed;

import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.engine.NotedSavepoints;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.jdbc.LateConnectionHolder;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.HeuristicCompletionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A transaction that a {@code @Transactional} method began with a manager that is not
 * ours, and that a block has joined. Its end is heard of through Spring's
 * synchronization: as the last one, so that no other is skipped if a callback fails.
 * Where the transaction does not synchronize, as with {@code SYNCHRONIZATION_NEVER}, its
 * manager synchronizes the block alone: what it tells when the block ends is no commit,
 * and the outcome stays unknown. So it does where the block has joined what was over.
 */
final class ForeignTransaction extends NotedSavepoints {

	private final PlatformTransactionManager manager;

	private final @Nullable DataSource dataSource;

	private final TransactionState.Key key;

	private final TransactionState shared;

	private final TransactionStatus status;

	private final @Nullable UnconfirmedBranches branches;

	/** Whether the synchronization is the transaction's, not only the block's. */
	private final boolean synchronizing;

	/** Whether it was adopted before its end. */
	private boolean ending;

	private boolean ended;

	private ForeignTransaction(PlatformTransactionManager manager, @Nullable DataSource dataSource,
			TransactionStatus status, TransactionState.Key key, TransactionState shared) {
		super(shared);
		this.manager = manager;
		this.dataSource = dataSource;
		this.key = key;
		this.shared = shared;
		this.status = status;
		this.branches = UnconfirmedBranches.watch(manager);
		this.synchronizing = !(status instanceof DefaultTransactionStatus known && known.isNewSynchronization());
	}

	static void adopt(PlatformTransactionManager manager, @Nullable DataSource dataSource, TransactionStatus status,
			TransactionState.Key key, TransactionState shared) {
		if (!TransactionSynchronizationManager.isSynchronizationActive()) {
			throw new IllegalTransactionStateException(
					"Scope '%s' cannot join a transaction of %s, which does not synchronize (transactionSynchronization): nobody would tell it the outcome."
						.formatted(shared.name(), manager));
		}
		TransactionSynchronizationManager
			.registerSynchronization(new ForeignTransaction(manager, dataSource, status, key, shared));
		TransactionSynchronizationManager.bindResource(key, shared);
	}

	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

	@Override
	public void suspend() {
		TransactionSynchronizationManager.unbindResourceIfPossible(this.key);
	}

	@Override
	public void resume() {
		if (!this.shared.isOver()) {
			TransactionSynchronizationManager.bindResource(this.key, this.shared);
		}
	}

	@Override
	public void beforeCommit(boolean readOnly) {
		// Some managers find out only later that they have to roll back.
		if (!this.status.isRollbackOnly()) {
			this.shared.runBeforeCommitUnchecked();
		}
	}

	@Override
	public void beforeCompletion() {
		this.ending = true;
	}

	@Override
	public void afterCommit() {
		if (this.synchronizing) {
			RuntimeException failure = end(committed());
			tell((failure != null) ? failure : this.shared.commitFailure());
		}
	}

	/** As its manager says, unless that has told less than it knows. */
	private TransactionOutcome committed() {
		HeuristicCompletionException failure = (this.branches != null) ? this.branches.failure() : null;
		return (failure != null) ? this.shared.commitFailed(TransactionOutcome.UNKNOWN, failure).outcome()
				: TransactionOutcome.COMMITTED;
	}

	private static void tell(@Nullable RuntimeException failure) {
		if (failure != null) {
			throw failure;
		}
	}

	@Override
	public void afterCompletion(int status) {
		try {
			if (!this.ended) {
				tell(end(switch (status) {
					case STATUS_COMMITTED -> this.ending ? committed() : TransactionOutcome.UNKNOWN;
					case STATUS_ROLLED_BACK -> TransactionOutcome.ROLLED_BACK;
					default -> TransactionOutcome.UNKNOWN;
				}));
			}
		}
		finally {
			TransactionSynchronizationManager.unbindResourceIfPossible(this.key);
		}
	}

	private @Nullable RuntimeException end(TransactionOutcome outcome) {
		this.ended = true;
		// A JTA transaction that has timed out ends on a thread of its manager's.
		this.shared.over();
		// The blocks of callbacks must not join what has ended.
		TransactionSynchronizationManager.unbindResourceIfPossible(this.key);
		List<Throwable> failures = new ArrayList<>(0);
		this.shared.fulfilDuties(failures);
		DataSource gaveBack = (this.synchronizing && this.ending) ? giveBackEarly(failures) : null;
		TransactionStatus outside = this.manager
			.getTransaction(new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NOT_SUPPORTED));
		try {
			return this.shared.finishWithoutBlock(outcome, failures);
		}
		finally {
			this.manager.commit(outside);
			if (gaveBack != null) {
				TransactionSynchronizationManager.unbindResource(gaveBack);
				TransactionSynchronizationManager.bindResource(gaveBack, new LateConnectionHolder(gaveBack));
			}
		}
	}

	/**
	 * The manager gives the connection back after all synchronizations, too late for what
	 * is to follow. HikariCP resets a connection by itself when it is closed, and ignores
	 * that the manager closes it again.
	 * @return where it has gone back, or {@code null} if it has not
	 */
	private @Nullable DataSource giveBackEarly(List<Throwable> failures) {
		if (this.manager instanceof DataSourceTransactionManager && this.dataSource != null
				&& DataSourceUnwrapper.unwrap(this.dataSource, HikariConfigMXBean.class, HikariDataSource.class) != null
				&& TransactionSynchronizationManager.getResource(this.dataSource) instanceof ConnectionHolder holder) {
			try {
				holder.getConnection().close();
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
			return this.dataSource;
		}
		return null;
	}

}
