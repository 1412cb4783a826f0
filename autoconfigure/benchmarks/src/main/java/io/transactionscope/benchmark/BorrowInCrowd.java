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
import io.transactionscope.pool.Crowd;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Borrowing a connection and returning it while others hold some and wait.
 */
@Warmup(iterations = 3, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and sets it up
public class BorrowInCrowd extends Measured {

	@Param({ "NOBODY", "LEDGER" })
	public Watch watch;

	@Param({ "10", "100", "1000" })
	public int entries;

	private HikariDataSource pool;

	private DataSource dataSource;

	private Crowd crowd;

	@Setup
	public void gather() throws Exception {
		this.pool = this.watch.pool(this.entries + 1);
		this.dataSource = this.watch.over(this.pool);
		this.crowd = Crowd.at(this.dataSource, this.entries);
	}

	@TearDown
	public void disperse() throws Exception {
		this.crowd.disperse();
		this.pool.close();
	}

	@Benchmark
	public Connection borrowAndReturn() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			return connection;
		}
	}

}
