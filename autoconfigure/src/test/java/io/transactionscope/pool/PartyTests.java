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

import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.example.orders.ExchangeRates;
import io.transactionscope.pool.diagnosis.BlockedEventLoop;
import io.transactionscope.pool.diagnosis.Leak;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.inquiry.DatabaseInquiry;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.snapshot.PoolSnapshot.State;
import io.transactionscope.pool.snapshot.ServerProcess;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Party}: the ledger knows neither threads nor HikariCP.
 */
class PartyTests {

	private final StubPool pool = new StubPool(2);

	private final Subscription first = new Subscription("first");

	private final Subscription second = new Subscription("second");

	@Test
	void twoThatWaitForEachOtherAreADeadlock() {
		hold(this.first);
		hold(this.second);
		wait(this.first);
		assertThat(Deadlock.of(this.pool)).as("as long as one of them works").isNull();
		wait(this.second);
		assertThat(Deadlock.of(this.pool)).isNotNull().satisfies((deadlock) -> {
			assertThat(deadlock.involves(this.first)).isTrue();
			assertThat(deadlock.isProven()).isTrue();
			assertThat(deadlock.diagnosis().floor()).isEqualTo(3);
		});
		PoolReport report = report();
		assertThat(report.diagnosis()).isInstanceOf(SelfDeadlock.class);
		assertThat(report.text()).contains("subscription of first", "first holds", "second holds");
	}

	@Test
	void noDeadlockAsLongAsThePoolHasReplacedAConnectionThatIsNotClosedYet() {
		hold(this.first);
		hold(this.second);
		wait(this.first);
		wait(this.second);
		this.pool.replaced = 1;
		assertThat(report().diagnosis()).isNotInstanceOf(SelfDeadlock.class);
	}

	@Test
	void whatOneLeavesBehindIsALeak() {
		hold(this.first);
		this.first.alive = false;
		assertThat(report().diagnosis()).asInstanceOf(type(Leak.class)).returns(1, Leak::leases);
	}

	@Test
	void whoeverGivesBackIsCountedForTheHolder() {
		StubLease lease = hold(this.first);
		hold(this.first);
		assertThat(this.first.holds()).isEqualTo(2);
		lease.end();
		assertThat(this.first.holds()).isOne();
		assertThat(LedgerEntry.lentBy(this.pool)).hasSize(1);
	}

	@Test
	void connectionGoesBackAlsoWhereTheLogFailsWithAnError() {
		StubLease lease = hold(this.first);
		assertThat(lease.report(true)).isTrue();
		Logger logger = (Logger) LoggerFactory.getLogger(PoolLedger.class);
		AtomicInteger asked = new AtomicInteger();
		AppenderBase<ILoggingEvent> broken = new AppenderBase<>() {

			@Override
			protected void append(ILoggingEvent event) {
				asked.incrementAndGet();
				throw new LinkageError("while it was logged");
			}

		};
		broken.setContext(logger.getLoggerContext());
		broken.start();
		logger.addAppender(broken);
		try {
			lease.end();
		}
		finally {
			logger.detachAppender(broken);
		}
		assertThat(asked).hasPositiveValue();
	}

	@Test
	void watchGoesOnAfterALookThatFailsWithAnError() {
		this.pool.failures.set(2);
		try (LeaseWatch watch = new LeaseWatch(this.pool, () -> 0)) {
			watch.start();
			await().until(() -> this.pool.failures.get() < -1);
		}
	}

	@Test
	void watchGoesOnAfterALookWhoseFailureCannotBeTold() {
		try (LeaseWatch watch = new LeaseWatch(this.pool, () -> 0)) {
			watch.start();
			this.pool.unnamed.set(true);
			this.pool.failures.set(2);
			await().until(() -> this.pool.failures.get() < -1);
		}
	}

	@Test
	void watchThatHasEndedKnowsOfNoStandstill() {
		LeaseWatch watch = new LeaseWatch(this.pool, () -> 0);
		watch.start();
		long begin = System.nanoTime();
		long minuteLater = begin + 60_000_000_000L;
		assertThat(watch.stalledSince(begin, minuteLater)).isPositive();
		watch.close();
		assertThat(watch.stalledSince(begin, minuteLater)).isZero();
	}

	@Test
	void threadThatServesThemAndIsKeptIsFoundByTheWatch() throws Exception {
		ExchangeRates rates = new ExchangeRates();
		Thread loop = new Thread(rates::fetch, "loop-1");
		loop.start();
		rates.awaitBegin();
		this.first.loop = loop;
		hold(this.first);
		hold(this.first);
		wait(this.second);
		try (LeaseWatch watch = new LeaseWatch(this.pool, () -> 0)) {
			watch.start();
			Reports reports = new Reports(this.pool, watch, InstantSource.system());
			await().until(() -> reports.onRequest().diagnosis() instanceof BlockedEventLoop);
			assertThat(reports.onRequest().diagnosis()).asInstanceOf(type(BlockedEventLoop.class))
				.satisfies((found) -> {
					assertThat(found.thread()).isEqualTo("loop-1");
					assertThat(found.frame()).startsWith("com.example.orders.ExchangeRates.fetch(");
					assertThat(found.connections()).isEqualTo(2);
					assertThat(found.time()).isPositive();
				});
			rates.answer();
			await().until(() -> !(reports.onRequest().diagnosis() instanceof BlockedEventLoop));
		}
		finally {
			rates.answer();
			loop.join();
		}
	}

	private StubLease hold(Subscription subscription) {
		StubLease lease = wait(subscription);
		lease.lease();
		return lease;
	}

	private StubLease wait(Subscription subscription) {
		return new StubLease(this.pool, subscription);
	}

	private PoolReport report() {
		return new Reports(this.pool, new LeaseWatch(this.pool, () -> 0), InstantSource.system()).onRequest();
	}

	/** Somebody who is no thread. */
	private static final class Subscription extends Party {

		private final String scope;

		private boolean alive = true;

		private volatile @Nullable Thread loop;

		Subscription(String scope) {
			this.scope = scope;
		}

		@Override
		protected String name() {
			return this.scope;
		}

		@Override
		protected @Nullable Thread loop() {
			return this.loop;
		}

		@Override
		protected boolean isBeginning() {
			return true;
		}

		@Override
		protected String description() {
			return "subscription of " + this.scope;
		}

		@Override
		protected boolean isAlive() {
			return this.alive;
		}

		@Override
		protected boolean isCurrent() {
			return false;
		}

		@Override
		protected List<StackTraceElement> activity() {
			return List.of();
		}

		@Override
		protected int spread() {
			return this.scope.hashCode();
		}

	}

	/** A pool whose connections are lent by this ledger alone. */
	private static final class StubPool extends WatchedPool {

		private final int size;

		private final AtomicInteger failures = new AtomicInteger();

		private final AtomicBoolean unnamed = new AtomicBoolean();

		private int replaced;

		StubPool(int size) {
			super(PoolSettings.defaults());
			this.size = size;
		}

		@Override
		protected Duration patience() {
			return Duration.ofSeconds(30);
		}

		@Override
		protected String name() {
			if (this.unnamed.get()) {
				throw new OutOfMemoryError("while it was named");
			}
			return "stub";
		}

		@Override
		protected State state() {
			if (this.failures.getAndDecrement() > 0) {
				throw new LinkageError("while the pool was asked");
			}
			return State.RUNNING;
		}

		@Override
		protected int maximum() {
			return this.size;
		}

		@Override
		protected int total() {
			return this.size;
		}

		@Override
		protected int active() {
			return LedgerEntry.lentBy(this).size() - this.replaced;
		}

		@Override
		protected int idle() {
			return this.size - active();
		}

		@Override
		protected int tested() {
			return 0;
		}

		@Override
		protected DatabaseInquiry.Session openToAsk() throws SQLException {
			throw new SQLException("There is no database");
		}

		@Override
		protected int waiting() {
			return (int) LedgerEntry.of(this).stream().filter(LedgerEntry::isWaiting).count();
		}

	}

	private static final class StubLease extends LedgerEntry {

		StubLease(WatchedPool pool, Party borrower) {
			super(pool, borrower);
		}

		@Override
		protected boolean isPooled() {
			return true;
		}

		@Override
		protected boolean isBroken() {
			return false;
		}

		@Override
		protected int connectionId() {
			return System.identityHashCode(this);
		}

		@Override
		protected @Nullable ServerProcess serverProcess() {
			return null;
		}

	}

}
