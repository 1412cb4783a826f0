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

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.Crowd;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Looking at a pool all of whose connections are held by threads that wait for another
 * one.
 */
@Warmup(iterations = 3, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and sets it up
public class LedgerLook extends Measured {

	@Param({ "10", "100", "1000" })
	public int entries;

	private HikariDataSource pool;

	private TrackedDataSource dataSource;

	private Crowd crowd;

	@Setup
	public void gather() throws Exception {
		this.pool = Watch.LEDGER.pool(this.entries);
		this.dataSource = new TrackedDataSource(this.pool);
		this.crowd = Crowd.at(this.dataSource, this.entries);
		PoolSnapshot snapshot = snapshot();
		if (snapshot.leases().size() != this.entries || snapshot.waiters().size() != this.entries || !findDeadlock()) {
			throw new IllegalStateException("Not all of %d hold and wait: %s".formatted(this.entries, snapshot));
		}
	}

	@TearDown
	public void disperse() throws Exception {
		this.crowd.disperse();
		this.pool.close();
	}

	@Benchmark
	public PoolSnapshot snapshot() {
		return this.dataSource.ledger().snapshot();
	}

	@Benchmark
	public boolean findDeadlock() {
		return this.crowd.findDeadlock();
	}

}
