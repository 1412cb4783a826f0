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

package io.transactionscope.test.scope;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Semaphore;

import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.test.spring.AutoConfigureDatabaseFaults;
import io.transactionscope.test.spring.TestManagedTransactionTestExecutionListener;
import io.transactionscope.transaction.TransactionOutcome;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mockito.AdditionalAnswers;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.transaction.TestTransaction;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.NestedTransactionNotSupportedException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;

/**
 * Scopes in tests that are in a transaction as a whole.
 */
@ExtendWith(OutputCaptureExtension.class)
class TestManagedTransactionTests {

	@Nested
	@SpringBootTest(classes = Shop.Jdbc.class)
	class WithJdbc extends ContractWithSavepoints {

	}

	@Nested
	@SpringBootTest(classes = Shop.StockJdbc.class)
	class WithSpringsJdbcManager extends ContractWithSavepoints {

	}

	@Nested
	@SpringBootTest(classes = Shop.Jpa.class)
	@SuppressWarnings("NullAway.Init")
	class WithJpa extends ContractWithSavepoints {

		@PersistenceContext
		EntityManager entityManager;

		@Test
		void isFlushedAtTheEndOfAScope() {
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.shop.scope().run((tx) -> {
				this.shop.insert("pen");
				this.entityManager.persist(new Shop.Sale("pen"));
			})).withStackTraceContaining("primary key");
			assertThat(this.shop.items()).isEmpty();
		}

		@Test
		void isDoomedByAnErrorOfThePersistenceContextAndSaysSo(CapturedOutput output) {
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> this.shop.scope().named("twice").run((tx) -> {
					this.shop.insert("pen");
					this.entityManager.persist(new Shop.Sale("pen"));
					this.entityManager.flush();
				}));
			assertThat(this.shop.items()).isEmpty();
			this.shop.scope().named("next").run((tx) -> this.shop.insert("ink"));
			assertThat(output)
				.contains("Scope 'next' works in the transaction of its test, which can only be rolled back")
				.contains("'twice', which took part, failed with");
		}

		@Test
		void hasWhatWasDoneBeforeWhenAScopeFails() {
			this.entityManager.persist(new Shop.Sale("pen"));
			assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().run((tx) -> {
				this.entityManager.persist(new Shop.Sale("ink"));
				throw new IllegalStateException("expected");
			}));
			assertThat(this.entityManager.find(Shop.Sale.class, "pen")).isNotNull();
			assertThat(this.entityManager.find(Shop.Sale.class, "ink")).isNull();
		}

		@Test
		@Transactional(readOnly = true)
		void isNotFlushedWhereItOnlyReads() {
			this.entityManager.persist(new Shop.Sale("pen"));
			this.shop.scope().run(() -> {
			});
			assertThat(this.shop.items()).isEmpty();
		}

	}

	@Nested
	@SpringBootTest(classes = Shop.StockJpa.class)
	class WithSpringsJpaManager extends Contract {

		@Test
		void isDoomedByAScopeAndSaysSoOfTheNext(CapturedOutput output) {
			assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().named("refused").run((tx) -> {
				throw new IllegalStateException("expected");
			}));
			this.shop.scope().named("next").outermost().run((tx) -> this.shop.insert("ink"));
			assertThat(this.shop.items()).containsExactly("ink");
			assertThat(output)
				.contains("Scope 'next' works in the transaction of its test, which can only be rolled back")
				.contains("'refused', which took part, failed with java.lang.IllegalStateException: expected");
		}

	}

	@Nested
	@SpringBootTest(classes = WithAManagerOfItsOwn.Application.class)
	class WithAManagerOfItsOwn extends Contract {

		@Test
		void lacksSavepointsAsAManagerOfTheApplicationsSaysInItsWay() {
			assertThatExceptionOfType(NestedTransactionNotSupportedException.class)
				.isThrownBy(() -> this.shop.scope().nested().run((tx) -> this.shop.insert("pen")));
		}

		@Configuration(proxyBeanMethods = false)
		@Import(Shop.StockJdbc.class)
		static class Application {

			/** Its transactions are Spring's, but for the savepoints. */
			@Bean
			static BeanPostProcessor withoutSavepoints() {
				return new BeanPostProcessor() {

					@Override
					public Object postProcessAfterInitialization(Object bean, String beanName) {
						return (bean instanceof JdbcTransactionManager manager) ? withoutSavepoints(manager) : bean;
					}

				};
			}

			private static PlatformTransactionManager withoutSavepoints(JdbcTransactionManager manager) {
				Map<TransactionStatus, TransactionStatus> begun = new HashMap<>();
				PlatformTransactionManager without = mock(PlatformTransactionManager.class);
				doAnswer((call) -> {
					TransactionStatus status = manager.getTransaction(call.getArgument(0));
					TransactionStatus handed = mock(TransactionStatus.class, AdditionalAnswers.delegatesTo(status));
					doThrow(new UnsupportedOperationException("no savepoints")).when(handed).createSavepoint();
					begun.put(handed, status);
					return handed;
				}).when(without).getTransaction(any());
				doAnswer((call) -> {
					manager.commit(Objects.requireNonNull(begun.remove(call.<TransactionStatus>getArgument(0))));
					return null;
				}).when(without).commit(any());
				doAnswer((call) -> {
					manager.rollback(Objects.requireNonNull(begun.remove(call.<TransactionStatus>getArgument(0))));
					return null;
				}).when(without).rollback(any());
				return without;
			}

		}

	}

	@Nested
	@SpringBootTest(classes = Shop.Jdbc.class)
	@Transactional
	@TestPropertySource(properties = TestManagedTransactionTestExecutionListener.PROPERTY + "=join")
	@SuppressWarnings("NullAway.Init")
	class Joined {

		@Autowired
		Shop shop;

		@Test
		void isATransactionAsAnyOther() {
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> this.shop.scope().outermost().run((tx) -> {
				}))
				.withMessageContaining("must be the outermost one");
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> this.shop.scope().never().run((tx) -> {
				}));
			assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().run((tx) -> {
				this.shop.insert("pen");
				throw new IllegalStateException("expected");
			}));
			assertThat(this.shop.items()).containsExactly("pen");
		}

	}

	@Transactional
	@AutoConfigureDatabaseFaults
	@SuppressWarnings("NullAway.Init")
	abstract static class Contract {

		@Autowired
		Shop shop;

		@Autowired
		Shop.Desk desk;

		@Autowired
		PlatformTransactionManager manager;

		final List<String> told = new ArrayList<>();

		private void insertOutermost(String item) {
			this.shop.scope().named("inner").outermost().run((tx) -> this.shop.insert(item));
		}

		private void assertRefused(Runnable block) {
			assertThatExceptionOfType(IllegalTransactionStateException.class).isThrownBy(block::run)
				.withMessageContaining("must be the outermost one");
		}

		@Test
		void isOutsideOfTheOutermostScope() {
			insertOutermost("pen");
			insertOutermost("ink");
			assertThat(this.shop.items()).containsExactly("ink", "pen");
		}

		@Test
		void isOutsideOfTheOutermostScopeEachTimeItBegins() {
			TestTransaction.end();
			assertThat(this.shop.items()).isEmpty();
			TestTransaction.start();
			insertOutermost("pen");
			assertThat(this.shop.items()).containsExactly("pen");
		}

		@Test
		void makesNoScopeTheOutermostInsideOfAnother() {
			this.shop.scope().run((tx) -> assertRefused(() -> insertOutermost("pen")));
			this.shop.scope().mandatory().run((tx) -> assertRefused(() -> insertOutermost("pen")));
			this.shop.scope().requiresNew().run((tx) -> assertRefused(() -> insertOutermost("pen")));
			this.shop.scope().outermost().run((tx) -> assertRefused(() -> insertOutermost("pen")));
		}

		@Test
		void makesNoScopeTheOutermostInsideOfATransactionalMethod() {
			this.desk.serve(() -> assertRefused(() -> insertOutermost("pen")));
			insertOutermost("pen");
		}

		@Test
		void makesNoScopeTheOutermostInsideOfATransactionTemplate() {
			TransactionTemplate template = new TransactionTemplate(this.manager);
			template.executeWithoutResult((status) -> assertRefused(() -> insertOutermost("pen")));
			insertOutermost("pen");
			template.setPropagationBehavior(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
			template.executeWithoutResult((status) -> this.shop.scope().outermost().run((tx) -> {
			}));
		}

		@Test
		void isNoneToAScopeThatNeverHasOne() {
			this.shop.insert("pen");
			this.shop.scope().never().run((tx) -> {
				tx.afterCommit(() -> this.told.add("done"));
				assertThat(this.shop.items()).containsExactly("pen");
				insertOutermost("ink");
			});
			assertThat(this.told).containsExactly("done");
			assertThat(this.shop.items()).containsExactly("ink", "pen");
			this.shop.scope()
				.run((tx) -> assertThatExceptionOfType(IllegalTransactionStateException.class)
					.isThrownBy(() -> this.shop.scope().never().run((inner) -> {
					})));
		}

		@Test
		void holdsNoResourceOfAScopeThatHasEnded() {
			Semaphore permits = new Semaphore(1);
			this.shop.scope().run((tx) -> {
				tx.enter(LockResources.permit(permits, Duration.ZERO));
				this.shop.scope().run((inner) -> inner.enter((AutoCloseable) () -> this.told.add("inner")));
				assertThat(this.told).isEmpty();
			});
			assertThat(permits.availablePermits()).isOne();
			assertThat(this.told).containsExactly("inner");
			assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().run((tx) -> {
				tx.enter(LockResources.permit(permits, Duration.ZERO));
				throw new IllegalStateException("expected");
			}));
			assertThat(permits.availablePermits()).isOne();
		}

		@Test
		void letsResourcesSeeWhatBecameOfTheirScope() {
			this.shop.scope().run((tx) -> tx.enter(noting()));
			assertThat(this.told).containsExactly("succeeded");
			assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().run((tx) -> {
				tx.enter(noting());
				throw new IllegalStateException("expected");
			}));
			assertThat(this.told).containsExactly("succeeded", "java.lang.IllegalStateException: expected");
		}

		@Test
		void leavesAloneWhatAScopeDoesOnAnotherDataSource() {
			JdbcDataSource dataSource = new JdbcDataSource();
			dataSource.setURL("jdbc:h2:mem:%s;DB_CLOSE_DELAY=-1".formatted(UUID.randomUUID()));
			JdbcTemplate books = new JdbcTemplate(dataSource);
			books.execute("create table book (item varchar(20))");
			TransactionScope other = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
			AfterCommitCallbacks.capture(() -> List.of("pen", "ink").forEach((item) -> this.shop.scope().run((tx) -> {
				tx.enter(other);
				books.update("insert into book values (?)", item);
				tx.afterCommit(() -> this.told.add(item));
			})));
			assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().run((tx) -> {
				tx.enter(other);
				books.update("insert into book values ('cap')");
				throw new IllegalStateException("expected");
			}));
			assertThat(books.queryForList("select item from book", String.class)).containsExactly("pen", "ink");
			books.execute("shutdown");
		}

		private Resource<String> noting() {
			return Resource.of(() -> "thing",
					(thing, outcome) -> this.told.add(outcome.isSuccess() ? "succeeded" : "" + outcome.failure()));
		}

		@Test
		void tellsWhoWaitsForTheEndOfABlockOnItsThread() {
			assertThat(this.shop.scope().async(Runnable::run).run(() -> {
			}).ended()).succeedsWithin(Duration.ofSeconds(10));
		}

		@Test
		void leavesATransactionalMethodAsItIs() {
			this.desk.serve(() -> {
				assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().run((tx) -> {
					this.shop.insert("pen");
					throw new IllegalStateException("expected");
				}));
				assertThat(this.shop.items()).containsExactly("pen");
			});
		}

	}

	@SuppressWarnings("NullAway.Init")
	abstract static class ContractWithSavepoints extends Contract {

		@Autowired
		DatabaseFaults faults;

		@ParameterizedTest
		@CsvSource({ "42000, 1305", "3B001, 0" })
		void isSoundAfterAScopeWithAStatementThatCommitsByItself(String sqlState, int code) {
			this.faults.at(Phase.RELEASE_SAVEPOINT).fails(new SQLException("no such savepoint", sqlState, code));
			this.shop.scope().run((tx) -> this.shop.insert("ink"));
			this.shop.scope().outermost().run((tx) -> this.shop.insert("pen"));
			assertThat(this.shop.items()).containsExactly("ink", "pen");
		}

		@Test
		void takesBackAScopeWhoseSavepointCannotBeReleased() {
			SQLException failure = new SQLException("sorry", "40001");
			this.faults.at(Phase.RELEASE_SAVEPOINT).once().fails(failure);
			assertThatExceptionOfType(TransactionSystemException.class)
				.isThrownBy(() -> this.shop.scope().run((tx) -> this.shop.insert("ink")))
				.withCause(failure);
			assertThat(this.shop.items()).isEmpty();
			this.shop.scope().outermost().run((tx) -> this.shop.insert("pen"));
			assertThat(this.shop.items()).containsExactly("pen");
		}

		@Test
		void isSoundAfterAScopeThatFailedAsExpected() {
			this.shop.insert("pen");
			assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().run((tx) -> {
				this.shop.insert("ink");
				tx.afterCommit(() -> this.told.add("ink"));
				throw new IllegalStateException("expected");
			})).withMessage("expected");
			assertThat(this.shop.items()).containsExactly("pen");
			this.shop.scope().nested().run((tx) -> this.shop.insert("cap"));
			assertThat(this.shop.items()).containsExactly("cap", "pen");
			assertThat(AfterCommitCallbacks.capture(() -> this.shop.scope().run((tx) -> tx.savepoint((sp) -> {
			}))).size()).isZero();
		}

		@Test
		void isSoundAfterABlockOnItsThreadThatFailedAsExpected() {
			assertThat(this.shop.scope().async(Runnable::run).run(() -> {
				this.shop.insert("ink");
				throw new IllegalStateException("expected");
			})).failsWithin(Duration.ofSeconds(10));
			assertThat(this.shop.items()).isEmpty();
			assertThat(this.shop.scope().outermost().async(Runnable::run).call(() -> {
				this.shop.insert("pen");
				return this.shop.items();
			})).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(List.of("pen"));
		}

		@Test
		void canBeCommittedAfterAScopeThatFailedAsExpected() {
			this.shop.insert("pen");
			assertThatExceptionOfType(DuplicateKeyException.class)
				.isThrownBy(() -> this.shop.scope().outermost().run((tx) -> this.shop.insert("pen")));
			TestTransaction.flagForCommit();
			TestTransaction.end();
			assertThat(this.shop.items()).containsExactly("pen");
			this.shop.clear();
		}

		@Test
		void isSoundAfterAScopeThatRollsBackOnItsOwn() {
			this.shop.scope().run((tx) -> {
				this.shop.insert("ink");
				tx.setRollbackOnly("preview");
			});
			assertThat(this.shop.items()).isEmpty();
			this.shop.scope().nested().run((tx) -> this.shop.insert("cap"));
		}

		@Test
		void hidesNoFailureOfAScopeThatTookPart() {
			assertThatExceptionOfType(UnexpectedRollbackException.class)
				.isThrownBy(() -> this.shop.scope().named("order").run((tx) -> {
					this.shop.insert("ink");
					assertThatIllegalStateException()
						.isThrownBy(() -> this.shop.scope().named("invoice").run((inner) -> {
							throw new IllegalStateException("expected");
						}));
				}))
				.withMessageContaining(
						"Transaction of 'order' is rolled back because it has been marked as rollback-only: 'invoice', which took part, failed with");
			assertThat(this.shop.items()).isEmpty();
			this.shop.scope().nested().run((tx) -> this.shop.insert("cap"));
		}

		@Test
		void letsCallbacksBeforeTheCommitRunAtTheEndOfTheirScope() {
			this.shop.scope().run((tx) -> {
				tx.beforeCommit(() -> this.shop.insert("ink"));
				this.shop.scope().run((inner) -> inner.beforeCommit(() -> this.shop.insert("cap")));
				assertThat(this.shop.items()).isEmpty();
			});
			assertThat(this.shop.items()).containsExactly("cap", "ink");
			this.shop.scope().run((tx) -> this.shop.insert("pen"));
			TestTransaction.flagForCommit();
			TestTransaction.end();
			assertThat(this.shop.items()).containsExactly("cap", "ink", "pen");
			this.shop.clear();
		}

		@Test
		void isSoundAfterACallbackBeforeTheCommitThatFails() {
			IllegalStateException failure = new IllegalStateException("expected");
			assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().run((tx) -> {
				this.shop.insert("ink");
				tx.beforeCommit(() -> {
					throw failure;
				});
			})).isSameAs(failure);
			assertThat(this.shop.items()).isEmpty();
			this.shop.scope().nested().run((tx) -> this.shop.insert("cap"));
		}

		@Test
		void tellsCallbacksForARollbackOfAScopeThatFails() {
			assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().run((tx) -> {
				tx.afterCommit(() -> this.told.add("committed"));
				tx.afterRollback(() -> this.shop.scope().run(() -> this.shop.insert("apology")));
				this.shop.insert("ink");
				this.shop.scope().run((inner) -> inner.onCompletion((outcome) -> this.told.add("" + outcome)));
				throw new IllegalStateException("expected");
			})).withMessage("expected");
			assertThat(this.shop.items()).containsExactly("apology");
			TestTransaction.end();
			assertThat(this.told).containsExactly("" + TransactionOutcome.ROLLED_BACK);
		}

		@Test
		void tellsCallbacksForARollbackAtItsEnd() {
			this.shop.scope().run((tx) -> {
				tx.onCompletion((outcome) -> this.told.add("" + outcome));
				this.shop.insert("ink");
			});
			assertThat(this.told).isEmpty();
			TestTransaction.end();
			assertThat(this.told).containsExactly("" + TransactionOutcome.ROLLED_BACK);
		}

	}

}
