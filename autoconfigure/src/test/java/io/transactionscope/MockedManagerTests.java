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

import java.util.ArrayList;
import java.util.List;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.transaction.ScopePropagation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.jta.JtaTransactionManager;
import org.springframework.transaction.support.SimpleTransactionStatus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

/**
 * Blocks over a manager that a test has made, which does not do all that Spring's do.
 */
class MockedManagerTests {

	private final PlatformTransactionManager manager = mock(PlatformTransactionManager.class);

	private final TransactionScope scope = TransactionScope.create(this.manager).named("mocked");

	@Test
	void runsWhereTheManagerGivesNoStatus() {
		assertThat(this.scope.<String, RuntimeException>call(() -> "value")).isEqualTo("value");
		verify(this.manager).commit(any());
		verify(this.manager, never()).rollback(any());
	}

	@Test
	void t1CommitsOnceWhereTheManagerDoesNotNoteIt() {
		SimpleTransactionStatus status = new SimpleTransactionStatus();
		when(this.manager.getTransaction(any())).thenReturn(status);
		this.scope.run(() -> {
		});
		verify(this.manager).commit(status);
		verify(this.manager, never()).rollback(any());
	}

	@Test
	void t1RollsBackOnceWhereTheManagerDoesNotNoteIt() {
		SimpleTransactionStatus status = new SimpleTransactionStatus();
		when(this.manager.getTransaction(any())).thenReturn(status);
		assertThatIllegalStateException().isThrownBy(() -> this.scope.run(() -> {
			throw new IllegalStateException("body");
		})).withMessage("body").withNoCause();
		verify(this.manager).rollback(status);
		verify(this.manager, never()).commit(any());
	}

	@ParameterizedTest
	@MethodSource("managers")
	void runsInEveryWayAsTheTemplateDoes(Class<? extends PlatformTransactionManager> type) {
		for (TransactionStatus status : new TransactionStatus[] { null, mock(TransactionStatus.class) }) {
			for (ScopePropagation propagation : ScopePropagation.values()) {
				PlatformTransactionManager manager = mock(type);
				when(manager.getTransaction(any())).thenReturn(status);
				TransactionScope scope = TransactionScope.create(manager).propagation(propagation);
				List<String> events = new ArrayList<>();
				String value = scope.call((tx) -> {
					tx.beforeCommit(() -> events.add("before commit"));
					tx.afterCommit(() -> events.add("after commit"));
					return "value";
				});
				assertThat(value).isEqualTo("value");
				assertThat(events).as("%s", propagation).containsExactly("before commit", "after commit");
				verify(manager).commit(any());
				verify(manager, never()).rollback(any());
			}
		}
	}

	@ParameterizedTest
	@MethodSource("managers")
	void rollsBackInEveryWayAsTheTemplateDoes(Class<? extends PlatformTransactionManager> type) {
		for (TransactionStatus status : new TransactionStatus[] { null, mock(TransactionStatus.class) }) {
			PlatformTransactionManager manager = mock(type);
			when(manager.getTransaction(any())).thenReturn(status);
			assertThatIllegalStateException()
				.isThrownBy(() -> TransactionScope.create(manager).outermost().run((tx) -> {
					throw new IllegalStateException("body");
				}))
				.withMessage("body");
			verify(manager).rollback(any());
			verify(manager, never()).commit(any());
		}
	}

	static List<Class<? extends PlatformTransactionManager>> managers() {
		return List.of(PlatformTransactionManager.class, DataSourceTransactionManager.class,
				JdbcTransactionManager.class, ScopedJdbcTransactionManager.class, JpaTransactionManager.class,
				ScopedJpaTransactionManager.class, JtaTransactionManager.class);
	}

}
