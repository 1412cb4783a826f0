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

import io.transactionscope.engine.rehearsal.Rehearsal;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.support.AbstractTestExecutionListener;
import org.springframework.test.context.transaction.TestTransaction;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Has scopes pass over the transaction that a {@code @Transactional} test is in as a
 * whole: to them it is no transaction of the application's. It is there for all tests
 * that have an application context and such a transaction.
 * <ul>
 * <li>{@code outermost()} and {@code never()} are refused inside of the application's own
 * scopes, {@code @Transactional} methods and {@code TransactionTemplate}s alone.</li>
 * <li>The outermost scope works from a savepoint. One that fails, as a test expects it
 * to, takes back what it has done, and the test goes on. Its resources are released, and
 * its callbacks before the commit or after a rollback run, at its end; those after the
 * commit wait for {@link io.transactionscope.test.scope.AfterCommitCallbacks}. What it
 * does on other data sources is not a part of the test's transaction, and is committed.
 * </li>
 * </ul>
 *
 * <p>
 * With JPA, the savepoint flushes the persistence context as it is set and released, and
 * a rollback to it clears that. What JPA itself has refused, such as a row that is there
 * already, still dooms the test's transaction, and Spring's {@code JpaTransactionManager}
 * has no savepoints unless {@code nestedTransactionAllowed} is set: scopes join then, and
 * the log says of the next one that it works in a transaction that can only be rolled
 * back.
 *
 * <p>
 * With {@value #PROPERTY}{@code =join} in the test's environment, scopes join the test's
 * transaction as they would any other.
 *
 * @since 0.1.0
 */
public class TestManagedTransactionTestExecutionListener extends AbstractTestExecutionListener {

	/**
	 * The property that says what a test's transaction is to the scopes in it:
	 * {@code outside} (the default), or {@code join}.
	 */
	public static final String PROPERTY = "transaction-scope.test.managed-transaction";

	private static final String PREVIOUS = TestManagedTransactionTestExecutionListener.class.getName() + ".previous";

	/**
	 * Create the listener, for Spring.
	 */
	public TestManagedTransactionTestExecutionListener() {
	}

	/**
	 * Return the order: inside of the transaction that a test may have.
	 */
	@Override
	public int getOrder() {
		return 4050;
	}

	@Override
	public void beforeTestMethod(TestContext testContext) {
		if (TestTransaction.isActive() && testContext.hasApplicationContext()
				&& place(testContext.getApplicationContext()) == Place.OUTSIDE) {
			testContext.setAttribute(PREVIOUS,
					new Previous(Rehearsal.exchange(TransactionSynchronizationManager.getCurrentTransactionName())));
		}
	}

	@Override
	public void afterTestMethod(TestContext testContext) {
		if (testContext.removeAttribute(PREVIOUS) instanceof Previous previous) {
			Rehearsal.exchange(previous.transaction());
		}
	}

	private static Place place(ApplicationContext context) {
		return Binder.get(context.getEnvironment()).bind(PROPERTY, Place.class).orElse(Place.OUTSIDE);
	}

	private enum Place {

		OUTSIDE, JOIN

	}

	/**
	 * What was said before, as where one test runs another.
	 *
	 * @param transaction the name, or {@code null} for none
	 */
	private record Previous(@Nullable String transaction) {
	}

}
