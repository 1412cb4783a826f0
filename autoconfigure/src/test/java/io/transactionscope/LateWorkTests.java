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

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.stream.Stream;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.Around;
import io.transactionscope.resource.Decorator;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Bodies that return work which would go on after their block (T9).
 */
class LateWorkTests {

	private final DriverManagerDataSource dataSource = new DriverManagerDataSource(
			"jdbc:h2:mem:late;DB_CLOSE_DELAY=-1");

	private final JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);

	private final TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(this.dataSource))
		.named("late");

	LateWorkTests() {
		this.jdbc.execute("create table if not exists late (id int)");
		this.jdbc.execute("delete from late");
	}

	static List<Object> results() {
		return List.of(new CompletableFuture<>(), CompletableFuture.completedFuture("done"),
				(Flow.Publisher<String>) (subscriber) -> {
				}, (Publisher<String>) (subscriber) -> {
				}, Stream.of("lazy"));
	}

	@ParameterizedTest
	@MethodSource("results")
	void t9RollsBackABlockThatReturnsLateWork(Object result) {
		assertThatIllegalStateException().isThrownBy(() -> this.scope.call(() -> {
			this.jdbc.update("insert into late values (1)");
			return result;
		}))
			.withMessageStartingWith(
					"Scope 'late' returned " + result.getClass().getName() + ": its work would go on after the end.");
		assertThat(this.jdbc.queryForObject("select count(*) from late", Integer.class)).isZero();
	}

	@ParameterizedTest
	@MethodSource("results")
	void t9RollsBackToTheSavepointOfABlockThatReturnsLateWork(Object result) {
		this.scope.run((tx) -> {
			assertThatIllegalStateException().isThrownBy(() -> tx.callInSavepoint((inner) -> {
				this.jdbc.update("insert into late values (1)");
				return result;
			}));
			this.jdbc.update("insert into late values (2)");
		});
		assertThat(this.jdbc.queryForList("select id from late", Integer.class)).containsExactly(2);
	}

	@ParameterizedTest
	@MethodSource("results")
	void t9FailsAResourceScopeThatReturnsLateWork(Object result) {
		Outcome[] outcome = new Outcome[1];
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.call((scope) -> {
			scope.onExit((each) -> outcome[0] = each);
			return result;
		})).withMessageContaining(result.getClass().getName());
		assertThat(outcome[0].isFailure()).isTrue();
	}

	@ParameterizedTest
	@MethodSource("results")
	void t9FailsAResourceAroundABodyThatReturnsLateWork(Object result) {
		Resource<String> resource = Resource.of(() -> "held", (value, outcome) -> {
		});
		Around<String> around = (body) -> body.run("held");
		assertThatIllegalStateException().isThrownBy(() -> resource.wrap(() -> result).call());
		assertThatIllegalStateException().isThrownBy(() -> resource.wrap((argument) -> result).apply("argument"));
		assertThatIllegalStateException().isThrownBy(() -> around.call((value) -> result));
	}

	@ParameterizedTest
	@MethodSource("results")
	void a14FailsEveryDoorToABlock(Object result) {
		Resource<String> resource = Resource.of(() -> "held", (value, outcome) -> {
		});
		Around<String> around = (body) -> body.run("held");
		for (Decorator each : List.of(resource, around, Resources.none("held"))) {
			for (Callable<Object> door : List.<Callable<Object>>of(() -> each.callInside(() -> result),
					each.wrap(() -> result), () -> each.wrap((argument) -> result).apply("argument"),
					() -> each.wrapBiFunction((one, other) -> result).apply("one", "other"),
					() -> each.wrapSupplier(() -> result).get(), () -> each.wrapCheckedSupplier(() -> result).get(),
					() -> each.wrapCheckedFunction((argument) -> result).apply("argument"),
					() -> each.wrapCheckedBiFunction((one, other) -> result).apply("one", "other"))) {
				assertThatIllegalStateException().isThrownBy(door::call).withMessageContaining("would go on after");
			}
		}
		for (Callable<Object> door : List.<Callable<Object>>of(() -> this.scope.call((tx) -> result),
				() -> this.scope.nested().call(() -> result), () -> this.scope.withoutTransaction().call(() -> result),
				() -> this.scope.async(Runnable::run).call(() -> result).await())) {
			assertThatIllegalStateException().isThrownBy(door::call).withMessageContaining("would go on after");
		}
	}

	@Test
	void a14NamesTheScopeThatSuchWorkBelongsIn() {
		refuses(new CompletableFuture<>(),
				"AsyncResourceScope, or TransactionScope.async(executor) for blocking work.");
		refuses((Flow.Publisher<String>) (subscriber) -> {
		}, "ReactiveTransactionScope.");
		refuses((Publisher<String>) (subscriber) -> {
		}, "ReactiveTransactionScope.");
		refuses(Stream.of("lazy"), "a scope inside that work.");
	}

	private void refuses(Object result, String scope) {
		assertThatIllegalStateException().isThrownBy(() -> this.scope.call(() -> result))
			.withMessageEndingWith("collect it in the body and return the value, or use " + scope);
	}

	@Test
	void returnsOtherValuesAsTheyAre() {
		assertThat(this.scope.<List<String>, RuntimeException>call(() -> List.of("value"))).containsExactly("value");
	}

}
