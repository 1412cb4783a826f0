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

import java.io.IOException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.transactionscope.ActiveScope;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.transaction.Synchronization;
import org.hibernate.Session;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.orm.jpa.EntityManagerFactoryUtils;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Blocks inside each other, and {@code @Transactional} methods inside blocks.
 */
@ForEachArrangement
class JoiningContractTests extends Contract {

	private final IllegalStateException failure = new IllegalStateException("the inner one's");

	@Test
	@DisplayName("T5: an inner block's failure that is swallowed dooms the outer one, and is its cause")
	void swallowedFailureDoomsTheOuterBlock() {
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			swallow(Form.INNER, (inner) -> {
				watch(inner);
				throw this.failure;
			});
			assertThat(tx.isRollbackOnly()).isTrue();
		});
		assertDoomedBy(thrown, "inner");
		assertCommitted();
		assertThat(this.heard).containsExactly("outer: rolled back", "outer: ROLLED_BACK", "inner: rolled back",
				"inner: ROLLED_BACK");
	}

	@Test
	@DisplayName("T5: the first failure stays the cause where several are swallowed")
	void firstSwallowedFailureStaysTheCause() {
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			swallow(Form.INNER, (inner) -> {
				throw this.failure;
			});
			swallow(Form.MANDATORY, (inner) -> {
				throw new IOException("a later one");
			});
		});
		assertDoomedBy(thrown, "inner");
	}

	@Test
	@DisplayName("T5: a failure swallowed two levels down dooms the outermost block")
	void failureSwallowedTwoLevelsDownDoomsTheOutermostBlock() {
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> run(Form.MANDATORY, (middle) -> {
			insert("lost");
			swallow(Form.INNER, (inner) -> {
				throw this.failure;
			});
		}));
		assertDoomedBy(thrown, "inner");
		assertCommitted();
	}

	@Test
	@DisplayName("T1, T5: an inner block's failure that propagates reaches the outer caller as the same instance")
	void propagatedFailureIsTheSameInstance() {
		assertThat(failureOf(Form.OUTER, (tx) -> run(Form.INNER, (inner) -> {
			insert("lost");
			throw this.failure;
		}))).isSameAs(this.failure).hasNoSuppressedExceptions();
		assertCommitted();
	}

	@Test
	@DisplayName("T1, T5: an outer body's own failure wins over one that it has swallowed")
	void ownFailureWinsOverASwallowedOne() {
		IOException own = new IOException("the outer one's");
		assertThat(failureOf(Form.OUTER, (tx) -> {
			swallow(Form.INNER, (inner) -> {
				throw this.failure;
			});
			throw own;
		})).isSameAs(own);
		assertCommitted();
	}

	@Test
	@DisplayName("T5: an inner block that asks for a rollback dooms the outer one, which says who and why")
	void innerBlockThatAsksForARollbackDoomsTheOuterBlock() {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			run(Form.INNER, (inner) -> inner.setRollbackOnly("stock is low"));
			assertThat(tx.isRollbackOnly()).isTrue();
		})).isInstanceOf(UnexpectedRollbackException.class)
			.hasMessageContainingAll("'outer'", "'inner'", "stock is low");
		assertCommitted();
	}

	@Test
	@DisplayName("T5: an inner block that fails on an exception it commits on dooms nothing")
	void innerBlockThatCommitsOnItsFailureDoomsNothing() throws Throwable {
		assumeThat(isTryWithResources()).as("try-with-resources does not see what its block throws").isFalse();
		run(Form.OUTER, (tx) -> {
			insert("outer");
			swallow(Form.COMMIT_ON_IO, (inner) -> {
				insert("inner");
				throw new IOException();
			});
		});
		assertCommitted("inner", "outer");
	}

	@Test
	@DisplayName("T5: what can only be rolled back any more takes no savepoint that could make it look sound")
	void doomedTransactionTakesNoSavepoint() {
		assumeSavepoints();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("lost");
			swallow(Form.INNER, (inner) -> {
				throw this.failure;
			});
			assertThat(failureOf(Form.NESTED, (nested) -> insert("never")))
				.isInstanceOf(CannotCreateTransactionException.class);
			assertThat(catchThrowable(() -> tx.savepoint((nested) -> insert("never"))))
				.isInstanceOf(CannotCreateTransactionException.class);
		});
		assertDoomedBy(thrown, "inner");
		assertCommitted();
	}

	@Test
	@DisplayName("T5: a failure swallowed inside a nested block dooms that one only")
	void failureSwallowedInsideANestedBlockDoomsThatOneOnly() throws Throwable {
		assumeSavepoints();
		run(Form.OUTER, (tx) -> {
			watch(tx);
			insert("outer");
			Throwable thrown = thrownBy(Form.NESTED, (nested) -> {
				watch(nested);
				insert("lost");
				swallow(Form.INNER, (inner) -> {
					throw this.failure;
				});
			});
			assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class).hasMessageContaining("'inner'");
			assertThat(tx.isRollbackOnly()).isFalse();
			insert("outer too");
		});
		assertCommitted("outer", "outer too");
		assertHeard("outer", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T1: a nested block that fails takes back only its own work")
	void nestedBlockThatFailsTakesBackOnlyItsOwnWork() throws Throwable {
		assumeSavepoints();
		run(Form.OUTER, (tx) -> {
			insert("before");
			assertThat(failureOf(Form.NESTED, (nested) -> {
				insert("lost");
				throw this.failure;
			})).isSameAs(this.failure);
			insert("after");
			run(Form.NESTED, (nested) -> insert("kept"));
			tx.savepoint((nested) -> insert("kept too"));
			Object value = tx.callInSavepoint((nested) -> "value");
			assertThat(value).isEqualTo("value");
		});
		assertCommitted("after", "before", "kept", "kept too");
	}

	@Test
	@DisplayName("T1: a nested block without a transaction around it begins one")
	void nestedBlockBeginsATransactionWhereThereIsNone() throws Throwable {
		run(Form.NESTED, (nested) -> {
			watch(nested);
			insert("kept");
		});
		assertCommitted("kept");
		assertHeard("nested", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T5: savepoints are taken back in each other, the outer one after the inner one was kept")
	void savepointsNest() throws Throwable {
		assumeSavepoints();
		run(Form.OUTER, (tx) -> {
			insert("outer");
			swallow(Form.NESTED, (first) -> {
				insert("lost");
				run(Form.NESTED, (second) -> insert("lost as well"));
				throw this.failure;
			});
		});
		assertCommitted("outer");
	}

	@Test
	@DisplayName("T1: a block with a transaction of its own ends on its own")
	void requiresNewEndsOnItsOwn() {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			run(Form.REQUIRES_NEW, (own) -> {
				watch(own);
				insert("kept");
			});
			assertCommitted("kept");
			throw this.failure;
		})).isSameAs(this.failure);
		assertCommitted("kept");
		assertThat(this.heard).containsExactly("new: committed", "new: COMMITTED", "outer: rolled back",
				"outer: ROLLED_BACK");
	}

	@Test
	@DisplayName("T1: the failure of a block with a transaction of its own dooms nothing around it")
	void requiresNewThatFailsDoomsNothing() throws Throwable {
		run(Form.OUTER, (tx) -> {
			insert("kept");
			swallow(Form.REQUIRES_NEW, (own) -> {
				insert("lost");
				throw this.failure;
			});
			assertThat(tx.isRollbackOnly()).isFalse();
			insert("kept too");
		});
		assertCommitted("kept", "kept too");
	}

	@Test
	@DisplayName("T2: a block that gets no second connection leaves the outer one intact")
	void requiresNewThatCannotBeginLeavesTheOuterBlockIntact() throws Throwable {
		run(Form.OUTER, (tx) -> {
			insert("before");
			application().pool().failToLend(new SQLTransientConnectionException("dry"));
			assertThat(failureOf(Form.REQUIRES_NEW, (own) -> insert(own, "never"))).isNotNull();
			application().pool().heal();
			assertThat(ActiveScope.current().name()).isEqualTo("outer");
			insert("after");
		});
		assertCommitted("after", "before");
	}

	@Test
	@DisplayName("T10: an outermost block refuses to join, a block or a @Transactional method")
	void outermostRefusesToJoin() throws Throwable {
		run(Form.OUTER, (tx) -> assertRefused(Form.OUTERMOST));
		plain().required(() -> assertRefused(Form.OUTERMOST));
		run(Form.OUTERMOST, (tx) -> insert("kept"));
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T10: a mandatory block refuses to begin, and joins a block or a @Transactional method")
	void mandatoryRefusesToBegin() throws Throwable {
		assertRefused(Form.MANDATORY);
		run(Form.OUTER, (tx) -> run(Form.MANDATORY, (inner) -> insert("one")));
		plain().required(() -> quietly(() -> run(Form.MANDATORY, (inner) -> insert("two"))));
		assertCommitted("one", "two");
	}

	@Test
	@DisplayName("T10: a block that must have no transaction refuses one, of a block or of a @Transactional method")
	void neverRefusesATransaction() throws Throwable {
		run(Form.OUTER, (tx) -> assertRefused(Form.NEVER));
		plain().required(() -> assertRefused(Form.NEVER));
		run(Form.NEVER, (tx) -> insert("kept"));
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T10: a block without transaction suspends the one around it")
	void withoutTransactionSuspends() throws Throwable {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			run(Form.NOT_SUPPORTED, (without) -> {
				assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isFalse();
				insert("kept");
				assertCommitted("kept");
				assertThatIllegalStateException().isThrownBy(without::connection);
			});
			insert("lost too");
			throw this.failure;
		})).isSameAs(this.failure);
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T10: the scope's connection, JdbcClient and JPA see each other's work before the commit")
	void allSeeTheSameTransaction() throws Throwable {
		run(Form.OUTER, (tx) -> {
			insert(tx, "by hand");
			insert("by client");
			if (wiring().isJpa()) {
				EntityManager entityManager = application().entityManager();
				entityManager.persist(new Item("by jpa"));
				entityManager.flush();
				assertThat(entityManager.createQuery("select i.name from Item i order by i.name", String.class)
					.getResultList()).containsExactly("by client", "by hand", "by jpa");
			}
			List<String> seen = application().jdbc().sql("select name from item").query(String.class).list();
			assertThat(seen).contains("by hand", "by client").hasSize(wiring().isJpa() ? 3 : 2);
			assertThat(application().committed()).isEmpty();
			assertThat(application().borrowed()).isOne();
		});
		assertThat(application().committed()).contains("by hand", "by client");
	}

	@Test
	@DisplayName("T10: JPA's pending changes are committed, and those of a failed block are not")
	void pendingChangesOfJpaGoWithTheBlock() throws Throwable {
		assumeThat(wiring().isJpa()).isTrue();
		EntityManager entityManager = application().entityManager();
		run(Form.OUTER, (tx) -> {
			entityManager.persist(new Item("kept"));
			run(Form.INNER, (inner) -> assertThat(entityManager.find(Item.class, "kept")).isNotNull());
		});
		assertThat(failureOf(Form.OUTER, (tx) -> {
			entityManager.persist(new Item("lost"));
			throw this.failure;
		})).isSameAs(this.failure);
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T10: with JPA a nested block that fails takes back its pending and its flushed changes")
	void nestedBlockTakesBackPendingChangesOfJpa() throws Throwable {
		assumeThat(wiring()).isEqualTo(Wiring.STARTER_JPA);
		EntityManager entityManager = application().entityManager();
		run(Form.OUTER, (tx) -> {
			entityManager.persist(new Item("kept"));
			swallow(Form.NESTED, (nested) -> {
				entityManager.persist(new Item("flushed"));
				entityManager.flush();
				entityManager.persist(new Item("pending"));
				throw this.failure;
			});
			assertThat(entityManager.find(Item.class, "flushed")).isNull();
			assertThat(entityManager.find(Item.class, "pending")).isNull();
		});
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T4, T5: with JPA a flush that fails at the end is no failed COMMIT, and reaches the caller as it is")
	void flushThatFailsAtTheEndIsNoFailedCommit() throws Throwable {
		assumeThat(wiring().isJpa()).isTrue();
		run(Form.OUTER, (tx) -> insert("taken"));
		EntityManager entityManager = application().entityManager();
		assertThat(failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			entityManager.persist(new Item("taken"));
		})).isInstanceOf(DataIntegrityViolationException.class);
		assertCommitted("taken");
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T5: with JPA a nested block whose flush fails dooms all, as JPA has it, with that failure as the cause")
	void nestedFlushThatFailsDoomsAll() throws Throwable {
		assumeThat(wiring()).isEqualTo(Wiring.STARTER_JPA);
		run(Form.OUTER, (tx) -> insert("taken"));
		EntityManager entityManager = application().entityManager();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("lost");
			swallow(Form.NESTED, (nested) -> entityManager.persist(new Item("taken")));
			assertThat(tx.isRollbackOnly()).isTrue();
		});
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class)
			.hasCauseInstanceOf(DataIntegrityViolationException.class);
		assertCommitted("taken");
	}

	@Test
	@DisplayName("T10: a @Transactional method joins the block")
	void transactionalMethodJoinsTheBlock() throws Throwable {
		run(Form.OUTER, (tx) -> {
			plain().required(() -> insert("one"));
			plain().mandatory(() -> insert("two"));
			plain().supports(() -> insert("three"));
			assertThat(catchThrowable(() -> plain().never(() -> {
			}))).isInstanceOf(IllegalTransactionStateException.class);
			assertCommitted();
		});
		assertCommitted("one", "three", "two");
	}

	@Test
	@DisplayName("T5: a @Transactional method's failure that is swallowed dooms the block")
	void swallowedFailureOfATransactionalMethodDoomsTheBlock() {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			watch(tx);
			insert("lost");
			assertThat(catchThrowable(() -> plain().required(this::fail))).isSameAs(this.failure);
			assertThat(tx.isRollbackOnly()).isTrue();
		})).isInstanceOf(UnexpectedRollbackException.class).hasMessageContaining("'outer'");
		assertCommitted();
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
	}

	@Test
	@DisplayName("T10: a @Transactional method with a transaction of its own ends on its own")
	void transactionalMethodWithATransactionOfItsOwnEndsOnItsOwn() {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			plain().requiresNew(() -> {
				insert("kept");
				quietly(() -> run(Form.INNER, (inner) -> {
					watch(inner);
					insert("kept too");
				}));
			});
			assertCommitted("kept", "kept too");
			assertHeard("inner", TransactionOutcome.COMMITTED);
			throw this.failure;
		})).isSameAs(this.failure);
		assertCommitted("kept", "kept too");
	}

	@Test
	@DisplayName("T10: a @Transactional method without transaction suspends the block's")
	void transactionalMethodWithoutTransactionSuspendsTheBlock() {
		assertThat(failureOf(Form.OUTER, (tx) -> {
			insert("lost");
			plain().notSupported(() -> {
				insert("kept");
				quietly(() -> run(Form.INNER, (inner) -> insert("kept too")));
			});
			assertCommitted("kept", "kept too");
			throw this.failure;
		})).isSameAs(this.failure);
		assertCommitted("kept", "kept too");
	}

	@Test
	@DisplayName("T5, T6: a nested @Transactional method that fails takes back what blocks did and registered in it")
	void nestedTransactionalMethodTakesBackWhatBlocksDidInIt() throws Throwable {
		assumeSavepoints();
		run(Form.OUTER, (tx) -> {
			watch(tx);
			insert("kept");
			assertThat(catchThrowable(() -> plain().nested(() -> quietly(() -> run(Form.INNER, (inner) -> {
				watch(inner);
				insert("lost");
				throw this.failure;
			}))))).isSameAs(this.failure);
			assertThat(tx.isRollbackOnly()).isFalse();
			insert("kept too");
		});
		assertCommitted("kept", "kept too");
		assertHeard("outer", TransactionOutcome.COMMITTED);
	}

	@Test
	@DisplayName("T5: a failed block that a nested @Transactional method swallows dooms that method only")
	void failureSwallowedInANestedTransactionalMethodDoomsThatOneOnly() throws Throwable {
		assumeSavepoints();
		run(Form.OUTER, (tx) -> {
			insert("kept");
			assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> plain().nested(() -> {
				insert("lost");
				swallow(Form.INNER, (inner) -> fail());
			}));
			assertThat(tx.isRollbackOnly()).isFalse();
			insert("kept too");
		});
		assertCommitted("kept", "kept too");
	}

	@Test
	@DisplayName("T5: what a block dooms in a @Transactional method is rolled back, and Spring's synchronizations see it")
	void methodDoomedByABlockTellsSynchronizations() {
		List<String> told = new ArrayList<>();
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> plain().required(() -> {
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void beforeCompletion() {
					told.add("before completion");
				}

				@Override
				public void afterCompletion(int status) {
					told.add("after completion " + status);
				}

			});
			insert("lost");
			swallow(Form.INNER, (inner) -> fail());
		}));
		assertThat(told).containsExactly("before completion",
				"after completion " + TransactionSynchronization.STATUS_ROLLED_BACK);
		assertCommitted();
	}

	@Test
	@DisplayName("T5: a @Transactional method that another one dooms while it is about to commit is rolled back")
	void methodDoomedBeforeItsCommitIsRolledBack() {
		assumeThat(wiring().isStarter()).as("Spring's manager commits, and says that it has rolled back").isTrue();
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> plain().required(() -> {
			insert("lost");
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void beforeCommit(boolean readOnly) {
					assertThat(catchThrowable(() -> plain().required(JoiningContractTests.this::fail)))
						.isSameAs(JoiningContractTests.this.failure);
				}

			});
		}));
		assertCommitted();
	}

	@Test
	@DisplayName("T5: a block doomed by a synchronization that precedes its completion is rolled back")
	void blockDoomedBeforeItsCompletionIsRolledBack() {
		assumeThat(wiring().isJdbc() || wiring().isStarter()).as("Spring's manager asks nobody any more").isTrue();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("lost");
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void beforeCompletion() {
					swallow(Form.INNER, (inner) -> failHalfway());
				}

			});
		});
		assertDoomedBy(thrown, "inner");
		assertCommitted();
	}

	@Test
	@DisplayName("T5: a block doomed while its persistence context is flushed for the commit is rolled back")
	void blockDoomedWhileItIsFlushedIsRolledBack() {
		assumeThat(wiring().isJpa()).isTrue();
		EntityManagerFactory factory = application().entityManager().getEntityManagerFactory();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert("lost");
			EntityManager bound = Objects
				.requireNonNull(EntityManagerFactoryUtils.getTransactionalEntityManager(factory));
			bound.unwrap(Session.class).getTransaction().registerSynchronization(new Synchronization() {

				@Override
				public void beforeCompletion() {
					swallow(Form.INNER, (inner) -> failHalfway());
				}

				@Override
				public void afterCompletion(int status) {
				}

			});
		});
		assertDoomedBy(thrown, "inner");
		assertCommitted();
	}

	private void failHalfway() {
		insert("half");
		throw this.failure;
	}

	private void fail() {
		throw this.failure;
	}

	private void swallow(Form form, Run body) {
		assertThat(failureOf(form, body)).as("what is swallowed").isNotNull();
	}

	private void assertDoomedBy(Throwable thrown, String scope) {
		assertThat(thrown).isInstanceOf(UnexpectedRollbackException.class)
			.hasMessageContainingAll("rolled back because it has been marked as rollback-only", "'" + scope + "'");
		if (isTryWithResources()) {
			// It does not see the failure, only that complete() was not called.
			assertThat(thrown).hasCauseInstanceOf(IllegalStateException.class)
				.hasMessageContaining("closed without complete()");
		}
		else {
			assertThat(thrown).hasCause(this.failure);
		}
	}

	private void assertRefused(Form form) {
		assertThat(failureOf(form, (tx) -> insert("never"))).isInstanceOf(IllegalTransactionStateException.class);
	}

	private void assumeSavepoints() {
		assumeThat(wiring()).as("Spring's JpaTransactionManager has no savepoints unless told so")
			.isNotEqualTo(Wiring.OWN_JPA_MANAGER);
	}

}
