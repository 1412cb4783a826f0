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

import java.sql.Connection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.LongHolders;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import org.springframework.context.PayloadApplicationEvent;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalApplicationListener;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Connections whose present use says little: what counts is where their time went, and
 * who they belong to.
 */
@Timeout(120)
class TimeSpentIncidentTests {

	@SuppressWarnings("NullAway.Init") // Before all tests
	private static Service service;

	private final Witnesses witnesses = service.witnesses();

	@BeforeAll
	static void start() {
		service = new Service();
	}

	@AfterAll
	static void close() throws Exception {
		service.close();
	}

	@Test
	void aLoopOfRemoteCallsIsHeldButIdleThoughStatementsRunAtThisMoment() throws Exception {
		List<FutureTask<Void>> holders = service.crowd(Service.CONNECTIONS, "syncing",
				(there) -> service.transactions().named("sync-stock").run(() -> {
					for (int i = 0; i < 20; i++) {
						service.jdbc().queryForObject("select 1", Integer.class);
						remoteCall();
					}
					there.run();
					service.jdbc().queryForObject("select count(pg_sleep(2.5))", Integer.class);
				}));
		this.witnesses
			.of(HeldButIdle.class, "Connections are held but idle", "scope 'sync-stock'", "between its statements")
			.butNot("held for long by statements", "a missing index")
			.exception(turnedAway(), "in a statement for")
			.log("in a statement for")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		assertThat(latestReport().at("/diagnosis/details/scope").asString()).isEqualTo("sync-stock");
		assertThat(latestReport().at("/diagnosis/details/idleShare").asDouble()).isGreaterThan(0.5);
		finish(holders);
	}

	@Test
	void aLoopOfStatementsIsNotThoughNoneRunsAtThisMoment() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		List<FutureTask<Void>> holders = service.crowd(Service.CONNECTIONS, "closing",
				(there) -> service.transactions().named("close-books").run(() -> {
					for (int i = 0; i < 8; i++) {
						service.jdbc().queryForObject("select count(pg_sleep(0.4))", Integer.class);
					}
					there.run();
					end.await();
				}));
		this.witnesses.of(LongHolders.class, "held for long by statements", "scope 'close-books'")
			.butNot("held but idle", "remote call")
			.exception(turnedAway())
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		end.countDown();
		finish(holders);
	}

	@Test
	void whoeverListensForTheCommitAlreadyIsNotToldTo() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		List<FutureTask<Void>> holders = service.crowd(Service.CONNECTIONS, "placing", (there) -> {
			TransactionalApplicationListener<PayloadApplicationEvent<String>> listener = TransactionalApplicationListener
				.forPayload(TransactionPhase.AFTER_COMMIT, (order) -> {
					there.run();
					await(end);
				});
			transaction("place-order").executeWithoutResult((status) -> {
				service.jdbc().queryForObject("select 1", Integer.class);
				listener.onApplicationEvent(new PayloadApplicationEvent<>(this, "order"));
			});
		});
		this.witnesses
			.of(HeldButIdle.class, "held but idle", "scope 'place-order'", "in a callback that Spring runs", "@Async")
			.butNot("Move what comes after", "open-in-view")
			.exception(turnedAway())
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		assertThat(latestReport().at("/diagnosis/details/part").asString()).isEqualTo("IN_COMPLETION_CALLBACK");
		end.countDown();
		finish(holders);
	}

	@Test
	void whoeverHasCommittedAndHoldsOnIsToldWhatToMove() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		List<FutureTask<Void>> holders = service.crowd(Service.CONNECTIONS, "printing", (there) -> {
			try (Connection connection = service.dataSource().getConnection()) {
				connection.setAutoCommit(false);
				connection.createStatement().execute("select 1");
				connection.commit();
				there.run();
				end.await();
			}
		});
		this.witnesses
			.of(HeldButIdle.class, "held but idle", "code outside of any scope holds one", "after its last statement",
					"afterCommit")
			.butNot("open-in-view", "AFTER_COMMIT", "current scope")
			.exception(turnedAway())
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		end.countDown();
		finish(holders);
	}

	private static void remoteCall() throws InterruptedException {
		TimeUnit.MILLISECONDS.sleep(150);
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static TransactionTemplate transaction(String name) {
		TransactionTemplate template = new TransactionTemplate(service.bean(PlatformTransactionManager.class));
		template.setName(name);
		return template;
	}

	/** What somebody gets in a scope of another name. */
	private static Throwable turnedAway() {
		return catchThrowable(
				() -> service.transactions().named("cancel-order").run(() -> service.jdbc().execute("select 1")));
	}

	private static JsonNode latestReport() {
		return service.page().at("/reports/0");
	}

	private static void finish(List<FutureTask<Void>> holders) throws Exception {
		for (FutureTask<Void> holder : holders) {
			holder.get(30, TimeUnit.SECONDS);
		}
	}

}
