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

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Borrowing a connection and returning it.
 */
@Warmup(iterations = 3, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and sets it up
public class BorrowAndReturn extends Measured {

	@Param
	public Watch watch;

	private HikariDataSource pool;

	private DataSource dataSource;

	@Setup
	public void start() {
		this.pool = this.watch.pool(10);
		this.dataSource = this.watch.over(this.pool);
	}

	@TearDown
	public void stop() {
		this.pool.close();
	}

	@Benchmark
	@Threads(1)
	public Connection oneThread() throws SQLException {
		return borrowAndReturn();
	}

	@Benchmark
	@Threads(2)
	public Connection twoThreads() throws SQLException {
		return borrowAndReturn();
	}

	@Benchmark
	@Threads(8)
	public Connection eightThreads() throws SQLException {
		return borrowAndReturn();
	}

	private Connection borrowAndReturn() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			return connection;
		}
	}

}
