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

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.transactionscope.test.spring.AutoConfigureDatabaseFaults;
import io.transactionscope.transaction.AfterCommitException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.test.context.transaction.AfterTransaction;
import org.springframework.test.context.transaction.TestTransaction;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Callbacks that wait for a commit, in tests whose transaction is rolled back.
 */
class AfterCommitCallbacksTests {

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
	class WithJpa extends ContractWithSavepoints {

	}

	@Nested
	@SpringBootTest(classes = Shop.StockJpa.class)
	class WithSpringsJpaManager extends Contract {

	}

	@Transactional
	@AutoConfigureDatabaseFaults
	@SuppressWarnings("NullAway.Init")
	abstract static class Contract {

		@Autowired
		Shop shop;

		@Autowired
		Shop.Listener listener;

		@Autowired
		ApplicationEventPublisher events;

		private final List<String> told = new ArrayList<>();

		private List<String> expectedAtEnd = new ArrayList<>();

		@BeforeEach
		void forget() {
			this.listener.heard.clear();
		}

		@AfterTransaction
		void wasRolledBack() {
			assertThat(this.told).containsAll(this.expectedAtEnd);
		}

		final List<String> told() {
			return this.told;
		}

		private void place(String item) {
			this.shop.scope().named("place").run((tx) -> {
				this.shop.insert(item);
				tx.afterCommit(() -> this.told.add(item));
			});
		}

		@Test
		void areCapturedWithTheNamesOfTheirScopes() {
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> {
				place("pen");
				this.shop.scope().named("audit").run((tx) -> tx.onCompletion((outcome) -> this.told.add("" + outcome)));
			});
			assertThat(callbacks.scopes()).containsExactly("place", "audit");
			assertThat(callbacks.size()).isEqualTo(2);
			assertThat(callbacks).hasToString("Callbacks after the commit of '%s': [place, audit]"
				.formatted(TransactionSynchronizationManager.getCurrentTransactionName()));
			assertThat(this.told).isEmpty();
		}

		@Test
		void runOnDemandAndOnlyOnce() {
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> {
				place("pen");
				this.shop.scope().run((tx) -> tx.onCompletion((outcome) -> this.told.add("" + outcome)));
			});
			callbacks.run();
			callbacks.run();
			TestTransaction.end();
			assertThat(this.told).containsExactly("pen", "COMMITTED");
		}

		@Test
		void leaveThoseForARollbackToTheRollback() {
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> this.shop.scope().run((tx) -> {
				tx.afterCommit(() -> this.told.add("committed"));
				tx.afterRollback(() -> this.told.add("rolled back"));
			}));
			assertThat(callbacks.size()).isOne();
			callbacks.run();
			assertThat(this.told).containsExactly("committed");
			this.expectedAtEnd = List.of("committed", "rolled back");
		}

		@Test
		void areNotThoseThatWereRegisteredBefore() {
			place("pen");
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> place("ink"));
			place("cap");
			callbacks.run();
			assertThat(this.told).containsExactly("ink");
		}

		@Test
		void areThoseOfCallbacksToo() {
			AfterCommitCallbacks callbacks = AfterCommitCallbacks
				.capture(() -> this.shop.scope().named("place").run((tx) -> {
					this.shop.insert("pen");
					tx.afterCommit(() -> this.shop.scope().named("invoice").run((inner) -> {
						this.told.addAll(this.shop.items());
						inner.afterCommit(() -> this.told.add("invoiced"));
					}));
					tx.afterCommit(() -> this.told.add("placed"));
				}));
			callbacks.run();
			assertThat(this.told).containsExactly("pen", "placed", "invoiced");
			assertThat(callbacks.scopes()).containsExactly("place", "place", "invoice");
		}

		@Test
		void haveTheResourcesOfTheirScope() {
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> this.shop.scope().run((tx) -> {
				tx.enter((AutoCloseable) () -> this.told.add("released"));
				tx.afterCommit(() -> this.told.add("sent"));
			}));
			assertThat(this.told).isEmpty();
			callbacks.run();
			assertThat(this.told).containsExactly("sent", "released");
			callbacks.run();
			TestTransaction.end();
			assertThat(this.told).containsExactly("sent", "released");
		}

		@Test
		void leaveResourcesToTheTransactionIfTheyDoNotRun() {
			assertThat(AfterCommitCallbacks.capture(() -> this.shop.scope().run((tx) -> {
				tx.enter((AutoCloseable) () -> this.told.add("released"));
				tx.afterCommit(() -> this.told.add("sent"));
			})).size()).isOne();
			assertThat(this.told).isEmpty();
			TestTransaction.end();
			assertThat(this.told).containsExactly("released");
		}

		@Test
		void holdNoResourcesOfOtherScopes() {
			AfterCommitCallbacks.capture(() -> {
				this.shop.scope().run((tx) -> tx.enter((AutoCloseable) () -> this.told.add("released")));
				assertThat(this.told).containsExactly("released");
			});
		}

		@Test
		void failTheTestThatRunsThem() {
			IllegalStateException failure = new IllegalStateException("no mail server");
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> this.shop.scope().run((tx) -> {
				tx.afterCommit(() -> {
					throw failure;
				});
				tx.afterCommit(() -> this.told.add("next"));
			}));
			assertThatExceptionOfType(AfterCommitException.class).isThrownBy(callbacks::run)
				.satisfies((ex) -> assertThat(ex.failures()).containsExactly(failure));
			assertThat(this.told).containsExactly("next");
		}

		@Test
		void includeSpringsAndGoAfterThem() {
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> {
				place("pen");
				this.events.publishEvent(new Shop.Event("pen"));
				TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

					@Override
					public void afterCommit() {
						Contract.this.told.add("synchronized");
					}

				});
			});
			assertThat(callbacks.scopes()).containsExactly("place");
			callbacks.run();
			assertThat(this.told).containsExactly("synchronized", "pen");
			assertThat(this.listener.heard).containsExactly("committed pen");
			TestTransaction.end();
			assertThat(this.listener.heard).containsExactly("committed pen", "rolled back pen");
		}

		@Test
		void canBeCapturedTwice() {
			List<AfterCommitCallbacks> inner = new ArrayList<>();
			AfterCommitCallbacks outer = AfterCommitCallbacks.capture(() -> {
				place("pen");
				inner.add(AfterCommitCallbacks.capture(() -> place("ink")));
			});
			assertThat(outer.size()).isEqualTo(2);
			inner.get(0).run();
			assertThat(this.told).containsExactly("ink");
			outer.run();
			assertThat(this.told).containsExactly("ink", "pen");
		}

		@Test
		void areNotThoseOfBlocksThatCommitByThemselves() throws Exception {
			ExecutorService executor = Executors.newSingleThreadExecutor();
			try {
				AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> {
					this.shop.scope().requiresNew().run((tx) -> tx.afterCommit(() -> this.told.add("new")));
					this.shop.scope()
						.async(executor)
						.run((tx) -> tx.afterCommit(() -> this.told.add("async")))
						.get(10, TimeUnit.SECONDS);
				});
				assertThat(callbacks.size()).isZero();
				callbacks.run();
				assertThat(this.told).containsExactly("new", "async");
			}
			finally {
				executor.shutdown();
			}
		}

		@Test
		void areCapturedInEachTransactionOfTheTest() {
			TestTransaction.end();
			TestTransaction.start();
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> place("pen"));
			callbacks.run();
			assertThat(this.told).containsExactly("pen");
		}

		@Test
		void haveRunWhereTheTestCommitsAfterAll() {
			AfterCommitCallbacks callbacks = AfterCommitCallbacks
				.capture(() -> this.shop.scope().run((tx) -> tx.afterCommit(() -> this.told.add("once"))));
			TestTransaction.flagForCommit();
			TestTransaction.end();
			callbacks.run();
			assertThat(this.told).containsExactly("once");
		}

		@Test
		void areNotCapturedIfTheBodyFails() {
			assertThatIllegalStateException().isThrownBy(() -> AfterCommitCallbacks.capture(() -> {
				place("pen");
				throw new IllegalStateException("expected");
			})).withMessage("expected");
		}

		@Test
		@Transactional(propagation = Propagation.NEVER)
		void needATransaction() {
			assertThatIllegalStateException().isThrownBy(() -> AfterCommitCallbacks.capture(() -> place("pen")))
				.withMessageStartingWith("No transaction is active whose callbacks could be captured: make the test");
			assertThat(this.told).isEmpty();
		}

	}

	abstract static class ContractWithSavepoints extends Contract {

		@Test
		void areDroppedWithTheirSavepoint() {
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> this.shop.scope().run((tx) -> {
				tx.afterCommit(() -> told().add("kept"));
				assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((inner) -> {
					inner.afterCommit(() -> told().add("dropped"));
					throw new IllegalStateException("expected");
				}));
			}));
			callbacks.run();
			assertThat(told()).containsExactly("kept");
		}

	}

}
