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

package io.transactionscope;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

import io.transactionscope.test.Narayana;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.transaction.TransactionManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.transaction.NestedTransactionNotSupportedException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.jta.JtaTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Blocks in JTA transactions, with Narayana.
 */
class JtaTests {

	private final TransactionManager jta = Narayana.transactionManager();

	private final TransactionScope scope = TransactionScope
		.create(new JtaTransactionManager(Narayana.userTransaction(), this.jta))
		.named("orders");

	private final List<TransactionOutcome> outcomes = new ArrayList<>();

	@AfterEach
	void nothingIsLeftBehind() throws Exception {
		assertThat(this.jta.getTransaction()).isNull();
		assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
		assertThat(TransactionSynchronizationManager.isSynchronizationActive()).isFalse();
	}

	@Test
	void t6BlockInATransactionBegunOutsideOfSpringHearsOfItsRollback() throws Exception {
		this.jta.begin();
		this.scope.run((tx) -> tx.onCompletion(this.outcomes::add));
		this.scope.run((tx) -> tx.onCompletion(this.outcomes::add));
		assertThat(this.outcomes).isEmpty();
		this.jta.rollback();
		assertThat(this.outcomes).containsExactly(TransactionOutcome.ROLLED_BACK, TransactionOutcome.ROLLED_BACK);
	}

	@Test
	void t6BlockInATransactionBegunOutsideOfSpringHearsOfItsCommitOnce() throws Exception {
		this.jta.begin();
		this.scope.run((tx) -> tx.onCompletion(this.outcomes::add));
		assertThat(this.outcomes).isEmpty();
		this.jta.commit();
		assertThat(this.outcomes).containsExactly(TransactionOutcome.COMMITTED);
	}

	@Test
	void t7BlockWhoseTransactionHasTimedOutIsToldSo() {
		assertThatExceptionOfType(TransactionTimedOutException.class)
			.isThrownBy(() -> this.scope.timeout(Duration.ofSeconds(1)).run((tx) -> {
				tx.onCompletion(this.outcomes::add);
				assertThat(new CountDownLatch(1).await(1500, TimeUnit.MILLISECONDS)).isFalse();
			}))
			.withMessageContaining("'orders'");
		assertThat(this.outcomes).containsExactly(TransactionOutcome.ROLLED_BACK);
	}

	@Test
	void t4PrepareThatIsVotedDownIsAFailedCommitThatIsRolledBack() {
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.outcomes::add);
			enlist(new Participant(XAException.XA_RBINTEGRITY, 0));
			enlist(new Participant(0, 0));
		})).returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
		assertThat(this.outcomes).containsExactly(TransactionOutcome.ROLLED_BACK);
	}

	@Test
	void t4CommitThatOnlyAPartHasMadeIsToldAsMixed() {
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.onCompletion(this.outcomes::add);
			enlist(new Participant(0, 0));
			enlist(new Participant(0, XAException.XA_HEURRB));
		}))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome)
			.withMessageContaining("a part of it is committed and a part is rolled back")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("the link"));
		assertThat(this.outcomes).containsExactly(TransactionOutcome.UNKNOWN);
	}

	@Test
	void savepointNamesTheScopeAndWhatToUse() {
		this.scope.run((tx) -> assertThatExceptionOfType(NestedTransactionNotSupportedException.class)
			.isThrownBy(() -> tx.savepoint((inner) -> {
			}))
			.withMessageContaining("'orders'")
			.withMessageContaining("requiresNew()"));
	}

	private void enlist(XAResource resource) throws Exception {
		assertThat(this.jta.getTransaction().enlistResource(resource)).isTrue();
	}

	/**
	 * A resource that fails as it is told.
	 *
	 * @param prepare the error code of its prepare, or 0
	 * @param commit the error code of its commit, or 0
	 */
	private record Participant(int prepare, int commit) implements XAResource {

		@Override
		public int prepare(Xid xid) throws XAException {
			fail(this.prepare);
			return XA_OK;
		}

		@Override
		public void commit(Xid xid, boolean onePhase) throws XAException {
			fail(this.commit);
		}

		private static void fail(int code) throws XAException {
			if (code != 0) {
				throw new XAException(code);
			}
		}

		@Override
		public void rollback(Xid xid) {
		}

		@Override
		public void start(Xid xid, int flags) {
		}

		@Override
		public void end(Xid xid, int flags) {
		}

		@Override
		public void forget(Xid xid) {
		}

		@Override
		public Xid[] recover(int flag) {
			return new Xid[0];
		}

		@Override
		public boolean isSameRM(XAResource other) {
			return this == other;
		}

		@Override
		public int getTransactionTimeout() {
			return 0;
		}

		@Override
		public boolean setTransactionTimeout(int seconds) {
			return false;
		}

	}

}
