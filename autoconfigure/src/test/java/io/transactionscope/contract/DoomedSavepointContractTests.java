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

package io.transactionscope.contract;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Savepoints of Spring's own in transactions that a block has doomed.
 */
@ForEachApplication
class DoomedSavepointContractTests extends Contract {

	private final IllegalStateException failure = new IllegalStateException("the inner one's");

	@Test
	@DisplayName("T5: a savepoint of a TransactionTemplate does not take back what doomed the block before it")
	void t5SavepointDoesNotTakeBackWhatDoomedTheBlockBefore() {
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			swallow(() -> run(Form.INNER, (inner) -> {
				throw this.failure;
			}));
			swallow(this::failNested);
			assertThat(tx.isRollbackOnly()).isTrue();
		});
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class)
			.hasMessageContaining("'inner'")
			.hasCause(this.failure);
		assertCommitted();
		assertThat(this.heard).containsExactly("outer: rolled back", "outer: ROLLED_BACK");
	}

	@Test
	@DisplayName("T5: nor does one take back a rollback that the block before it has asked for")
	void t5SavepointDoesNotTakeBackWhatTheBlockBeforeHasAskedFor() {
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			insert("lost");
			run(Form.INNER, (inner) -> inner.setRollbackOnly("stock is low"));
			swallow(this::failNested);
		})).isInstanceOf(UnexpectedRollbackException.class).hasMessageContaining("stock is low");
		assertCommitted();
	}

	@Test
	@DisplayName("T5: the same in a @Transactional method, whose block has doomed it")
	void t5SavepointDoesNotTakeBackWhatDoomedTheMethodBefore() {
		assertThat(catchThrowable(() -> plain().required(() -> {
			insert("lost");
			swallow(() -> run(Form.INNER, (inner) -> {
				throw this.failure;
			}));
			swallow(this::failNested);
		}))).isInstanceOf(UnexpectedRollbackException.class);
		assertCommitted();
	}

	@Test
	@DisplayName("T5: the refusal of a block's savepoint has what doomed the transaction as its cause")
	void t5RefusalOfASavepointHasWhatDoomedTheTransactionAsItsCause() {
		assumeThat(wiring()).as("no savepoints").isNotEqualTo(Wiring.OWN_JPA_MANAGER);
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			swallow(() -> run(Form.INNER, (inner) -> {
				throw this.failure;
			}));
			assertThat(failureOf(Form.NESTED, (nested) -> insert("never")))
				.isInstanceOf(CannotCreateTransactionException.class)
				.hasRootCause(this.failure);
			if (wiring().isStarter()) {
				assertThat(catchThrowable(this::failNested)).hasRootCause(this.failure);
			}
		})).isInstanceOf(UnexpectedRollbackException.class);
	}

	@Test
	@DisplayName("T5: no savepoint is set in a doomed transaction, and the refusal says so")
	void t5NoSavepointIsSetInADoomedTransaction() {
		assumeThat(wiring()).as("no savepoints").isNotEqualTo(Wiring.OWN_JPA_MANAGER);
		assertThat(thrownBy(Form.OUTER, (tx) -> {
			swallow(() -> run(Form.INNER, (inner) -> {
				throw this.failure;
			}));
			assertThat(catchThrowable(this::failNested)).isInstanceOf(CannotCreateTransactionException.class)
				.hasMessageContaining("savepoint");
		})).isInstanceOf(UnexpectedRollbackException.class);
	}

	@Test
	@DisplayName("T5: a rollback to a savepoint takes back what doomed the transaction after it")
	void t5RollbackToASavepointTakesBackWhatDoomedTheTransactionAfterIt() throws Throwable {
		assumeThat(wiring().isStarter()).as("other managers' marks are theirs").isTrue();
		run(Form.OUTER, (tx) -> {
			insert("kept");
			swallow(() -> nested().executeWithoutResult((status) -> {
				insert("lost");
				swallow(() -> run(Form.INNER, (inner) -> {
					throw this.failure;
				}));
				throw new IllegalStateException();
			}));
			assertThat(tx.isRollbackOnly()).isFalse();
		});
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T6: a second rollback to the same savepoint drops nothing registered before it")
	void t6SecondRollbackToTheSameSavepointDropsNothingRegisteredBefore() {
		assumeThat(wiring()).as("no savepoints").isNotEqualTo(Wiring.OWN_JPA_MANAGER);
		new TransactionTemplate(application().manager()).executeWithoutResult((status) -> {
			assertThatCode(() -> run(Form.INNER, this::watch)).doesNotThrowAnyException();
			Object savepoint = status.createSavepoint();
			status.rollbackToSavepoint(savepoint);
			status.rollbackToSavepoint(savepoint);
		});
		assertThat(this.heard).containsExactly("inner: committed", "inner: COMMITTED");
	}

	private static void swallow(ThrowingCallable block) {
		assertThat(catchThrowable(block)).isNotNull();
	}

	private void failNested() {
		nested().executeWithoutResult((status) -> {
			throw new IllegalStateException("swallowed");
		});
	}

	private TransactionTemplate nested() {
		TransactionTemplate template = new TransactionTemplate(application().manager());
		template.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
		return template;
	}

}
