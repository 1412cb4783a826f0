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

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariPoolMXBean;
import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Deadlocks that become complete while all of their threads wait already.
 */
@Timeout(120)
class ResumedPoolIncidentTests {

	private final Service service = new Service("spring.datasource.hikari.allow-pool-suspension=true",
			"spring.datasource.hikari.connection-timeout=20000");

	private final Witnesses witnesses = this.service.witnesses();

	@AfterEach
	void close() throws Exception {
		this.service.close();
	}

	@Test
	void deadlockThatIsCompleteOnceThePoolIsResumedIsEnded() throws Exception {
		List<Future<Boolean>> nested = resumeWith(Service.CONNECTIONS);
		List<Throwable> failures = new ArrayList<>();
		for (Future<Boolean> each : nested) {
			Throwable failure = catchThrowable(() -> each.get(60, TimeUnit.SECONDS));
			if (failure != null) {
				failures.add(failure);
			}
		}
		assertThat(failures).isNotEmpty()
			.hasSizeLessThan(Service.CONNECTIONS)
			.allSatisfy((failure) -> assertThat(failure).hasRootCauseInstanceOf(PoolDeadlockException.class)
				.rootCause()
				.message()
				.contains("deadlock", "'outer'", "'inner'"));
		this.witnesses.of(SelfDeadlock.class, "'outer'", "'inner'")
			.butNot("suspended")
			.exception(failures.get(0), "deadlock")
			.log("the report in full")
			.health("DEGRADED")
			.page()
			.meter("deadlocks", failures.size())
			.meter("exhaustions", 0);
	}

	@Test
	void threadsThatStillFindAConnectionOnceThePoolIsResumedAreNone() throws Exception {
		for (Future<Boolean> each : resumeWith(Service.CONNECTIONS - 1)) {
			assertThat(each.get(60, TimeUnit.SECONDS)).isTrue();
		}
		this.witnesses.areSilent();
	}

	/** Let so many hold a connection and ask for another one before it is resumed. */
	private List<Future<Boolean>> resumeWith(int threads) throws InterruptedException {
		CountDownLatch begun = new CountDownLatch(threads);
		CountDownLatch suspended = new CountDownLatch(1);
		List<Future<Boolean>> nested = new ArrayList<>();
		for (int i = 0; i < threads; i++) {
			nested.add(this.service.begin("nesting-" + i, () -> this.service.transactions().named("outer").call(() -> {
				begun.countDown();
				suspended.await();
				return this.service.transactions().named("inner").requiresNew().call(() -> true);
			})));
		}
		begun.await();
		HikariPoolMXBean pool = this.service.pool().getHikariPoolMXBean();
		pool.suspendPool();
		suspended.countDown();
		await().until(() -> this.service.ledger().snapshot().waiters().size() == threads);
		pool.resumePool();
		return nested;
	}

}
