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

import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.ServerSession;
import org.jspecify.annotations.Nullable;

/**
 * What a diagnosis is made from.
 *
 * @param snapshot the pool
 * @param holders the leases and what their holders do, the oldest first
 * @param circumstances what else is known
 */
record Symptoms(PoolSnapshot snapshot, List<Holder> holders, Circumstances circumstances) {

	/**
	 * Return the session of a lease that is in the same statement as when the database
	 * was asked.
	 * @return {@code null} if it is not, or the database has not told of it
	 */
	@Nullable ServerSession session(Lease lease) {
		DatabaseAnswer answer = this.circumstances.answer();
		boolean same = !lease.phase().isIdle() && lease.inPhase() != null
				&& lease.inPhase().compareTo(answer.time()) >= 0;
		return same ? answer.session(lease.serverProcess()).orElse(null) : null;
	}

	boolean isMostOfTheWait(Duration duration) {
		return !duration.isZero() && duration.compareTo(this.circumstances.waited().dividedBy(2)) >= 0;
	}

}
