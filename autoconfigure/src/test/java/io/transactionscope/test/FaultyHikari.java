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

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/**
 * HikariCP, which the starter tracks.
 */
public final class FaultyHikari extends HikariDataSource implements FaultyPool {

	private final Unwilling unwilling = new Unwilling();

	public FaultyHikari(FaultyDriver driver, int size, Duration timeout) {
		super(config(driver, size, timeout));
	}

	private static HikariConfig config(FaultyDriver driver, int size, Duration timeout) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(driver);
		config.setMaximumPoolSize(size);
		config.setConnectionTimeout(timeout.toMillis());
		return config;
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
		return Counters.of(this);
	}

	@Override
	public void evict() {
		getHikariPoolMXBean().softEvictConnections();
	}

}
