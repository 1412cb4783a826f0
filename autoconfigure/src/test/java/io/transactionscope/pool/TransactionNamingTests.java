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

package io.transactionscope.pool;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;
import javax.sql.DataSource;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link TransactionNaming}.
 */
class TransactionNamingTests {

	private final TestPool pool = new TestPool(2);

	private final JdbcTransactionManager transactionManager = transactionManager(this.pool.dataSource());

	@AfterEach
	void close() {
		this.pool.close();
	}

	@Test
	void leaseOfATransactionHasItsName() {
		assertThat(in("com.example.shop.OrderService.place", this::scopes)).containsExactly("OrderService.place");
		assertThat(Borrower.current().name()).isNull();
	}

	@Test
	void managerOfOursNamesItsTransactionsLikewise() {
		ScopedJdbcTransactionManager ours = new ScopedJdbcTransactionManager(this.pool.dataSource());
		List<String> scopes = template(ours, "com.example.shop.OrderService.place").execute((status) -> scopes());
		assertThat(scopes).containsExactly("OrderService.place");
		assertThat(this.pool.ledger().snapshot().scopes()).extracting(ScopeStatistics::scope)
			.containsExactly("OrderService.place");
	}

	@Test
	void onlyWhatIsBorrowedAsATransactionBeginsIsKnownToBeItsOwn() {
		in("com.example.shop.OrderService.place", () -> {
			assertThat(confined()).containsExactly(true);
			assertThat(confinedWithAnother()).containsExactlyInAnyOrder(true, false);
			return true;
		});
		assertThat(Borrower.current().isBeginning()).isFalse();
	}

	@Test
	void onlyWhatAManagerOfOursBorrowsAtTheBeginIsKnownToBeItsOwn() {
		ScopedJdbcTransactionManager ours = new ScopedJdbcTransactionManager(this.pool.dataSource());
		template(ours, "com.example.shop.OrderService.place").executeWithoutResult((status) -> {
			assertThat(confined()).containsExactly(true);
			assertThat(Borrower.current().isBeginning()).isFalse();
		});
	}

	private List<Boolean> confinedWithAnother() {
		try (Connection another = this.pool.dataSource().getConnection()) {
			assertThat(another).isNotNull();
			return confined();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private List<Boolean> confined() {
		return LedgerEntry.lentBy(this.pool.ledger().watched()).stream().map(LedgerEntry::isConfined).toList();
	}

	@Test
	void nameThatIsNoMethodsIsKept() {
		assertThat(in("nightly.import", this::scopes)).containsExactly("nightly.import");
		assertThat(in("OrderService.place", this::scopes)).containsExactly("OrderService.place");
		assertThat(in("import", this::scopes)).containsExactly("import");
	}

	@Test
	void transactionWithoutANameIsUnnamed() {
		assertThat(in(null, this::scopes)).containsExactly("unnamed transaction");
	}

	@Test
	void connectionThatIsFetchedLazilyHasTheNameToo() {
		DataSource lazy = new LazyConnectionDataSourceProxy(this.pool.dataSource());
		TransactionTemplate template = template(transactionManager(lazy), "com.example.Lazy.read");
		List<String> scopes = template.execute((status) -> {
			assertThat(scopes()).isEmpty();
			JdbcClient.create(lazy).sql("select 1").query(Integer.class).single();
			return scopes();
		});
		assertThat(scopes).containsExactly("Lazy.read");
	}

	@Test
	void innerTransactionHasItsOwnNameAndThenTheOuterOneAgain() {
		in("com.example.Outer.run", () -> {
			TransactionTemplate inner = template(this.transactionManager, "com.example.Inner.run");
			inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
			assertThat(inner.<List<String>>execute((status) -> scopes())).containsExactly("Outer.run", "Inner.run");
			assertThat(Borrower.current().name()).isEqualTo("com.example.Outer.run");
			return true;
		});
		assertThat(Borrower.current().name()).isNull();
	}

	@Test
	void joinedTransactionKeepsTheOuterName() {
		in("com.example.Outer.run", () -> {
			in("com.example.Inner.run", () -> assertThat(Borrower.current().name()).isEqualTo("com.example.Outer.run"));
			return true;
		});
	}

	@Test
	void savepointHasItsOwnName() {
		in("com.example.Outer.run", () -> {
			TransactionTemplate nested = template(this.transactionManager, "com.example.Nested.run");
			nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
			nested.executeWithoutResult(
					(status) -> assertThat(Borrower.current().name()).isEqualTo("com.example.Nested.run"));
			assertThat(Borrower.current().name()).isEqualTo("com.example.Outer.run");
			return true;
		});
	}

	@Test
	void nameOfAScopeComesBackAfterTheTransaction() {
		String previous = Borrower.current().exchangeName("scope");
		in("com.example.Inner.run", this::scopes);
		assertThat(Borrower.current().exchangeName(previous)).isEqualTo("scope");
	}

	@Test
	void nameIsGoneAfterARollback() {
		assertThatIllegalStateException().isThrownBy(() -> in("com.example.Failing.run", () -> {
			throw new IllegalStateException("Out of stock");
		}));
		assertThat(Borrower.current().name()).isNull();
	}

	@Test
	void nameIsGoneAfterATransactionOfWhoseEndNobodyTells() {
		IllegalTransactionStateException failure = new IllegalTransactionStateException("Not today");
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> in("com.example.Outer.run", () -> {
				TransactionTemplate inner = template(this.transactionManager, "com.example.Failing.run");
				inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
				assertThatExceptionOfType(IllegalTransactionStateException.class)
					.isThrownBy(() -> inner.executeWithoutResult((status) -> failBeforeCommit(failure)))
					.isSameAs(failure);
				assertThat(Borrower.current().name()).isEqualTo("com.example.Outer.run");
				failBeforeCommit(new IllegalTransactionStateException("Nor tomorrow"));
				return true;
			}));
		assertThat(Borrower.current().exchangeName(null)).isNull();
		assertThat(in("com.example.Next.run", this::scopes)).containsExactly("Next.run");
		assertThat(Borrower.current().name()).isNull();
	}

	@Test
	void nameIsGoneAlthoughAnotherListenerFails() {
		this.transactionManager.setTransactionExecutionListeners(List.of(new TransactionExecutionListener() {

			@Override
			public void afterCommit(TransactionExecution transaction, @Nullable Throwable commitFailure) {
				throw new IllegalStateException("Out of order");
			}

		}, new TransactionNaming()));
		assertThatIllegalStateException().isThrownBy(() -> in("com.example.Heard.run", this::scopes));
		assertThat(Borrower.current().name()).isNull();
	}

	private static void failBeforeCommit(RuntimeException failure) {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void beforeCommit(boolean readOnly) {
				throw failure;
			}

		});
	}

	@Test
	void nameIsGoneIfTheTransactionCannotBegin() {
		this.pool.hikari().close();
		assertThatExceptionOfType(CannotCreateTransactionException.class)
			.isThrownBy(() -> in("com.example.Failing.run", this::scopes));
		assertThat(Borrower.current().name()).isNull();
	}

	private List<String> scopes() {
		return this.pool.ledger().snapshot().leases().stream().map(Lease::scope).toList();
	}

	private <T> T in(@Nullable String name, Supplier<T> body) {
		return template(this.transactionManager, name).execute((status) -> body.get());
	}

	private static TransactionTemplate template(JdbcTransactionManager transactionManager, @Nullable String name) {
		TransactionTemplate template = new TransactionTemplate(transactionManager);
		if (name != null) {
			template.setName(name);
		}
		return template;
	}

	private static JdbcTransactionManager transactionManager(DataSource dataSource) {
		JdbcTransactionManager transactionManager = new JdbcTransactionManager(dataSource);
		transactionManager.setTransactionExecutionListeners(List.of(new TransactionNaming()));
		transactionManager.setNestedTransactionAllowed(true);
		return transactionManager;
	}

}
