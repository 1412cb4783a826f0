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

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.commons.dbcp2.ConnectionFactory;

/**
 * Commons DBCP2, which the starter takes as it is.
 */
public final class FaultyDbcp extends BasicDataSource implements FaultyPool {

	private final FaultyDriver driver;

	private final Unwilling unwilling = new Unwilling();

	public FaultyDbcp(FaultyDriver driver, int size, Duration timeout) {
		this.driver = driver;
		setMaxTotal(size);
		setMaxIdle(size);
		setMaxWait(timeout);
	}

	@Override
	protected ConnectionFactory createConnectionFactory() {
		return this.driver::getConnection;
	}

	@Override
	public Connection getConnection() throws SQLException {
		this.unwilling.lend();
		return super.getConnection();
	}

	@Override
	public Unwilling unwilling() {
		return this.unwilling;
	}

	@Override
	public Counters counters() {
		return new Counters(this::getNumActive, this::getNumIdle, () -> getConnectionPool().getNumWaiters(),
				getMaxTotal(), false);
	}

	@Override
	public void evict() {
		getConnectionPool().clear();
	}

}
