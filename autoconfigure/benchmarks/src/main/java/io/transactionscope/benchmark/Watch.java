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

import java.time.Duration;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.tracked.TrackedHikariDataSource;

/**
 * Who watches a pool.
 */
public enum Watch {

	/** Nobody: HikariCP alone. */
	NOBODY,

	/** HikariCP's leak detection. */
	LEAK_DETECTION,

	/** The ledger, with its default settings. */
	LEDGER;

	/** A pool of so many connections, to a driver that does nothing. */
	HikariDataSource pool(int connections) {
		HikariConfig config = Database.STUB.pooled(connections);
		if (this == LEAK_DETECTION) {
			// To a pool that runs already it would mean nothing for half a minute.
			config.setLeakDetectionThreshold(Duration.ofMinutes(1).toMillis());
		}
		return new HikariDataSource(config);
	}

	/** What an application borrows from. */
	DataSource over(HikariDataSource pool) {
		return (this == LEDGER) ? TrackedHikariDataSource.inPlaceOf(pool, PoolSettings.defaults()) : pool;
	}

}
