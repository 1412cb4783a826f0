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

package io.transactionscope.test;

import java.util.function.IntSupplier;

import com.zaxxer.hikari.HikariDataSource;

/**
 * What a pool says of itself.
 *
 * @param lent connections that are out
 * @param idle connections that are not
 * @param waiting threads that wait for one
 * @param maximum how many connections it may have
 * @param refills whether it always has them all
 */
public record Counters(IntSupplier lent, IntSupplier idle, IntSupplier waiting, int maximum, boolean refills) {

	public static Counters of(HikariDataSource pool) {
		return new Counters(() -> pool.getHikariPoolMXBean().getActiveConnections(),
				() -> pool.getHikariPoolMXBean().getIdleConnections(),
				() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection(), pool.getMaximumPoolSize(), true);
	}

}
