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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.transactionscope.TransactionScope;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.test.LeakCheck;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static io.transactionscope.test.assertj.ScopeRecordsAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Scopes for unit tests.
 */
class TransactionScopesTests {

	private static final Duration TIMEOUT = Duration.ofMinutes(2);

	private final TransactionScope transactions = TransactionScopes.withoutDatabase();

	private final ScopeRecords scopes = ScopeRecords.of(this.transactions);

	private final List<String> told = new ArrayList<>();

	private final IllegalStateException failure = new IllegalStateException("expected");

	@AfterEach
	void leaveNothingOnTheThread() {
		LeakCheck.verifyThread();
	}

	@Test
	void commitAndCallBackOutsideOfTheTransaction() {
		String result = this.transactions.named("place").call((tx) -> {
			tx.beforeCommit(() -> this.told.add("before " + isInTransaction()));
			tx.afterCommit(() -> this.told.add("after " + isInTransaction()));
			tx.onCompletion((outcome) -> this.told.add("" + outcome));
			tx.afterRollback(() -> this.told.add("rolled back"));
			return "placed";
		});
		assertThat(result).isEqualTo("placed");
		assertThat(this.told).containsExactly("before true", "after false", "" + TransactionOutcome.COMMITTED);
		assertThat(this.scopes).committed("place");
	}

	@Test
	void rollBack() {
		assertThatIllegalStateException().isThrownBy(() -> this.transactions.named("place").run((tx) -> {
			tx.afterCommit(() -> this.told.add("committed"));
			tx.afterRollback(() -> this.told.add("rolled back"));
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.told).containsExactly("rolled back");
		assertThat(this.scopes).rolledBack("place", IllegalStateException.class);
	}

	@Test
	void releaseResourcesWithTheOutcome() {
		List<Outcome> outcomes = new ArrayList<>();
		Resource<String> resource = Resource.of(() -> "", (value, outcome) -> outcomes.add(outcome));
		this.transactions.run((tx) -> tx.enter(resource));
		assertThatIllegalStateException().isThrownBy(() -> this.transactions.run((tx) -> {
			tx.enter(resource);
			throw this.failure;
		}));
		assertThat(outcomes).extracting(Outcome::isSuccess).containsExactly(true, false);
	}

	@Test
	void joinAndAreDoomed() {
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> this.transactions.named("place")
			.run(() -> assertThatIllegalStateException().isThrownBy(() -> this.transactions.named("take").run(() -> {
				throw this.failure;
			})))).withMessageContaining("'take', which took part, failed with");
		assertThat(this.scopes).rolledBack("place").rolledBack("take");
	}

	@Test
	void goOnAfterASavepoint() {
		this.transactions.named("place").run((tx) -> {
			assertThatIllegalStateException()
				.isThrownBy(() -> this.transactions.named("redeem").nested().run((inner) -> {
					inner.afterCommit(() -> this.told.add("redeemed"));
					throw this.failure;
				}));
			tx.afterCommit(() -> this.told.add("placed"));
		});
		assertThat(this.told).containsExactly("placed");
		assertThat(this.scopes).committed("place").rolledBack("redeem");
	}

	@Test
	void areRefusedAsEver() {
		this.transactions.outermost().run(() -> {
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> this.transactions.outermost().run(() -> {
				}));
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> this.transactions.never().run(() -> {
				}));
			this.transactions.mandatory().run(() -> {
			});
		});
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> this.transactions.mandatory().run(() -> {
			}));
		this.transactions.never().run(() -> {
		});
	}

	@Test
	void areIndependentOfTheOneAroundWhereTheyWantToBe() {
		assertThatIllegalStateException().isThrownBy(() -> this.transactions.named("place").run(() -> {
			this.transactions.named("audit").requiresNew().run((tx) -> tx.afterCommit(() -> this.told.add("audited")));
			this.transactions.withoutTransaction().run(() -> assertThat(isInTransaction()).isFalse());
			assertThat(isInTransaction()).isTrue();
			throw this.failure;
		}));
		assertThat(this.told).containsExactly("audited");
		assertThat(this.scopes).committed("audit").rolledBack("place");
	}

	@Test
	void tellOfFailuresAfterTheCommit() {
		assertThatExceptionOfType(AfterCommitException.class)
			.isThrownBy(() -> this.transactions.run((tx) -> tx.afterCommit(() -> {
				throw this.failure;
			})))
			.withCause(this.failure);
	}

	@Test
	void runOnOtherThreads() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			assertThat(this.transactions.named("place").async(executor).call(() -> "placed").get(10, TimeUnit.SECONDS))
				.isEqualTo("placed");
		}
		finally {
			executor.shutdown();
		}
		assertThat(this.scopes).committed("place").borrowedAtMost("place", 0);
	}

	@Test
	void haveNoConnection() {
		this.transactions.run((tx) -> assertThatIllegalStateException().isThrownBy(tx::connection)
			.withMessageContaining("has no JDBC connection here"));
	}

	@Test
	void passTheirDeadlineWhenTheTestSaysSo() {
		TransactionScope scope = this.transactions.named("place").timeout(TIMEOUT);
		scope.run(() -> ScopeDeadlines.advance(TIMEOUT.dividedBy(2)));
		assertThatExceptionOfType(TransactionTimedOutException.class)
			.isThrownBy(() -> scope.run(() -> ScopeDeadlines.advance(TIMEOUT)))
			.withMessage("Scope 'place' passed its deadline of PT2M in its body, and is rolled back");
		assertThatExceptionOfType(TransactionTimedOutException.class).isThrownBy(() -> scope.run(() -> {
			ScopeDeadlines.advance(TIMEOUT.dividedBy(2));
			ScopeDeadlines.advance(TIMEOUT.dividedBy(2));
		}));
		scope.run(() -> {
		});
		assertThat(this.scopes.committed()).hasSize(2);
		assertThat(this.scopes.rolledBack()).hasSize(2);
	}

	@Test
	void passTheDeadlineOfThoseAroundAsWell() {
		assertThatExceptionOfType(TransactionTimedOutException.class)
			.isThrownBy(() -> this.transactions.named("outer").timeout(TIMEOUT).run(() -> {
				this.transactions.requiresNew().timeout(TIMEOUT.multipliedBy(2)).run(() -> {
					this.transactions.run(() -> ScopeDeadlines.advance(TIMEOUT));
				});
				this.told.add("goes on");
			}))
			.withMessageContaining("'outer' passed its deadline");
		assertThat(this.told).containsExactly("goes on");
	}

	@Test
	void passNoDeadlineWhereThereIsNone() {
		this.transactions.run(() -> ScopeDeadlines.advance(Duration.ofDays(100_000)));
		assertThatIllegalStateException().isThrownBy(() -> ScopeDeadlines.advance(TIMEOUT))
			.withMessageContaining("is in no scope");
		assertThatIllegalArgumentException().isThrownBy(() -> ScopeDeadlines.advance(TIMEOUT.negated()))
			.withMessage("Invalid time PT-2M: must not be negative.");
	}

	private static boolean isInTransaction() {
		return TransactionSynchronizationManager.isActualTransactionActive();
	}

}
