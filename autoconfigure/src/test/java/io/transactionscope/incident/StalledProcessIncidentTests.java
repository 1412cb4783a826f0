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

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.StalledProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * A process that stands still, as it does when its host does: it is stopped for a while
 * by another one.
 */
@Timeout(120)
@DisabledOnOs(OS.WINDOWS)
class StalledProcessIncidentTests {

	private static final Duration STALL = Duration.ofSeconds(4);

	/** Who asks is not to be turned away before the process stands still. */
	private final Service service = new Service("spring.datasource.hikari.connection-timeout=2000");

	private final Witnesses witnesses = this.service.witnesses();

	private final CountDownLatch end = new CountDownLatch(1);

	@AfterEach
	void close() throws Exception {
		this.end.countDown();
		this.service.close();
	}

	@Test
	void aStandstillIsNamedAndNotThoseWhoHoldConnectionsMeanwhile() throws Exception {
		hold();
		FutureTask<Throwable> asking = this.service.begin("asking", () -> catchThrowable(this.service::borrow));
		await().until(() -> !this.service.ledger().snapshot().waiters().isEmpty());
		standStill();
		this.witnesses.of(StalledProcess.class, "The whole process stood still for", "the pool is not the cause")
			.butNot("held but idle", "place-order' holds")
			.exception(asking.get(60, TimeUnit.SECONDS))
			.log("the report in full")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
	}

	@Test
	void aStandstillBeforeTheWaitIsNotItsCause() throws Exception {
		hold();
		standStill();
		// Nobody has waited by then.
		this.witnesses.of(HeldButIdle.class, "held but idle", "scope 'place-order'")
			.butNot("stood still")
			.exception(catchThrowable(this.service::borrow))
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
	}

	private void hold() throws InterruptedException {
		this.service.crowd(Service.CONNECTIONS, "placing",
				(there) -> this.service.transactions().named("place-order").run(() -> {
					this.service.jdbc().queryForObject("select 1", Integer.class);
					there.run();
					this.end.await();
				}));
	}

	/** Have this process stopped by another one, which lets it go on after a while. */
	static void standStill() throws Exception {
		long began = System.nanoTime();
		long pid = ProcessHandle.current().pid();
		int exit = new ProcessBuilder("sh", "-c",
				"kill -STOP %d; sleep %d; kill -CONT %d".formatted(pid, STALL.toSeconds(), pid))
			.inheritIO()
			.start()
			.waitFor();
		assertThat(exit).isZero();
		assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(STALL);
	}

}
