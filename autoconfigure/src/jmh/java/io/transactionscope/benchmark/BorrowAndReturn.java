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
import java.time.Duration;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Borrowing a connection and returning it.
 */
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and sets it up
public class BorrowAndReturn extends Measured {

	@Param
	public Watch watch;

	private ConfigurableApplicationContext application;

	private DataSource dataSource;

	@Setup
	public void start() {
		this.application = Application.start(Database.STUB, this.watch == Watch.STARTER);
		this.dataSource = this.application.getBean(DataSource.class);
		if (this.watch == Watch.LEAK_DETECTION) {
			((HikariDataSource) this.dataSource).setLeakDetectionThreshold(Duration.ofMinutes(1).toMillis());
		}
	}

	@TearDown
	public void stop() {
		this.application.close();
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

	/**
	 * Who watches the pool.
	 */
	public enum Watch {

		/** Nobody: HikariCP alone. */
		NOBODY,

		/** HikariCP's leak detection. */
		LEAK_DETECTION,

		/** The starter. */
		STARTER

	}

}
