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

package io.transactionscope.pool.snapshot;

import java.util.Objects;

/**
 * What a pool lends, and to whom: what is said of it names its settings, and those who
 * borrow from it, by their names.
 *
 * @since 0.1.0
 */
public enum PoolKind {

	/**
	 * HikariCP lends connections of JDBC to threads.
	 */
	JDBC("thread", "connectionTimeout"),

	/**
	 * {@code r2dbc-pool} lends connections of R2DBC to subscriptions.
	 */
	R2DBC("subscription", "max-acquire-time");

	private final String borrower;

	private final String patience;

	PoolKind(String borrower, String patience) {
		this.borrower = borrower;
		this.patience = patience;
	}

	/**
	 * {@return who borrows, in the singular}
	 */
	public String borrower() {
		return this.borrower;
	}

	/**
	 * {@return who borrows, in the plural}
	 */
	public String borrowers() {
		return this.borrower + "s";
	}

	/**
	 * {@return the name of the pool's setting for how long everybody may wait}
	 */
	public String patience() {
		return this.patience;
	}

	/**
	 * {@return a text that names settings of Spring Boot for a pool of HikariCP, with
	 * those that a pool of this kind has instead}
	 * @param text the text
	 */
	public String settings(String text) {
		Objects.requireNonNull(text, "text must not be null");
		return (this == JDBC) ? text
				: text.replace("spring.datasource.hikari.maximum-pool-size", "spring.r2dbc.pool.max-size")
					.replace("spring.datasource.hikari.minimum-idle", "spring.r2dbc.pool.min-idle")
					.replace("spring.datasource.", "spring.r2dbc.");
	}

}
