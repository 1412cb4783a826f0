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

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What is in the tables.
 *
 * @param orders how many orders
 * @param events how many events whose listeners are not done
 * @param jobs how many jobs that are not done
 */
record Rows(int orders, int events, int jobs) {

	static final Rows NONE = new Rows(0, 0, 0);

	static Rows of(JdbcClient jdbc, String prefix) {
		return new Rows(count(jdbc, prefix + "orders"),
				count(jdbc, prefix + "event_publication where status <> 'COMPLETED'"),
				count(jdbc, prefix + "scheduled_tasks"));
	}

	private static int count(JdbcClient jdbc, String what) {
		return jdbc.sql("select count(*) from " + what).query(Integer.class).single();
	}

}
