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

package io.transactionscope.autoconfigure.pool;

import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.snapshot.ConnectFailure;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of pools that had no connection until their end.
 */
final class UnconnectedPools {

	private volatile @Nullable ConnectFailure latest;

	/**
	 * Notice that a pool is about to end.
	 */
	void add(PoolLedger ledger) {
		if (ledger.snapshot().total() == 0) {
			for (ReportGroup group : ledger.reports()) {
				ConnectFailure failure = failureOf(group.report());
				this.latest = (failure != null) ? failure : this.latest;
			}
		}
	}

	/**
	 * Return why the latest of them could not connect.
	 * @return the failure, or {@code null} if all could
	 */
	@Nullable ConnectFailure latest() {
		return this.latest;
	}

	static @Nullable ConnectFailure failureOf(PoolReport report) {
		return (report.diagnosis() instanceof CannotConnect diagnosis) ? diagnosis.failure() : null;
	}

}
