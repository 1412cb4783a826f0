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

package io.transactionscope.pool;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import com.example.payments.Leaking;
import com.example.payments.PaymentClient;
import io.transactionscope.pool.TestPool.Person;
import io.transactionscope.pool.diagnosis.Leak;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for leases that last, or that nobody is going to end.
 */
@ExtendWith(OutputCaptureExtension.class)
class LeakTests {

	private static final PoolSettings IMPATIENT = TestPool.TIMED.withLeakThreshold(Duration.ofSeconds(1));

	@Test
	void leaseThatLastsIsReportedOnceAsALongOneWithTheHoldersStack(CapturedOutput output) throws Exception {
		try (TestPool pool = new TestPool(3, IMPATIENT)) {
			PaymentClient client = new PaymentClient();
			Person person = pool.personIn("charge-card");
			AtomicReference<Connection> borrowed = new AtomicReference<>();
			Future<Boolean> call = person.begins(() -> {
				Connection connection = pool.dataSource().getConnection();
				borrowed.set(connection);
				try (Statement statement = connection.createStatement()) {
					statement.execute("select 1");
				}
				return client.charge();
			});
			await().until(() -> pool.ledger().snapshot().events().longLeases() == 1);
			// It is counted before it is logged.
			await().untilAsserted(() -> assertThat(output.toString()).contains("been held for long: 'charge-card'"));
			assertThat(output).doesNotContain("Leak")
				.contains("A connection has been held for long: 'charge-card' on thread of charge-card")
				.contains("idle between statements")
				.contains("last SQL: select ?")
				.contains("at com.example.payments.PaymentClient.charge(");
			awaitLook(pool);
			assertThat(output.getOut().split("been held for long: 'charge-card'", -1)).hasSize(2);
			client.answer();
			call.get(10, TimeUnit.SECONDS);
			assertThat(output).doesNotContain("came back");
			person.returns(Objects.requireNonNull(borrowed.get()));
			assertThat(output).contains("The connection that scope 'charge-card' had for").contains("came back");
		}
	}

	@Test
	void leaseOfAThreadThatHasEndedIsReportedAtOnce(CapturedOutput output) throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person person = pool.personIn("careless");
			person.borrows();
			person.dies();
			awaitLeaks(pool, 1);
			assertThat(output).contains("Leak, the thread has ended: 'careless' on thread of careless (ended)");
		}
	}

	@Test
	void connectionThatAnotherThreadTookOverIsNoLeak() throws Exception {
		try (TestPool pool = new TestPool(3)) {
			Person first = pool.personIn("hands-over");
			Connection handed = first.borrows();
			pool.person("takes-over").executes(handed, "select 1");
			first.dies();
			awaitLook(pool);
			assertThat(pool.ledger().snapshot().events().leaks()).isEqualTo(2);
		}
	}

	@Test
	void connectionThatALiveThreadHasLeakedIsALeakWhateverTheThreadDoesNext(CapturedOutput output) throws Exception {
		try (TestPool pool = new TestPool(3, IMPATIENT)) {
			PaymentClient client = new PaymentClient();
			Person careless = pool.person("careless");
			Future<Boolean> call = careless.begins(() -> {
				assertThat(Leaking.borrow(pool.dataSource())).isNotNull();
				return client.charge();
			});
			awaitLeaks(pool, 1);
			await().untilAsserted(() -> assertThat(output.toString())
				.contains("Leak, the thread has returned from the code that borrowed: outside of scopes on careless")
				.contains("Leaking.borrow("));
			assertThat(pool.ledger().report().diagnosis()).isEqualTo(new Leak(1, null, Abandonment.CODE_LEFT));
			client.answer();
			call.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void connectionThatIsUsedAgainIsNoLeak() throws Exception {
		try (TestPool pool = new TestPool(3, IMPATIENT)) {
			Person keeper = pool.person("keeper");
			Connection kept = keeper.borrows();
			await().until(() -> pool.ledger().snapshot().leases().get(0).abandonment() != null);
			await().untilAsserted(() -> {
				// The watch looks again, and the keeper has nothing to do again.
				keeper.executes(kept, "select 1");
				assertThat(pool.ledger().snapshot().leases().get(0).abandonment()).isNull();
			});
		}
	}

	@Test
	void leaseThatMayLastIsNeitherALeakNorLong() throws Exception {
		try (TestPool pool = new TestPool(6, IMPATIENT.withLongLived(Set.of("listening")))) {
			pool.personIn("listening").borrows();
			awaitLook(pool);
			awaitLook(pool);
			assertThat(pool.ledger().snapshot().events()).returns(4L, PoolSnapshot.Events::leaks)
				.returns(0L, PoolSnapshot.Events::longLeases);
			assertThat(pool.ledger().snapshot().leases()).filteredOn(Lease::longLived).hasSize(1);
		}
	}

	@Test
	void youngLeaseIsNoLeak(CapturedOutput output) throws Exception {
		try (TestPool pool = new TestPool(3, TestPool.TIMED.withLeakThreshold(Duration.ofSeconds(20)))) {
			pool.personIn("busy").borrows();
			awaitLook(pool);
			assertThat(pool.ledger().snapshot().events().leaks()).isEqualTo(2);
			assertThat(output).doesNotContain("held for long");
		}
	}

	@Test
	void zeroThresholdReportsNoAge() throws Exception {
		try (TestPool pool = new TestPool(3, TestPool.TIMED.withLeakThreshold(Duration.ZERO))) {
			pool.personIn("busy").borrows();
			awaitLook(pool);
			assertThat(pool.ledger().snapshot().events().leaks()).isEqualTo(2);
		}
	}

	@Test
	void borrowSiteIsReportedIfTaken(CapturedOutput output) throws Exception {
		try (TestPool pool = new TestPool(1, IMPATIENT.withBorrowSite(PoolSettings.BorrowSite.ALWAYS))) {
			pool.personIn("busy").borrows();
			awaitLeaks(pool, 1);
			// It is counted before it is logged.
			await().untilAsserted(() -> assertThat(output.toString())
				.contains("borrowed\n      at java.util.concurrent.FutureTask.run("));
		}
	}

	@Test
	void watchEndsWithTheLedger() {
		TestPool pool = new TestPool(1);
		String watch = pool.hikari().getPoolName() + ":ledger";
		assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).contains(watch);
		pool.ledger().close();
		await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
			.doesNotContain(watch));
		pool.close();
	}

	@Test
	void watchEndsWithThePool() {
		TestPool pool = new TestPool(1);
		String watch = pool.hikari().getPoolName() + ":ledger";
		pool.hikari().close();
		await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
			.doesNotContain(watch));
	}

	private static void awaitLeaks(TestPool pool, int number) {
		await().until(() -> pool.ledger().snapshot().events().leaks() == number);
	}

	/**
	 * Wait until all leases have been looked at: those of threads that end are found for
	 * certain.
	 */
	private static void awaitLook(TestPool pool) throws Exception {
		for (int i = 0; i < 2; i++) {
			long leaks = pool.ledger().snapshot().events().leaks();
			Person careless = pool.personIn("careless");
			careless.borrows();
			careless.dies();
			await().until(() -> pool.ledger().snapshot().events().leaks() > leaks);
		}
	}

}
