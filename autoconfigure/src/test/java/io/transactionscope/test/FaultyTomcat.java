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

import org.apache.tomcat.jdbc.pool.DataSource;
import org.apache.tomcat.jdbc.pool.PoolConfiguration;
import org.apache.tomcat.jdbc.pool.PoolProperties;

/**
 * Tomcat's pool, which the starter takes as it is.
 */
public final class FaultyTomcat extends DataSource implements FaultyPool {

	private final Unwilling unwilling = new Unwilling();

	public FaultyTomcat(FaultyDriver driver, int size, Duration timeout) {
		super(properties(driver, size, timeout));
	}

	private static PoolConfiguration properties(FaultyDriver driver, int size, Duration timeout) {
		PoolProperties properties = new PoolProperties();
		properties.setDataSource(driver);
		properties.setMaxActive(size);
		properties.setMaxIdle(size);
		properties.setMinIdle(0);
		properties.setInitialSize(0);
		properties.setMaxWait((int) timeout.toMillis());
		// It asks a connection whether it lives when it lends it, and not before.
		properties.setTestOnBorrow(true);
		properties.setValidationInterval(0);
		// Or it would clear the flag of a thread that is interrupted while it waits.
		properties.setPropagateInterruptState(true);
		return properties;
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
		return new Counters(this::getActive, this::getIdle, this::getWaitCount, getMaxActive(), false);
	}

	@Override
	public void evict() {
		purge();
	}

}
