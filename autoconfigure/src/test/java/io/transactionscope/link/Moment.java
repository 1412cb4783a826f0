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

package io.transactionscope.link;

import java.time.Duration;

import io.transactionscope.test.Phase;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;

import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionTimedOutException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A moment in the life of a block at which its link fails.
 */
enum Moment {

	BORROW {

		@Override
		void beforeBlock(LinkedDatabase database) {
			// HikariCP checks what was idle for longer than half a second.
			LinkedDatabase.pass(Duration.ofMillis(700).toNanos());
			database.fail();
		}

		@Override
		void check(Attempt attempt) {
			assertThat(attempt.thrown()).isInstanceOf(
					attempt.isPlain() ? CannotCreateTransactionException.class : TransactionTimedOutException.class);
			assertThat(attempt.rows()).containsExactly(1);
		}

	},

	BEGIN {

		@Override
		void beforeBlock(LinkedDatabase database) {
			database.failBefore(Phase.SETTING);
		}

		@Override
		void check(Attempt attempt) {
			checkBegin(attempt);
		}

	},

	/** Which some drivers tell their server at once. */
	AUTO_COMMIT_OFF {

		@Override
		void beforeBlock(LinkedDatabase database) {
			database.failBefore(Phase.BEGIN);
		}

		@Override
		void check(Attempt attempt) {
			checkBegin(attempt);
		}

	},

	STATEMENT {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.STATEMENT);
			database.insert(2);
		}

	},

	FETCH {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.fetchAndFailAfter(Duration.ZERO);
		}

	},

	SAVEPOINT {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.SAVEPOINT);
			work.savepoint(() -> database.insert(2));
		}

	},

	ROLLBACK_TO_SAVEPOINT {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.ROLLBACK_TO_SAVEPOINT);
			work.savepoint(() -> {
				throw new IllegalStateException("in the savepoint");
			});
		}

	},

	RELEASE_SAVEPOINT {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.RELEASE_SAVEPOINT);
			work.savepoint(() -> database.insert(2));
		}

	},

	COMMIT {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.COMMIT);
		}

		@Override
		void check(Attempt attempt) {
			if (attempt.isPlain() && attempt.thrown() == null) {
				assertThat(attempt.heard()).containsExactly(TransactionOutcome.COMMITTED);
				assertThat(attempt.rows()).containsExactly(1, 2);
				return;
			}
			assertThat(attempt.thrown()).isInstanceOf(CommitFailedException.class)
				.extracting((failure) -> ((CommitFailedException) failure).outcome())
				.isEqualTo(TransactionOutcome.UNKNOWN);
			assertThat(attempt.heard()).containsExactly(TransactionOutcome.UNKNOWN);
		}

	},

	LATE_FETCH {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.fetchAndFailAfter(deadline().multipliedBy(9).dividedBy(10));
		}

		@Override
		Duration deadline() {
			return LATER_DEADLINE;
		}

	},

	ROLLBACK {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.ROLLBACK);
			throw new IllegalStateException("of the body");
		}

	},

	/** Of a block that refuses a statement. */
	ROLLBACK_AFTER_DEADLINE {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.ROLLBACK);
			LinkedDatabase.pass(DEADLINE.toNanos());
			database.insert(2);
		}

	},

	/** Of a block that refuses to commit. */
	LATE_ROLLBACK {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.ROLLBACK);
			LinkedDatabase.pass(DEADLINE.toNanos());
		}

		@Override
		void check(Attempt attempt) {
			assertThat(attempt.thrown()).isInstanceOf(TransactionTimedOutException.class);
			assertThat(attempt.heard()).containsExactly(TransactionOutcome.ROLLED_BACK);
			assertThat(attempt.rows()).containsExactly(1);
		}

	},

	/** Which some drivers tell their server at once. */
	AUTO_COMMIT_ON {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.RESTORE);
		}

		@Override
		void check(Attempt attempt) {
			checkRestore(attempt);
		}

	},

	RESTORE {

		@Override
		void inBlock(LinkedDatabase database, Work work) {
			database.failBefore(Phase.SETTING);
		}

		@Override
		void check(Attempt attempt) {
			checkRestore(attempt);
		}

	};

	static final Duration DEADLINE = Duration.ofSeconds(1);

	static final Duration LATER_DEADLINE = Duration.ofSeconds(3);

	Duration deadline() {
		return DEADLINE;
	}

	void beforeBlock(LinkedDatabase database) {
	}

	void inBlock(LinkedDatabase database, Work work) throws Throwable {
	}

	void check(Attempt attempt) {
		assertThat(attempt.thrown()).isNotNull().isSameAs(attempt.ofBody());
		assertThat(attempt.heard()).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(attempt.rows()).containsExactly(1);
	}

	private static void checkBegin(Attempt attempt) {
		assertThat(attempt.thrown()).isInstanceOfAny(TransactionTimedOutException.class,
				CannotCreateTransactionException.class);
		assertThat(attempt.rows()).containsExactly(1);
	}

	private static void checkRestore(Attempt attempt) {
		if (attempt.thrown() != null) {
			assertThat(attempt.thrown()).isInstanceOf(AfterCommitException.class);
		}
		assertThat(attempt.heard()).containsExactly(TransactionOutcome.COMMITTED);
		assertThat(attempt.rows()).containsExactly(1, 2);
	}

}
