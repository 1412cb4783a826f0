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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.HeldByWaiters;
import io.transactionscope.pool.diagnosis.HeldElsewhere;
import io.transactionscope.pool.diagnosis.LongHolders;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.TimeSpent;
import org.jspecify.annotations.Nullable;

/**
 * The connections that have been in the same hands for most of the wait: what do most of
 * them do?
 */
final class Staying {

	private final Examination examination;

	private final List<Holder> holders;

	private final Leaks leaks;

	private final List<Holder> idle = new ArrayList<>();

	private final List<Holder> working = new ArrayList<>();

	private final int elsewhere;

	private Staying(Examination examination) {
		this.examination = examination;
		this.holders = examination.holders()
			.stream()
			.filter((holder) -> examination.isMostOfTheWait(holder.lease().age()))
			.toList();
		this.leaks = new Leaks(this.holders);
		this.elsewhere = examination.circumstances().elsewhere();
		for (Holder holder : this.holders) {
			if (!this.leaks.include(holder) && holder.lease().awaitedPool() == null) {
				(isIdle(holder.lease()) ? this.idle : this.working).add(holder);
			}
		}
	}

	/**
	 * Return what most of them do.
	 * @return {@code null} if they are not half of the connections
	 */
	static @Nullable Diagnosis diagnosis(Examination examination) {
		Staying staying = new Staying(examination);
		boolean blocked = (staying.holders.size() + staying.elsewhere) * 2 >= examination.snapshot().total();
		return blocked ? staying.ofMost() : null;
	}

	private Diagnosis ofMost() {
		int most = Math.max(Math.max(this.leaks.count(), this.idle.size()),
				Math.max(this.working.size(), this.elsewhere));
		if (most == 0) {
			return heldByWaiters();
		}
		if (this.leaks.count() == most) {
			return this.leaks.diagnosis();
		}
		if (this.idle.size() == most) {
			return new IdleHolders(this.idle).diagnosis(new PoolLoad(this.examination.snapshot()));
		}
		return (this.working.size() == most) ? longHolders() : new HeldElsewhere(this.elsewhere);
	}

	/**
	 * Return whether most of the time was idle, whatever the connection is used for at
	 * this moment.
	 */
	private static boolean isIdle(Lease lease) {
		TimeSpent spent = lease.spent();
		return spent.known().isZero() ? lease.phase().isIdle() : spent.idle().compareTo(spent.busy()) >= 0;
	}

	private HeldByWaiters heldByWaiters() {
		return new HeldByWaiters(MostFrequent.scope(this.holders), this.holders.size(),
				Objects.requireNonNull(MostFrequent.of(this.holders, (holder) -> holder.lease().awaitedPool())));
	}

	private LongHolders longHolders() {
		Duration longest = this.working.stream()
			.map((holder) -> holder.lease().age())
			.max(Duration::compareTo)
			.orElse(Duration.ZERO);
		return new LongHolders(MostFrequent.scope(this.working), this.working.size(), longest);
	}

}
