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
import java.util.function.Consumer;

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
@SuppressWarnings("ImmutableEnumChecker") // What it is made of keeps no state
enum Moment {

	/** HikariCP checks what was idle for longer than half a second. */
	BORROW((database) -> {
		LinkedDatabase.pass(Duration.ofMillis(700).toNanos());
		database.fail();
	}, nothing(), Moment::isNotBegunInTime),

	BEGIN((database) -> database.failBefore(Phase.SETTING), nothing(), Moment::isNotBegun),

	/** Which some drivers tell their server at once. */
	AUTO_COMMIT_OFF((database) -> database.failBefore(Phase.BEGIN), nothing(), Moment::isNotBegun),

	STATEMENT(before(Phase.STATEMENT, (database, work) -> database.insert(2))),

	FETCH((database, work) -> database.fetchAndFailAfter(Duration.ZERO)),

	SAVEPOINT(before(Phase.SAVEPOINT, (database, work) -> work.savepoint(() -> database.insert(2)))),

	ROLLBACK_TO_SAVEPOINT(before(Phase.ROLLBACK_TO_SAVEPOINT, (database, work) -> work.savepoint(() -> {
		throw new IllegalStateException("in the savepoint");
	}))),

	RELEASE_SAVEPOINT(before(Phase.RELEASE_SAVEPOINT, (database, work) -> work.savepoint(() -> database.insert(2)))),

	COMMIT(before(Phase.COMMIT, nothing()), Moment::isInDoubt),

	LATE_FETCH(Moment::fetchLate) {

		@Override
		Duration deadline() {
			return LATER_DEADLINE;
		}

	},

	ROLLBACK(before(Phase.ROLLBACK, (database, work) -> {
		throw new IllegalStateException("of the body");
	})),

	/** Of a block that refuses a statement. */
	ROLLBACK_AFTER_DEADLINE(before(Phase.ROLLBACK, late((database, work) -> database.insert(2)))),

	/** Of a block that refuses to commit. */
	LATE_ROLLBACK(before(Phase.ROLLBACK, late(nothing())), Moment::isLate),

	/** Which some drivers tell their server at once. */
	AUTO_COMMIT_ON(before(Phase.RESTORE, nothing()), Moment::isCommitted),

	RESTORE(before(Phase.SETTING, nothing()), Moment::isCommitted);

	static final Duration DEADLINE = Duration.ofSeconds(1);

	static final Duration LATER_DEADLINE = Duration.ofSeconds(3);

	private final Consumer<LinkedDatabase> beforeBlock;

	private final InBlock inBlock;

	private final Consumer<Attempt> check;

	Moment(InBlock inBlock) {
		this(inBlock, Moment::isRolledBack);
	}

	Moment(InBlock inBlock, Consumer<Attempt> check) {
		this((database) -> {
		}, inBlock, check);
	}

	Moment(Consumer<LinkedDatabase> beforeBlock, InBlock inBlock, Consumer<Attempt> check) {
		this.beforeBlock = beforeBlock;
		this.inBlock = inBlock;
		this.check = check;
	}

	Duration deadline() {
		return DEADLINE;
	}

	void beforeBlock(LinkedDatabase database) {
		this.beforeBlock.accept(database);
	}

	void inBlock(LinkedDatabase database, Work work) throws Throwable {
		this.inBlock.run(database, work);
	}

	void check(Attempt attempt) {
		this.check.accept(attempt);
	}

	private static InBlock nothing() {
		return (database, work) -> {
		};
	}

	private static InBlock before(Phase phase, InBlock body) {
		return (database, work) -> {
			database.failBefore(phase);
			body.run(database, work);
		};
	}

	private static InBlock late(InBlock body) {
		return (database, work) -> {
			LinkedDatabase.pass(DEADLINE.toNanos());
			body.run(database, work);
		};
	}

	private static void fetchLate(LinkedDatabase database, Work work) {
		database.fetchAndFailAfter(LATER_DEADLINE.multipliedBy(9).dividedBy(10));
	}

	private static void isNotBegunInTime(Attempt attempt) {
		assertThat(attempt.thrown()).isInstanceOf(
				attempt.isPlain() ? CannotCreateTransactionException.class : TransactionTimedOutException.class);
		assertThat(attempt.rows()).containsExactly(1);
	}

	private static void isNotBegun(Attempt attempt) {
		assertThat(attempt.thrown()).isInstanceOfAny(TransactionTimedOutException.class,
				CannotCreateTransactionException.class);
		assertThat(attempt.rows()).containsExactly(1);
	}

	private static void isRolledBack(Attempt attempt) {
		assertThat(attempt.thrown()).isNotNull().isSameAs(attempt.ofBody());
		assertThat(attempt.heard()).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(attempt.rows()).containsExactly(1);
	}

	private static void isLate(Attempt attempt) {
		assertThat(attempt.thrown()).isInstanceOf(TransactionTimedOutException.class);
		assertThat(attempt.heard()).containsExactly(TransactionOutcome.ROLLED_BACK);
		assertThat(attempt.rows()).containsExactly(1);
	}

	private static void isInDoubt(Attempt attempt) {
		if (attempt.isPlain() && attempt.thrown() == null) {
			isTold(attempt);
			return;
		}
		assertThat(attempt.thrown()).isInstanceOf(CommitFailedException.class)
			.extracting((failure) -> ((CommitFailedException) failure).outcome())
			.isEqualTo(TransactionOutcome.UNKNOWN);
		assertThat(attempt.heard()).containsExactly(TransactionOutcome.UNKNOWN);
	}

	private static void isCommitted(Attempt attempt) {
		if (attempt.thrown() != null) {
			assertThat(attempt.thrown()).isInstanceOf(AfterCommitException.class);
		}
		isTold(attempt);
	}

	private static void isTold(Attempt attempt) {
		assertThat(attempt.heard()).containsExactly(TransactionOutcome.COMMITTED);
		assertThat(attempt.rows()).containsExactly(1, 2);
	}

	@FunctionalInterface
	private interface InBlock {

		void run(LinkedDatabase database, Work work) throws Throwable;

	}

}
