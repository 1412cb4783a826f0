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

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.RequestReplySenderContext;
import io.transactionscope.ActiveScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.pool.RemoteCallsAutoConfiguration;
import io.transactionscope.test.scope.RecordedScope.State;
import io.transactionscope.test.spring.RecordScopes;
import io.transactionscope.transaction.AfterCommitException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.annotation.Transactional;

import static io.transactionscope.test.assertj.ScopeRecordsAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.Mockito.mock;

/**
 * Records of the scopes that a test has run.
 */
@SpringBootTest(classes = ScopeRecordsTests.Observed.class, properties = "spring.datasource.generate-unique-name=true")
@RecordScopes
@SuppressWarnings("NullAway.Init")
class ScopeRecordsTests {

	@Autowired
	Shop shop;

	@Autowired
	ScopeRecords scopes;

	@Autowired
	Clerk clerk;

	@Autowired
	ObservationRegistry observations;

	private final IllegalStateException failure = new IllegalStateException("sold out");

	@BeforeEach
	void openTheShop() {
		assertThat(this.scopes.all()).isEmpty();
		this.shop.scope().named("open").run(() -> {
		});
	}

	@AfterEach
	void closeTheShop() {
		this.shop.clear();
	}

	private void sell(String item) {
		this.shop.scope().named("sell").run(() -> {
			this.shop.insert(item);
			this.shop.scope().named("book").run(() -> this.shop.insert(item + "'s book"));
		});
	}

	@Test
	void sayWhatBecameOfScopes() {
		sell("pen");
		assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().named("refuse").run((tx) -> {
			tx.onCompletion((outcome) -> {
				throw new IllegalArgumentException("later");
			});
			throw this.failure;
		}));
		assertThat(this.scopes).committed("open")
			.committed("sell")
			.joined("book")
			.rolledBack("refuse")
			.rolledBack("refuse", IllegalStateException.class)
			.neverBegan("return");
		assertThat(this.scopes.all()).extracting(RecordedScope::name).containsExactly("open", "sell", "book", "refuse");
		assertThat(this.scopes.committed()).hasSize(2);
		assertThat(this.scopes.joined()).hasSize(1);
		assertThat(this.scopes.rolledBack()).singleElement().satisfies((refused) -> {
			assertThat(refused.failure()).isSameAs(this.failure);
			assertThat(refused.suppressed()).singleElement().isInstanceOf(IllegalArgumentException.class);
		});
	}

	@Test
	void countStatementsAndConnections() {
		sell("pen");
		this.shop.scope().named("both").run(() -> this.shop.scope().requiresNew().run(() -> this.shop.insert("ink")));
		assertThat(this.scopes).sentAtMost("sell", 2)
			.sentAtMost("book", 1)
			.borrowedAtMost("sell", 1)
			.borrowedAtMost("both", 2);
		assertThat(this.scopes.named("sell")).singleElement().satisfies((sell) -> {
			assertThat(sell.statements()).isEqualTo(2);
			assertThat(sell.connections()).isOne();
		});
		assertThat(this.scopes.named("book")).singleElement()
			.satisfies((book) -> assertThat(book.connections()).isZero());
		assertThat(this.scopes.named("both")).singleElement()
			.satisfies((both) -> assertThat(both.connections()).isEqualTo(2));
	}

	@Test
	void includeThoseOfOtherThreads() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			this.shop.scope()
				.named("async")
				.async(executor)
				.run(() -> this.shop.insert("pen"))
				.get(10, TimeUnit.SECONDS);
		}
		finally {
			executor.shutdown();
		}
		assertThat(this.scopes).committed("async");
		assertThat(this.scopes.named("async")).singleElement()
			.satisfies((async) -> assertThat(async.statements()).isOne());
	}

	@Test
	void includeAnnotatedMethodsButNotSavepoints() {
		this.clerk.sell();
		assertThat(this.scopes).committed("Clerk.sell");
		assertThat(this.scopes.all()).hasSize(2);
	}

	@Test
	void includeThoseThatRun() {
		this.shop.scope()
			.named("sell")
			.run(() -> assertThat(this.scopes.named("sell")).singleElement()
				.satisfies((sell) -> assertThat(sell.state()).isEqualTo(State.RUNNING)));
	}

	@Test
	void includeThoseThatAreRefused() {
		this.shop.scope()
			.run(() -> assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> this.shop.scope().named("first").outermost().run(() -> {
				})));
		assertThat(this.scopes).rolledBack("first");
	}

	@Test
	void knowOfFailuresAfterTheCommit() {
		assertThatExceptionOfType(AfterCommitException.class)
			.isThrownBy(() -> this.shop.scope().named("sell").run((tx) -> tx.afterCommit(() -> {
				throw this.failure;
			})));
		assertThat(this.scopes).committed("sell");
		assertThat(this.scopes.named("sell").get(0).failure()).isInstanceOf(AfterCommitException.class);
	}

	@Test
	void nameRemoteCalls() {
		call("before");
		assertThat(this.scopes).hasNoRemoteCalls();
		this.shop.scope().named("ask").run(() -> call("warehouse"));
		assertThat(this.scopes.named("ask").get(0).remoteCalls()).singleElement().asString().contains("warehouse");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> assertThat(this.scopes).hasNoRemoteCalls())
			.withMessageContaining("remote calls with a connection in hand, but recorded:")
			.withMessageContaining("'ask' committed (connections: 1, statements: 0, remote calls: ");
	}

	private void call(String name) {
		RequestReplySenderContext<Object, Object> context = new RequestReplySenderContext<>((carrier, key, value) -> {
		});
		context.setName(name);
		Observation.createNotStarted(name, () -> context, this.observations).observe(() -> {
		});
	}

	@Test
	void areListedWhereTheyAreNotAsExpected() {
		sell("pen");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> assertThat(this.scopes).committed("book"))
			.withMessage(String.join(System.lineSeparator(), "Expected scope 'book' to have committed, but recorded:",
					this.scopes.toString()));
		assertThat(this.scopes.toString().lines()).containsExactly("- 'open' committed (connections: 1, statements: 0)",
				"- 'sell' committed (connections: 1, statements: 2)",
				"- 'book' joined (connections: 0, statements: 1)");
	}

	@Test
	void areWantedOfThatName() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> assertThat(this.scopes).sentAtMost("none", 1));
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> assertThat(this.scopes).borrowedAtMost("none", 1));
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> assertThat(this.scopes).neverBegan("open"));
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> assertThat(this.scopes).rolledBack("open", RuntimeException.class));
	}

	@Test
	void areMadeWithoutSpringAsWell() {
		try (ScopeRecords mine = ScopeRecords.of(this.shop.scope())) {
			sell("pen");
			assertThat(mine).committed("sell");
		}
		assertThat(this.scopes).neverBegan("sell");
		sell("ink");
		assertThat(this.scopes).committed("sell");
		assertThatIllegalArgumentException().isThrownBy(() -> ScopeRecords.of(mock(TransactionScope.class)))
			.withMessageContaining("none of this library");
	}

	@Test
	@Transactional
	void sayOfATestsTransactionWhatBecameOfItsScopes() {
		sell("pen");
		assertThatIllegalStateException().isThrownBy(() -> this.shop.scope().named("refuse").run(() -> {
			throw this.failure;
		}));
		assertThat(this.scopes).committed("sell").joined("book").rolledBack("refuse");
	}

	@Nested
	class OfATestInside {

		@Test
		void areThoseOfTheTestAround() {
			sell("pen");
			assertThat(ScopeRecordsTests.this.scopes).committed("sell");
		}

	}

	/**
	 * A service with annotated methods.
	 */
	static class Clerk {

		private final Shop shop;

		Clerk(Shop shop) {
			this.shop = shop;
		}

		@ScopedTransaction
		void sell() {
			this.shop.insert("pen");
			ActiveScope.current().savepoint((tx) -> this.shop.insert("ink"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ ObservationAutoConfiguration.class, RemoteCallsAutoConfiguration.class })
	@Import({ Shop.Jdbc.class, Clerk.class })
	static class Observed {

	}

}
