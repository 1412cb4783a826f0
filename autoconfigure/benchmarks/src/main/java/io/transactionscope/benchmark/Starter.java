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

package io.transactionscope.benchmark;

/**
 * What an application has of the starter.
 */
enum Starter {

	/** Nothing: what Boot gives. */
	NONE("transaction-scope.enabled=false"),

	/** The scopes, over HikariCP's pool as it is. */
	WITHOUT_LEDGER("transaction-scope.pool.enabled=false"),

	/** All of it. */
	WHOLE("transaction-scope.enabled=true"),

	/** The same, but threads that wait for each other are left to the timeout. */
	WITHOUT_DEADLOCK_DETECTION("transaction-scope.pool.deadlock=off");

	private final String property;

	Starter(String property) {
		this.property = property;
	}

	/** The application's property that says so, as {@code key=value}. */
	String property() {
		return this.property;
	}

}
