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

package io.transactionscope.pool.examination;

import java.time.Duration;
import java.util.List;

import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.PoolSnapshot;

/**
 * What a diagnosis is made from.
 *
 * @param snapshot the pool
 * @param holders the leases and what their holders do, the oldest first
 * @param circumstances what else is known
 */
record Symptoms(PoolSnapshot snapshot, List<Holder> holders, Circumstances circumstances) {

	boolean isMostOfTheWait(Duration duration) {
		return !duration.isZero() && duration.compareTo(this.circumstances.waited().dividedBy(2)) >= 0;
	}

}
