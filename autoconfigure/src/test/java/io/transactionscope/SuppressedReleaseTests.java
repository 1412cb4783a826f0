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

import java.io.IOException;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;
import io.transactionscope.transaction.AfterCommitException;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Suppression in a transaction scope (R5).
 */
class SuppressedReleaseTests {

	private final TransactionScope scope = TransactionScope
		.create(new ScopedJdbcTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:suppressed")));

	@Test
	void r5SuppressesWhatIsEnteredAfterASavepoint() {
		assertThatNoException().isThrownBy(() -> this.scope.run((tx) -> {
			tx.enter(Resources.suppressing(IOException.class));
			tx.savepoint((savepoint) -> savepoint.enter(new Failing()));
			tx.enter(new Failing());
		}));
	}

	@Test
	void r5SuppressesWhatIsEnteredInASavepointThatIsRolledBack() {
		IllegalStateException failure = new IllegalStateException("savepoint");
		assertThatNoException().isThrownBy(() -> this.scope.run((tx) -> {
			tx.enter(Resources.suppressing(IOException.class));
			assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
				savepoint.enter(new Failing());
				throw failure;
			})).isSameAs(failure);
			tx.enter(new Failing());
		}));
	}

	@Test
	void r5SuppressorInASavepointLeavesWhatWasEnteredBefore() {
		assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.enter(new Failing());
			tx.savepoint((savepoint) -> {
				savepoint.enter(Resources.suppressing(IOException.class));
				savepoint.enter(new Failing());
			});
			tx.enter(new Failing());
		})).satisfies((ex) -> assertThat(ex.getCause()).hasMessage("release").hasNoSuppressedExceptions());
	}

	@Test
	void r5SuppressesWithAConditionWhatFailsAfterTheCommit() {
		assertThatNoException().isThrownBy(() -> this.scope.run((tx) -> {
			tx.enter(Resources.suppressing(IOException.class).when((ex) -> "release".equals(ex.getMessage())));
			tx.enter(new Failing());
		}));
		assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.enter(Resources.suppressing(IOException.class).when((ex) -> "other".equals(ex.getMessage())));
			tx.enter(new Failing());
		})).satisfies((ex) -> assertThat(ex.getCause()).hasMessage("release").hasNoSuppressedExceptions());
	}

	@Test
	void t3WhatAConditionThrowsAfterTheCommitIsNotLost() {
		IllegalStateException thrown = new IllegalStateException("condition");
		assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.enter(Resources.suppressing(IOException.class).when((ex) -> {
				throw thrown;
			}));
			tx.enter(new Failing());
		})).satisfies((ex) -> {
			assertThat(ex.getCause()).hasMessage("release");
			assertThat(ex.getSuppressed()).containsExactly(thrown);
		});
	}

	@Test
	void r5SuppressesFailuresOfOneReleaseAfterTheCommit() {
		Resource<AutoCloseable> closed = Resources.suppressing(IOException.class)
			.withoutStackTrace()
			.onRelease(Resource.of(Failing::new));
		assertThatNoException().isThrownBy(() -> this.scope.run((tx) -> tx.enter(closed)));
		assertThatExceptionOfType(AfterCommitException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.enter(new Failing());
			tx.enter(closed);
		}));
		IOException body = new IOException("body");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.scope.run((tx) -> {
			tx.enter(closed);
			throw body;
		})).isSameAs(body).satisfies((ex) -> assertThat(ex).hasNoSuppressedExceptions());
	}

	private static final class Failing implements AutoCloseable {

		@Override
		public void close() throws IOException {
			throw new IOException("release");
		}

	}

}
