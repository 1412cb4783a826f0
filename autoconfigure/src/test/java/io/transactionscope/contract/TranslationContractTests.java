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
import java.util.ArrayList;
import java.util.List;

import io.transactionscope.ActiveScope;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;
import io.transactionscope.test.Faults;
import io.transactionscope.test.Phase;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Resources of a block that turn its failure into another one (T3).
 */
@ForEachArrangement
class TranslationContractTests extends Contract {

	private final IOException failure = new IOException("body");

	private final List<Outcome> seen = new ArrayList<>();

	@Test
	@DisplayName("T3: what a release makes of the body's failure reaches the caller, and the rollback stays")
	void releaseTranslatesTheBodysFailure() {
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			watch(tx);
			insert(tx, "lost");
			observe(tx);
			tx.enter(wrapping());
			throw this.failure;
		});
		assertTranslated(thrown, this.failure);
		assertHeard("outer", TransactionOutcome.ROLLED_BACK);
		assertCommitted();
	}

	@Test
	@DisplayName("T3: the verb translates the body's failure")
	void verbTranslatesTheBodysFailure() {
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert(tx, "lost");
			observe(tx);
			tx.enter(Resources.translating(IOException.class, Translated::new));
			throw this.failure;
		});
		if (isTryWithResources()) {
			// It has passed the block when that is closed
			assertThat(thrown).isSameAs(this.failure).hasNoSuppressedExceptions();
		}
		else {
			assertTranslated(thrown, this.failure);
		}
		assertCommitted();
	}

	@Test
	@DisplayName("T3: a failed COMMIT is translated with its exception as the cause")
	void failureOfACommitIsTranslated() {
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert(tx, "lost");
			observe(tx);
			tx.enter(Resources.translating(Exception.class, Translated::new));
			driver().failAt(Phase.COMMIT, Faults.lostLink());
		});
		assertThat(thrown).isInstanceOf(Translated.class);
		assertThat(thrown.getCause()).isInstanceOfSatisfying(CommitFailedException.class,
				(ex) -> assertThat(ex.outcome()).isEqualTo(TransactionOutcome.UNKNOWN));
		assertThat(this.seen).containsExactly(Outcome.unknown(thrown));
	}

	@Test
	@DisplayName("T3, T6: after a commit, the failures of releases are translated among themselves")
	void failureOfAReleaseIsTranslated() {
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			insert(tx, "kept");
			observe(tx);
			tx.enter(Resources.translating(IOException.class, Translated::new));
			tx.enter((AutoCloseable) () -> {
				throw this.failure;
			});
		});
		assertThat(thrown).isInstanceOf(AfterCommitException.class)
			.cause()
			.isInstanceOf(Translated.class)
			.hasCause(this.failure);
		assertThat(this.seen).containsExactly(Outcome.succeeded());
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T3: what was entered in a joined block translates the failure that it sees at the end")
	void resourceOfAJoinedBlockTranslates() {
		assumeThat(isTryWithResources()).isFalse();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			observe(tx);
			run(Form.INNER, (inner) -> {
				inner.enter(Resources.translating(IOException.class, Translated::new));
				throw this.failure;
			});
		});
		assertTranslated(thrown, this.failure);
		assertCommitted();
	}

	@Test
	@DisplayName("T3: what was entered in a savepoint translates a failure that goes through the block")
	void resourceOfASavepointTranslatesWhatGoesThrough() {
		assumeThat(isTryWithResources()).isFalse();
		assumeSavepoints();
		Throwable thrown = thrownBy(Form.OUTER, (tx) -> {
			observe(tx);
			run(Form.NESTED, (nested) -> {
				nested.enter(Resources.translating(IOException.class, Translated::new));
				throw this.failure;
			});
		});
		assertTranslated(thrown, this.failure);
	}

	@Test
	@DisplayName("T3: what was entered in a savepoint leaves alone a failure that was caught since")
	void resourceOfASavepointLeavesWhatWasCaught() throws Throwable {
		assumeSavepoints();
		run(Form.OUTER, (tx) -> {
			insert(tx, "kept");
			observe(tx);
			assertThat(failureOf(Form.NESTED, (nested) -> {
				nested.enter(Resources.translating(IOException.class, Translated::new));
				throw this.failure;
			})).isSameAs(this.failure);
		});
		assertThat(this.failure).hasNoSuppressedExceptions();
		assertThat(this.seen).containsExactly(Outcome.succeeded());
		assertCommitted("kept");
	}

	@Test
	@DisplayName("T3: nothing is translated where a rollback was asked for and nobody gets a failure")
	void rollbackThatWasAskedForIsNotTranslated() throws Throwable {
		run(Form.OUTER, (tx) -> {
			tx.enter(Resources.translating(Exception.class, Translated::new));
			tx.setRollbackOnly("asked");
		});
		assertCommitted();
	}

	@Test
	@DisplayName("T3: a failure that the block commits on is translated, and the commit stays")
	void failureThatTheBlockCommitsOnIsTranslated() {
		assumeThat(isTryWithResources()).isFalse();
		Throwable thrown = thrownBy(Form.COMMIT_ON_IO, (tx) -> {
			insert(tx, "kept");
			observe(tx);
			tx.enter(Resources.translating(IOException.class, Translated::new));
			throw this.failure;
		});
		assertThat(thrown).isInstanceOf(Translated.class).hasCause(this.failure);
		assertThat(this.seen).containsExactly(Outcome.succeeded());
		assertCommitted("kept");
	}

	private void assumeSavepoints() {
		assumeThat(wiring()).as("Spring's JpaTransactionManager has no savepoints unless told so")
			.isNotEqualTo(Wiring.OWN_JPA_MANAGER);
	}

	private void observe(ActiveScope tx) {
		tx.enter(Resource.of(() -> "observer", (value, outcome) -> this.seen.add(outcome)));
	}

	private static Resource<String> wrapping() {
		return Resource.of(() -> "wrapping", (value, outcome) -> {
			throw new Translated(outcome.failure());
		});
	}

	private void assertTranslated(Throwable thrown, Throwable cause) {
		if (isTryWithResources()) {
			// It has passed the block when that is closed
			assertThat(thrown).isSameAs(this.failure);
			assertThat(later(thrown)).singleElement().isInstanceOf(Translated.class);
			return;
		}
		assertThat(thrown).isInstanceOf(Translated.class).hasNoSuppressedExceptions();
		assertThat(thrown.getCause()).isSameAs(cause).hasNoSuppressedExceptions();
		assertThat(this.seen).containsExactly(Outcome.failed(thrown));
	}

	static final class Translated extends RuntimeException {

		Translated() {
		}

		Translated(@Nullable Throwable cause) {
			super(cause);
		}

	}

}
