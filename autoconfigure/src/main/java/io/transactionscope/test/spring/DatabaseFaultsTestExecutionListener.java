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

import java.util.List;
import java.util.stream.Collectors;

import io.transactionscope.test.DatabaseFault;
import io.transactionscope.test.DatabaseFaults;

import org.springframework.test.context.TestContext;
import org.springframework.test.context.support.AbstractTestExecutionListener;

/**
 * Ends, after each test, what the test has let happen to the database, and says what was
 * to happen and did not. It is there for all tests with
 * {@link AutoConfigureDatabaseFaults}.
 *
 * @since 0.1.0
 */
public class DatabaseFaultsTestExecutionListener extends AbstractTestExecutionListener {

	private static final String FAULTS = DatabaseFaultsTestExecutionListener.class.getName() + ".faults";

	/**
	 * Create the listener, for Spring.
	 */
	public DatabaseFaultsTestExecutionListener() {
	}

	/**
	 * Return the order: inside of the transaction that a test may have, and of the SQL
	 * scripts that come after the test.
	 */
	@Override
	public int getOrder() {
		return 6000;
	}

	@Override
	public void beforeTestMethod(TestContext testContext) {
		if (testContext.hasApplicationContext()
				&& testContext.getApplicationContext().containsBean(DatabaseFaultsContextCustomizer.BEAN_NAME)) {
			testContext.setAttribute(FAULTS, testContext.getApplicationContext()
				.getBean(DatabaseFaultsContextCustomizer.BEAN_NAME, DatabaseFaults.class));
		}
	}

	/**
	 * Have nothing fail any more.
	 * @throws AssertionError if the test was successful, though something that was to
	 * happen did not
	 */
	@Override
	public void afterTestMethod(TestContext testContext) {
		if (testContext.removeAttribute(FAULTS) instanceof DatabaseFaults faults) {
			List<DatabaseFault> missed = faults.missed();
			faults.clear();
			if (!missed.isEmpty() && testContext.getTestException() == null) {
				throw new AssertionError(message(testContext, missed, faults));
			}
		}
	}

	private static String message(TestContext testContext, List<DatabaseFault> missed, DatabaseFaults faults) {
		return "%s.%s has passed, but what was to happen did not%s%nOf the data sources %s.".formatted(
				testContext.getTestClass().getSimpleName(), testContext.getTestMethod().getName(),
				missed.stream().map("%n  - %s"::formatted).collect(Collectors.joining()), faults.watched());
	}

}
