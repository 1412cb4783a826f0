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

package io.transactionscope.test.spring;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.snapshot.Lease;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.support.AbstractTestExecutionListener;

/**
 * Looks after each test of an application whether it has left connections in somebody's
 * hands, and says in whose: in what scope, on which thread, doing what, and borrowed
 * where. It is there for all tests that have an application context, and does what the
 * property {@value #PROPERTY} of the test's environment says: {@code ignore} (the
 * default), {@code warn}, or {@code fail}.
 *
 * <p>
 * Work that a test has begun and not waited for has a second to end. What was held as the
 * test began, and what is declared to last ({@code transaction-scope.pool.long-lived}),
 * is not the test's, nor is what another test has on its own thread. With tests that run
 * in parallel on one context, what others have begun on further threads looks like the
 * test's own.
 *
 * @since 0.1.0
 */
public class HeldConnectionsTestExecutionListener extends AbstractTestExecutionListener {

	/**
	 * The property that says what becomes of a test that leaves connections held.
	 */
	public static final String PROPERTY = "transaction-scope.test.held-connections";

	private static final Logger logger = LoggerFactory.getLogger(HeldConnectionsTestExecutionListener.class);

	private static final String HELD_BEFORE = HeldConnectionsTestExecutionListener.class.getName() + ".heldBefore";

	/** Those that tests run on. */
	private static final Set<String> TEST_THREADS = ConcurrentHashMap.newKeySet();

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private static final long INTERVAL_NANOS = Duration.ofMillis(5).toNanos();

	/**
	 * Create the listener, for Spring.
	 */
	public HeldConnectionsTestExecutionListener() {
	}

	/**
	 * Return the order: outside of the transaction that a test may have.
	 */
	@Override
	public int getOrder() {
		return 3950;
	}

	@Override
	public void beforeTestMethod(TestContext testContext) {
		if (testContext.hasApplicationContext() && policy(testContext.getApplicationContext()) != Policy.IGNORE) {
			TEST_THREADS.add(Borrower.current().description());
			testContext.setAttribute(HELD_BEFORE, held(testContext));
		}
	}

	/**
	 * Look whether the test has left connections held.
	 * @throws AssertionError if it has, and that is a failure
	 */
	@Override
	public void afterTestMethod(TestContext testContext) {
		if (!(testContext.removeAttribute(HELD_BEFORE) instanceof Set<?> before)) {
			return;
		}
		Set<Held> left = new HashSet<>(held(testContext));
		left.removeAll(before);
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!left.isEmpty() && System.nanoTime() - end < 0) {
			LockSupport.parkNanos(INTERVAL_NANOS);
			left.retainAll(held(testContext));
		}
		if (!left.isEmpty()) {
			tell(testContext, left);
		}
	}

	private static void tell(TestContext testContext, Collection<Held> left) {
		String message = "%s.%s has left connections held, which it has not given back or waited for:%s".formatted(
				testContext.getTestClass().getSimpleName(), testContext.getTestMethod().getName(),
				left.stream().map(Held::text).collect(Collectors.joining()));
		if (policy(testContext.getApplicationContext()) == Policy.FAIL) {
			throw new AssertionError(message);
		}
		logger.warn(message);
	}

	private static Set<Held> held(TestContext testContext) {
		PoolLedgers ledgers = testContext.getApplicationContext().getBeanProvider(PoolLedgers.class).getIfAvailable();
		return (ledgers != null) ? ledgers.all().stream().flatMap(Held::of).collect(Collectors.toSet()) : Set.of();
	}

	private static Policy policy(ApplicationContext context) {
		return Binder.get(context.getEnvironment()).bind(PROPERTY, Policy.class).orElse(Policy.IGNORE);
	}

	private enum Policy {

		IGNORE, WARN, FAIL

	}

	/**
	 * A lease that its scope has not declared to last, and that may be this test's.
	 */
	private record Held(PoolLedger ledger, String lease) {

		static Stream<Held> of(PoolLedger ledger) {
			return ledger.snapshot()
				.leases()
				.stream()
				.filter((lease) -> !lease.longLived() && !isOfAnotherTest(lease))
				.map((lease) -> new Held(ledger, lease.id()));
		}

		private static boolean isOfAnotherTest(Lease lease) {
			return TEST_THREADS.contains(lease.thread()) && !lease.thread().equals(Borrower.current().description());
		}

		String text() {
			return this.ledger.holder(this.lease)
				.map((holder) -> "\n  - of pool %s: %s".formatted(this.ledger.pool(), holder.text()))
				.orElse("");
		}

	}

}
