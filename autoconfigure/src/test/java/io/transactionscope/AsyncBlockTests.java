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
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.test.Workers;
import io.transactionscope.transaction.AfterCommitException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.MDC;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.TransactionTimedOutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Blocks on the threads of an executor, and what becomes of them when they are cancelled.
 */
@ParameterizedClass
@MethodSource("io.transactionscope.test.Workers#all")
@Timeout(60)
class AsyncBlockTests {

	private final Workers workers;

	private final HikariDataSource pool;

	private final JdbcClient jdbc;

	private final TransactionScope transactions;

	private final ExecutorService executor;

	private final CountDownLatch inBody = new CountDownLatch(1);

	private final CountDownLatch never = new CountDownLatch(1);

	private final List<Outcome> seen = new CopyOnWriteArrayList<>();

	AsyncBlockTests(Workers workers) {
		this.workers = workers;
		HikariConfig config = new HikariConfig();
		config.setDataSource(workers.database());
		config.setMaximumPoolSize(2);
		this.pool = new HikariDataSource(config);
		TrackedDataSource tracked = new TrackedDataSource(this.pool);
		this.jdbc = JdbcClient.create(tracked);
		this.jdbc.sql("drop table if exists async_block").update();
		this.jdbc.sql("create table async_block (n int)").update();
		this.transactions = TransactionScope.create(new ScopedJdbcTransactionManager(tracked)).named("later");
		this.executor = workers.executor();
	}

	@AfterEach
	void nothingIsLeft() throws InterruptedException {
		this.never.countDown();
		this.executor.shutdown();
		assertThat(this.executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		await().until(() -> this.pool.getHikariPoolMXBean().getActiveConnections() == 0);
		this.pool.close();
	}

	private TransactionScope.Async async() {
		return this.transactions.async(this.executor);
	}

	private void insert() {
		this.jdbc.sql("insert into async_block values (1)").update();
	}

	private int rows() {
		return this.jdbc.sql("select count(*) from async_block").query(Integer.class).single();
	}

	private void see(ActiveScope tx) {
		tx.enter(Resource.of(() -> "seen", (value, outcome) -> {
			assertThat(Thread.currentThread().isInterrupted()).isFalse();
			this.seen.add(outcome);
		}));
	}

	private static Outcome ended(BlockFuture<?> future) throws Exception {
		return future.ended().toCompletableFuture().get(20, TimeUnit.SECONDS);
	}

	/** Inserts a row, then waits to be interrupted. */
	private BlockFuture<String> waiting() throws InterruptedException {
		BlockFuture<String> future = async().call((tx) -> {
			see(tx);
			insert();
			this.inBody.countDown();
			this.never.await();
			return "never";
		});
		this.inBody.await();
		return future;
	}

	@Test
	void a1ValueComesOnceAllIsCommittedAndReleased() throws Exception {
		AtomicBoolean released = new AtomicBoolean();
		BlockFuture<String> future = async().call((tx) -> {
			see(tx);
			tx.enter((AutoCloseable) () -> {
				assertThat(rows()).isOne();
				released.set(true);
			});
			insert();
			return "done";
		});
		assertThat(future.get(20, TimeUnit.SECONDS)).isEqualTo("done");
		assertThat(released).isTrue();
		assertThat(this.seen).containsExactly(Outcome.succeeded());
		assertThat(ended(future)).isEqualTo(Outcome.succeeded());
	}

	@Test
	void everyFormOfABodyRuns() throws Exception {
		assertThat(async().call(() -> "plain").get()).isEqualTo("plain");
		assertThat(async().call((tx) -> tx.name()).get()).isEqualTo("later");
		assertThat(async().run(() -> insert()).get()).isNull();
		assertThat(async().run((tx) -> insert()).get()).isNull();
		assertThat(rows()).isEqualTo(2);
	}

	@Test
	void a1FailureComesAsTheSameInstanceAfterTheRollback() throws Exception {
		for (Throwable failure : List.of(new IOException("checked"), new IllegalStateException(), new LinkageError(),
				new StackOverflowError())) {
			BlockFuture<Object> future = async().call((tx) -> {
				see(tx);
				insert();
				throw failure;
			});
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(future::get)
				.extracting(Throwable::getCause)
				.isSameAs(failure);
			assertThat(catchThrowable(future::await)).isSameAs(failure);
			assertThat(ended(future)).isEqualTo(Outcome.failed(failure));
			assertThat(this.seen).containsExactly(Outcome.failed(failure));
			this.seen.clear();
			assertThat(rows()).isZero();
		}
	}

	@Test
	void blockThatOnlyAsksForARollbackHasItsValue() throws Exception {
		BlockFuture<String> future = async().call((tx) -> {
			insert();
			tx.setRollbackOnly("test");
			return "value";
		});
		assertThat(future.get()).isEqualTo("value");
		assertThat(ended(future)).isEqualTo(Outcome.failed());
		assertThat(rows()).isZero();
	}

	@Test
	void failureAfterTheCommitIsNoRollback() throws Exception {
		BlockFuture<?> future = async().run((tx) -> {
			insert();
			tx.afterCommit(() -> {
				throw new IOException("mail");
			});
		});
		assertThat(catchThrowable(future::await)).isInstanceOf(AfterCommitException.class);
		assertThat(ended(future)).isEqualTo(Outcome.succeeded());
		assertThat(rows()).isOne();
	}

	@Test
	void a14LateWorkIsRefused() {
		assertThatIllegalStateException()
			.isThrownBy(() -> async().<Object>call(() -> new CompletableFuture<>()).await())
			.withMessageStartingWith("Scope 'later' returned java.util.concurrent.CompletableFuture");
	}

	@Test
	void a5CancelInterruptsTheBodyWhichRollsBack() throws Exception {
		BlockFuture<String> future = waiting();
		assertThat(future.cancel(true)).isTrue();
		assertThat(future).isCancelled();
		Outcome outcome = ended(future);
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.failure()).isInstanceOf(InterruptedException.class);
		assertThat(this.seen).containsExactly(outcome);
		assertThat(rows()).isZero();
	}

	@Test
	void twoCancelsAreOne() throws Exception {
		BlockFuture<String> future = waiting();
		Thread other = new Thread(() -> future.cancel(true));
		other.start();
		future.cancel(false);
		other.join();
		assertThat(ended(future).isCancelled()).isTrue();
		assertThat(this.seen).hasSize(1);
	}

	@Test
	void whateverCompletesTheFutureCancels() throws Exception {
		BlockFuture<String> future = waiting();
		IOException reason = new IOException("gone");
		assertThat(future.completeExceptionally(reason)).isTrue();
		assertThat(catchThrowable(future::await)).isSameAs(reason);
		assertThat(ended(future).isCancelled()).isTrue();
		assertThat(rows()).isZero();
	}

	@Test
	void timeoutOfTheFutureCancels() throws Exception {
		BlockFuture<String> future = waiting();
		assertThat(future.orTimeout(1, TimeUnit.MILLISECONDS)).isSameAs(future);
		assertThat(catchThrowable(future::await)).isInstanceOf(TimeoutException.class);
		assertThat(ended(future).isCancelled()).isTrue();
		assertThat(rows()).isZero();
	}

	@Test
	void a5BodyThatSwallowsTheInterruptIsRolledBack() throws Exception {
		BlockFuture<String> future = async().call((tx) -> {
			see(tx);
			insert();
			this.inBody.countDown();
			try {
				this.never.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return "went on";
		});
		this.inBody.await();
		future.cancel(true);
		Outcome outcome = ended(future);
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.failure()).isInstanceOf(CancellationException.class).isSameAs(reasonOf(future));
		assertThat(this.seen).containsExactly(outcome);
		assertThat(rows()).isZero();
	}

	private static Throwable reasonOf(BlockFuture<?> future) {
		return future.handle((value, failure) -> failure).join();
	}

	@Test
	void a5CancelDoesNotCommitOnTheInterruptThatItCauses() throws Exception {
		BlockFuture<?> future = this.transactions.commitOn(InterruptedException.class).async(this.executor).run(() -> {
			insert();
			this.inBody.countDown();
			this.never.await();
		});
		this.inBody.await();
		future.cancel(true);
		assertThat(ended(future).isCancelled()).isTrue();
		assertThat(rows()).isZero();
	}

	@Test
	void a9CancelEndsTheStatementThatIsUnderWay() throws Exception {
		BlockFuture<?> future = async().run((tx) -> {
			see(tx);
			insert();
			this.inBody.countDown();
			this.jdbc.sql(this.workers.endlessQuery()).query(Integer.class).single();
		});
		this.inBody.await();
		await().until(() -> this.workers.isQuerying(this.jdbc));
		future.cancel(true);
		Outcome outcome = ended(future);
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.failure()).isInstanceOf(DataAccessException.class).hasNoSuppressedExceptions();
		assertThat(this.seen).containsExactly(outcome);
		assertThat(rows()).isZero();
		assertThat(this.workers.isQuerying(this.jdbc)).isFalse();
	}

	@Test
	void a9CancelEndsTheStatementOfABlockThatItsThreadRunsInIt() throws Exception {
		BlockFuture<?> future = async().run((tx) -> {
			see(tx);
			insert();
			this.transactions.async(Runnable::run).run(() -> {
				this.inBody.countDown();
				this.jdbc.sql(this.workers.endlessQuery()).query(Integer.class).single();
			}).await();
		});
		this.inBody.await();
		await().until(() -> this.workers.isQuerying(this.jdbc));
		future.cancel(true);
		Outcome outcome = ended(future);
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.failure()).isInstanceOf(DataAccessException.class);
		assertThat(this.seen).containsExactly(outcome);
		assertThat(rows()).isZero();
	}

	@Test
	void a9BodyThatSwallowsTheEndOfItsStatementIsInterruptedAndSendsNoOther() throws Exception {
		List<Object> went = new CopyOnWriteArrayList<>();
		BlockFuture<?> future = async().run(() -> {
			insert();
			this.inBody.countDown();
			went.add(catchThrowable(() -> this.jdbc.sql(this.workers.endlessQuery()).query(Integer.class).single()));
			went.add(Thread.currentThread().isInterrupted());
			went.add(catchThrowable(this::insert).getCause());
		});
		this.inBody.await();
		await().until(() -> this.workers.isQuerying(this.jdbc));
		future.cancel(true);
		assertThat(ended(future).failure()).isSameAs(reasonOf(future)).hasNoSuppressedExceptions();
		assertThat(went.get(0)).isInstanceOf(DataAccessException.class);
		assertThat(went.get(1)).isEqualTo(true);
		assertThat(went.get(2)).isInstanceOf(SQLException.class)
			.asString()
			.contains("The statement was not sent: scope 'later' is cancelled");
		assertThat(rows()).isZero();
	}

	@Test
	void a5CancelAfterTheCommitWasSentChangesNothing() throws Exception {
		AtomicBoolean interrupted = new AtomicBoolean(true);
		BlockFuture<?> future = async().run((tx) -> {
			insert();
			tx.afterCommit(() -> {
				this.inBody.countDown();
				await().until(() -> this.never.getCount() == 0);
				interrupted.set(Thread.currentThread().isInterrupted());
			});
		});
		this.inBody.await();
		assertThat(future.cancel(true)).isTrue();
		assertThat(future.ended().toCompletableFuture()).isNotDone();
		this.never.countDown();
		assertThat(ended(future)).isEqualTo(Outcome.succeeded());
		assertThat(interrupted).isFalse();
		assertThat(rows()).isOne();
	}

	@Test
	void a5CancelBetweenTheBodyAndTheCommitRollsBack() throws Exception {
		CountDownLatch cancelled = new CountDownLatch(1);
		BlockFuture<?> future = async().run((tx) -> {
			see(tx);
			insert();
			tx.beforeCommit(() -> {
				this.inBody.countDown();
				cancelled.await();
			});
		});
		this.inBody.await();
		future.cancel(true);
		cancelled.countDown();
		Outcome outcome = ended(future);
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.failure()).isSameAs(reasonOf(future));
		assertThat(this.seen).containsExactly(outcome);
		assertThat(rows()).isZero();
	}

	@Test
	void a5FailureOfTheBodyStaysTheFailureOfACancelledBlock() throws Exception {
		IOException own = new IOException("own");
		BlockFuture<?> future = async().run(() -> {
			this.inBody.countDown();
			try {
				this.never.await();
			}
			catch (InterruptedException ex) {
				throw own;
			}
		});
		this.inBody.await();
		future.cancel(true);
		assertThat(ended(future)).isEqualTo(Outcome.cancelled(own));
	}

	@Test
	void cancelEndsTheWaitForAConnection() throws Exception {
		AtomicBoolean begun = new AtomicBoolean();
		CountDownLatch held = new CountDownLatch(2);
		Workers threads = this.workers;
		ExecutorService holders = threads.executor();
		List<BlockFuture<?>> holding = new CopyOnWriteArrayList<>();
		for (int i = 0; i < 2; i++) {
			holding.add(this.transactions.async(holders).run(() -> {
				insert();
				held.countDown();
				this.never.await();
			}));
		}
		held.await();
		BlockFuture<?> future = async().run(() -> begun.set(true));
		await().until(() -> this.pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
		future.cancel(true);
		assertThat(ended(future).isCancelled()).isTrue();
		assertThat(begun).isFalse();
		this.never.countDown();
		assertThat(holding).allSatisfy((each) -> assertThat(ended(each)).isEqualTo(Outcome.succeeded()));
		holders.shutdown();
		assertThat(holders.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void taskThatItsScopeCancelsWhileItWaitsForAConnectionIsNoFailure() throws Exception {
		CountDownLatch held = new CountDownLatch(2);
		for (int i = 0; i < 2; i++) {
			assertThat(async().run(() -> {
				held.countDown();
				this.never.await();
			})).isNotDone();
		}
		held.await();
		ResourceScope.run((scope) -> {
			CompletableFuture<?> task = scope.fork(this.executor, () -> this.transactions.call(() -> "begun"));
			await().until(() -> this.pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
			assertThat(task.cancel(true)).isTrue();
		});
	}

	@Test
	void noLaterTaskOfTheThreadIsInterrupted() throws Exception {
		ExecutorService single = this.workers.single();
		try {
			for (int i = 0; i < 200; i++) {
				BlockFuture<?> future = this.transactions.async(single).run(() -> {
					for (int j = 0; j < 20; j++) {
						Thread.onSpinWait();
					}
				});
				Future<Boolean> next = single.submit(() -> {
					for (int j = 0; j < 1000; j++) {
						Thread.onSpinWait();
					}
					return Thread.currentThread().isInterrupted();
				});
				if (i % 2 == 0) {
					ended(future);
				}
				future.cancel(true);
				assertThat(next.get()).isFalse();
			}
		}
		finally {
			single.shutdown();
		}
	}

	@Test
	void blockThatIsCancelledInTheQueueNeverBegins() throws Exception {
		ExecutorService single = this.workers.single();
		AtomicBoolean begun = new AtomicBoolean();
		single.execute(() -> await().until(() -> this.never.getCount() == 0));
		BlockFuture<?> future = this.transactions.async(single).run(() -> begun.set(true));
		future.cancel(true);
		assertThat(future.ended().toCompletableFuture()).isDone();
		assertThat(ended(future)).isEqualTo(Outcome.cancelled(reasonOf(future)));
		this.never.countDown();
		single.shutdown();
		assertThat(single.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		assertThat(begun).isFalse();
	}

	@Test
	void a9DeadlineThatPassesInTheQueueIsToldInTime() throws Exception {
		ExecutorService single = this.workers.single();
		AtomicBoolean begun = new AtomicBoolean();
		single.execute(() -> await().until(() -> this.never.getCount() == 0));
		BlockFuture<?> future = this.transactions.timeout(Duration.ofMillis(50))
			.async(single)
			.run(() -> begun.set(true));
		assertThat(catchThrowable(future::await)).isInstanceOf(TransactionTimedOutException.class)
			.hasMessage("Scope 'later' passed its deadline of PT0.05S in the queue of its executor, and was not begun");
		assertThat(ended(future).failure()).isSameAs(reasonOf(future));
		this.never.countDown();
		single.shutdown();
		assertThat(single.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		assertThat(begun).isFalse();
	}

	@Test
	void a9DeadlineIsCountedFromTheCall() throws Exception {
		ExecutorService single = this.workers.single();
		single.execute(() -> await().until(() -> this.never.getCount() == 0));
		Duration timeout = Duration.ofSeconds(20);
		long start = System.nanoTime();
		BlockFuture<Long> future = this.transactions.timeout(timeout)
			.async(single)
			.call(() -> Borrower.current().deadline());
		long called = System.nanoTime();
		await().until(() -> System.nanoTime() - called > 100_000_000);
		this.never.countDown();
		assertThat(future.get()).isBetween(start + timeout.toNanos(), called + timeout.toNanos());
		single.shutdown();
	}

	@Test
	void a9DeadlineEndsTheBlockAsInTheBlockingForm() {
		BlockFuture<?> future = this.transactions.timeout(Duration.ofSeconds(1))
			.async(this.executor)
			.run(() -> this.jdbc.sql(this.workers.endlessQuery()).query(Integer.class).single());
		assertThat(catchThrowable(future::await)).isInstanceOf(QueryTimeoutException.class);
		assertThat(future.isCancelled()).isFalse();
	}

	@Test
	void blockThatTheExecutorRefusesFails() throws Exception {
		ExecutorService closed = this.workers.single();
		closed.shutdown();
		BlockFuture<?> future = this.transactions.timeout(Duration.ofHours(1)).async(closed).run(() -> insert());
		Throwable refusal = catchThrowable(future::await);
		assertThat(refusal).isInstanceOf(RejectedExecutionException.class);
		assertThat(ended(future)).isEqualTo(Outcome.failed(refusal));
		OutOfMemoryError error = new OutOfMemoryError("unable to create native thread");
		assertThat(catchThrowable(() -> this.transactions.async((task) -> {
			throw error;
		}).run(() -> insert()).await())).isSameAs(error);
	}

	@Test
	void blockThatItsCallerRunsJoins() {
		this.transactions.run(() -> {
			BlockFuture<Integer> inner = this.transactions.async(Runnable::run).call(() -> {
				insert();
				return rows();
			});
			assertThat(inner.join()).isOne();
			assertThat(inner.cancel(true)).isFalse();
		});
		assertThat(rows()).isOne();
	}

	@Test
	void cancelOfAFutureThatIsDoneDoesNothing() throws Exception {
		BlockFuture<String> future = async().call(() -> "value");
		assertThat(future.get()).isEqualTo("value");
		assertThat(future.cancel(true)).isFalse();
		assertThat(ended(future)).isEqualTo(Outcome.succeeded());
	}

	@Test
	void callersContextIsTheBodys() throws Exception {
		ClassLoader own = Thread.currentThread().getContextClassLoader();
		ClassLoader given = new ClassLoader(own) {
		};
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler((context) -> true);
		Observation observation = Observation.start("caller", registry);
		MDC.put("order", "42");
		Thread.currentThread().setContextClassLoader(given);
		BlockFuture<List<Object>> future;
		try (Observation.Scope scope = observation.openScope()) {
			assertThat(scope.getCurrentObservation()).isSameAs(observation);
			future = this.transactions.observationRegistry(registry)
				.async(this.executor)
				.call(() -> List.of(MDC.get("order"), Thread.currentThread().getContextClassLoader(),
						Objects.requireNonNull(registry.getCurrentObservation())
							.getContextView()
							.getParentObservation()));
		}
		finally {
			Thread.currentThread().setContextClassLoader(own);
			MDC.clear();
		}
		assertThat(future.get()).containsExactly("42", given, observation);
	}

	@Test
	void withoutAnExecutorThereIsNoDefault() {
		assertThatIllegalStateException().isThrownBy(this.transactions::async)
			.withMessageContaining("call async(executor), or set one with asyncExecutor(executor)");
		assertThat(this.transactions.asyncExecutor(this.executor).readOnly().async().call(() -> "set").join())
			.isEqualTo("set");
	}

}
