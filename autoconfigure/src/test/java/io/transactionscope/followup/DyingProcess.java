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

package io.transactionscope.followup;

import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A process that is gone as soon as the order is committed, before anything follows.
 */
final class DyingProcess {

	static final int GONE = 42;

	private DyingProcess() {
	}

	public static void main(String... arguments) {
		PGSimpleDataSource driver = new PGSimpleDataSource();
		driver.setUrl(arguments[0]);
		driver.setUser(arguments[1]);
		driver.setPassword(arguments[2]);
		FollowUpApplication application = new FollowUpApplication(driver, driver, arguments[3], false, 1);
		application.scope().run(() -> {
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCommit() {
					Runtime.getRuntime().halt(GONE);
				}

			});
			application.orders().place("kettle");
		});
	}

}
