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

package io.transactionscope.incident;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.SuspectedDeadlock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Futures that are joined inside of a scope.
 */
@Timeout(120)
class JoinIncidentTests {

	private final Service service = new Service();

	private final Witnesses witnesses = this.service.witnesses();

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final CountDownLatch go = new CountDownLatch(1);

	@AfterEach
	void close() throws Exception {
		this.executor.shutdownNow();
		this.service.close();
	}

	@Test
	void futuresThatNeedAConnectionAreSuspectedWithTheCallThatJoinsThem() throws Exception {
		List<FutureTask<Void>> holders = this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					this.go.await();
					Future<?> stock = this.executor.submit(() -> {
						this.service.borrow();
						return true;
					});
					stock.get();
				}));
		this.go.countDown();
		// What the first who are turned away give back may be enough for the others.
		Throwable failure = holders.stream()
			.map((holder) -> catchThrowable(() -> holder.get(60, TimeUnit.SECONDS)))
			.filter(Objects::nonNull)
			.findFirst()
			.orElseThrow();
		assertThat(failure).hasRootCauseInstanceOf(PoolExhaustedException.class)
			.rootCause()
			.isNotInstanceOf(PoolDeadlockException.class);
		this.witnesses
			.of(SuspectedDeadlock.class, "wait for other threads (FutureTask.get)", "scope 'place-order'",
					"a deadlock, if it is those")
			.butNot("held but idle", "maximum-pool-size")
			.exception(failure)
			.log("the report in full", "at java.util.concurrent.FutureTask.get(")
			.health("DEGRADED")
			.page()
			.meter("deadlocks", 0);
		assertThat(this.witnesses.since("exhaustions")).isPositive();
	}

	@Test
	void whoIsTurnedAwayWhileHoldersLeaveIsToldOfTheSameFutures() throws Exception {
		CountDownLatch turnedAway = new CountDownLatch(Service.CONNECTIONS);
		AtomicInteger order = new AtomicInteger();
		List<FutureTask<Void>> holders = this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					this.go.await();
					// Far enough from each other that each gets a report of its own.
					Thread.sleep(order.getAndIncrement() * 120L);
					Future<?> stock = this.executor.submit(() -> {
						this.service.borrow();
						return true;
					});
					try {
						stock.get();
					}
					finally {
						turnedAway.countDown();
						// Whoever awaited the latch would wait for other threads, too.
						while (turnedAway.getCount() > 0) {
							Thread.sleep(1);
						}
					}
				}));
		this.go.countDown();
		Witnesses.Statement statement = this.witnesses
			.of(SuspectedDeadlock.class, "wait for other threads (FutureTask.get)", "scope 'place-order'")
			.butNot("held but idle");
		for (FutureTask<Void> holder : holders) {
			statement.exception(catchThrowable(holder::get));
		}
		statement.log().health("DEGRADED").page().meter("exhaustions", Service.CONNECTIONS);
		assertThat(this.witnesses.ofOurs("WARN")).noneMatch((event) -> event.contains("held but idle"));
		assertThat(this.service.page().at("/reports")).singleElement()
			.extracting((report) -> report.at("/count").asInt())
			.isEqualTo(Service.CONNECTIONS);
	}

	@Test
	void futuresThatNeedNoneAreNot() throws Exception {
		CountDownLatch answer = new CountDownLatch(1);
		List<FutureTask<Void>> holders = this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					Future<?> call = this.executor.submit(() -> {
						answer.await();
						return true;
					});
					there.run();
					call.get();
				}));
		this.witnesses.of(HeldButIdle.class, "held but idle", "scope 'place-order'")
			.butNot("eadlock")
			.exception(catchThrowable(this.service::borrow), "at java.util.concurrent.FutureTask.get(")
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		answer.countDown();
		await().until(() -> holders.stream().allMatch(Future::isDone));
		assertThat(this.service.page().at("/diagnosis/kind").asString()).isEqualTo("TurnedAway");
	}

}
