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

package io.transactionscope.resource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.transaction.AfterCommitException;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * An {@link Around} that is entered in a scope, as an {@code ExitStack} enters a
 * {@code contextmanager}.
 */
class EnteredAroundTests {

	private final Trace trace = new Trace();

	private final IOException failure = new IOException("body");

	private final Around<String> around = (body) -> {
		this.trace.add("setup");
		try {
			body.run("value");
			this.trace.add("success");
		}
		catch (Exception ex) {
			this.trace.add("failure: " + ex.getMessage());
			throw ex;
		}
		finally {
			this.trace.add("teardown");
		}
	};

	private final Around<String> handling = (body) -> {
		try {
			body.run("value");
		}
		catch (Exception ex) {
			this.trace.add("handled");
		}
	};

	@Test
	void staysInItsBodyUntilTheEndOfTheScope() {
		ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			assertThat(scope.<String>enter(this.around.asResource())).isEqualTo("value");
			scope.enter(this.trace.resource("inner"));
			this.trace.add("body");
		});
		this.trace.assertEvents("enter outer", "setup", "enter inner", "body", "exit inner: succeeded", "success",
				"teardown", "exit outer: succeeded");
	}

	@Test
	void seesTheFailureOfTheScopeAsTheSameInstance() {
		assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.around.asResource());
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure).hasNoSuppressedExceptions();
		this.trace.assertEvents("setup", "failure: body", "teardown");
	}

	@Test
	void seesTheFailureOfARelease() {
		assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.around.asResource());
			scope.enter(this.trace.resource("inner", this.failure));
		})).isSameAs(this.failure);
		this.trace.assertEvents("setup", "enter inner", "exit inner: succeeded", "failure: body", "teardown");
	}

	@Test
	void suppressesWhatItCatches() {
		long before = Suppressing.total();
		assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			scope.enter(this.handling.asResource());
			throw this.failure;
		}));
		assertThat(Suppressing.total()).isEqualTo(before + 1);
		this.trace.assertEvents("enter outer", "handled", "exit outer: succeeded");
	}

	@Test
	void translatesWithTheFailureAsTheCause() {
		Around<String> translating = (body) -> {
			try {
				body.run("value");
			}
			catch (IOException ex) {
				throw new IllegalStateException("translated", ex);
			}
		};
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(this.trace.resource("outer"));
			scope.enter(translating.asResource());
			throw this.failure;
		})).withMessage("translated").withCause(this.failure);
		this.trace.assertEvents("enter outer", "exit outer: failed by translated");
	}

	@Test
	void failsLaterWithWhatElseItThrows() {
		AssertionError later = new AssertionError("later");
		Around<String> failing = (body) -> {
			try {
				body.run("value");
			}
			finally {
				fail(later);
			}
		};
		assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(failing.asResource());
			throw this.failure;
		})).isSameAs(this.failure);
		assertThat(this.failure.getSuppressed()).containsExactly(later);
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> scope.enter(failing.asResource()))))
			.isSameAs(later);
	}

	@Test
	void entryFailsWithWhatTheSetupThrows() {
		Around<String> failing = (body) -> {
			throw this.failure;
		};
		assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(failing.asResource())))
			.isSameAs(this.failure);
	}

	@Test
	void entryFailsIfTheBodyIsNotRun() {
		Around<String> never = (body) -> {
		};
		assertThatIllegalStateException()
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(never.asResource())))
			.withMessageStartingWith("An Around must run its body exactly once, and did not run it");
	}

	@Test
	void releaseFailsIfTheBodyIsRunASecondTime() {
		Around<String> twice = (body) -> {
			body.run("first");
			body.run("second");
		};
		assertThatIllegalStateException()
			.isThrownBy(() -> ResourceScope
				.run((scope) -> assertThat(scope.<String>enter(twice.asResource())).isEqualTo("first")))
			.withMessageContaining("ran it a second time");
	}

	@Test
	void releaseFailsIfTheBodyIsLeftRunningOnAnotherThread() {
		Around<Thread> aside = (body) -> {
			Thread own = Thread.currentThread();
			CountDownLatch reached = new CountDownLatch(1);
			new Thread(() -> assertThatNoException().isThrownBy(() -> {
				reached.countDown();
				body.run(own);
			})).start();
			reached.await();
		};
		assertThatIllegalStateException()
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.<Thread>enter(aside.asResource()).join()));
	}

	@Test
	void scopeThatWasNotCompletedEndsItWithAnExceptionThatIsNoFailure() {
		try (ResourceScope scope = ResourceScope.open()) {
			scope.enter(this.around.asResource());
		}
		this.trace.assertEvents("setup", "failure: The scope was closed without complete()", "teardown");
	}

	@Test
	void whatFailsWhileTheScopeIsNotCompletedIsNotLost() {
		Around<String> closing = (body) -> {
			try {
				body.run("value");
			}
			catch (Exception ex) {
				ex.addSuppressed(this.failure);
				throw ex;
			}
		};
		ResourceScope scope = ResourceScope.open();
		scope.enter(closing.asResource());
		assertThatIOException().isThrownBy(scope::close).isSameAs(this.failure);
	}

	@Test
	void runsOnADaemonThreadOfItsOwnWithTheClassLoaderOfTheScopes() {
		AtomicReference<Thread> thread = new AtomicReference<>();
		Around<Thread> around = (body) -> {
			thread.set(Thread.currentThread());
			body.run(Thread.currentThread());
		};
		ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {
		};
		ClassLoader previous = Thread.currentThread().getContextClassLoader();
		Thread.currentThread().setContextClassLoader(loader);
		try (OpenResource<Thread> open = around.asResource().open()) {
			assertThat(open.value()).isSameAs(thread.get()).isNotSameAs(Thread.currentThread());
			assertThat(open.value().isDaemon()).isTrue();
			assertThat(open.value().getContextClassLoader()).isSameAs(loader);
			assertThat(open.value().getName()).startsWith(EnteredAroundTests.class.getName())
				.endsWith(" around " + Thread.currentThread().getName());
			open.complete();
		}
		finally {
			Thread.currentThread().setContextClassLoader(previous);
		}
	}

	@Test
	void interruptOfTheBodyDoesNotEndItBeforeTheScope() {
		Around<Thread> around = (body) -> {
			body.run(Thread.currentThread());
			this.trace.add("interrupted: " + Thread.currentThread().isInterrupted());
		};
		ResourceScope.run((scope) -> {
			scope.<Thread>enter(around.asResource()).interrupt();
			this.trace.add("body");
		});
		this.trace.assertEvents("body", "interrupted: true");
	}

	@Test
	void interruptOfTheScopesThreadIsPassedOnAndKept() {
		Around<String> waiting = (body) -> {
			body.run("value");
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				this.trace.add("interrupted");
			}
		};
		ResourceScope.run((scope) -> {
			scope.defer(() -> this.trace.add("outer: " + Thread.currentThread().isInterrupted()));
			scope.enter(waiting.asResource());
			Thread.currentThread().interrupt();
		});
		assertThat(Thread.interrupted()).isTrue();
		this.trace.assertEvents("interrupted", "outer: false");
	}

	@Test
	void interruptDuringTheSetupFailsTheEntry() {
		Around<String> waiting = (body) -> new CountDownLatch(1).await();
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			Thread.currentThread().interrupt();
			scope.enter(waiting.asResource());
		}));
		assertThat(Thread.interrupted()).isFalse();
	}

	@Test
	void isAResourceLikeAnyOther() throws Exception {
		Resource<Integer> both = this.around.asResource()
			.and(this.trace.resource("inner"), (value, other) -> value.length() + other.length());
		ResourceScope.run((scope) -> assertThat(scope.<Integer>enter(both)).isEqualTo(10));
		Held<String> held = this.around.asResource().acquire();
		held.release(Outcome.succeeded());
		Held<String> failed = this.around.asResource().acquire();
		failed.release(Outcome.failed(this.failure));
		this.trace.assertEvents("setup", "enter inner", "exit inner: succeeded", "success", "teardown", "setup",
				"success", "teardown", "setup", "failure: body", "teardown");
	}

	@Test
	void endsAfterTheTransactionWhoseOutcomeItCannotChange() {
		TransactionScope transactions = TransactionScope
			.create(new ScopedJdbcTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:around")));
		List<String> seen = new ArrayList<>();
		transactions.run((tx) -> {
			seen.add(tx.enter(this.around.asResource()));
			tx.afterCommit(() -> this.trace.add("committed"));
		});
		assertThat(seen).containsExactly("value");
		this.trace.assertEvents("setup", "committed", "success", "teardown");
		assertThatIOException().isThrownBy(() -> transactions.run((tx) -> {
			tx.enter(this.handling.asResource());
			throw this.failure;
		})).isSameAs(this.failure);
		transactions.run((tx) -> {
			tx.enter(this.around.asResource());
			tx.setRollbackOnly("asked");
		});
		Around<String> failing = (body) -> {
			body.run("value");
			throw this.failure;
		};
		assertThatExceptionOfType(AfterCommitException.class)
			.isThrownBy(() -> transactions.run((tx) -> tx.enter(failing.asResource())))
			.withCause(this.failure);
	}

	private static void fail(Error failure) {
		throw failure;
	}

}
