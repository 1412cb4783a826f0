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

package io.transactionscope.pool.report;

import java.util.List;
import java.util.stream.Collectors;

import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.Waiter;
import io.transactionscope.pool.snapshot.Words;

/**
 * A report for a person to read: first what happened and what to change, then who holds
 * the connections, who waits, and how to ask the database for more.
 */
final class ReportText {

	private static final int MAXIMUM_HOLDERS = 30;

	private static final int MAXIMUM_WAITERS = 10;

	private final String headline;

	private final Diagnosis diagnosis;

	private final PoolSnapshot snapshot;

	private final List<Holder> holders;

	private final StringBuilder text = new StringBuilder();

	ReportText(String headline, Diagnosis diagnosis, PoolSnapshot snapshot, List<Holder> holders) {
		this.headline = headline;
		this.diagnosis = diagnosis;
		this.snapshot = snapshot;
		this.holders = holders;
	}

	@Override
	public String toString() {
		line(this.headline);
		line("Diagnosis: " + this.diagnosis.summary(this.snapshot.kind()));
		line("To change: " + this.diagnosis.advice(this.snapshot.kind()));
		pool(this.snapshot);
		holders(this.holders);
		if (this.diagnosis instanceof SelfDeadlock deadlock) {
			waitGraph(deadlock.links());
		}
		if (this.diagnosis instanceof BlockedByLock lock) {
			waitGraph(lock.victims());
		}
		waiters(this.snapshot.waiters());
		questions(this.holders);
		return this.text.toString().strip();
	}

	private void pool(PoolSnapshot pool) {
		line("Pool: %d of %d connections, %d lent, %d idle, %d waiting; exhausted %s since the start.".formatted(
				pool.total(), pool.maximum(), pool.active(), pool.idle(), pool.waiters().size(),
				times(pool.events().exhaustions())));
		if (pool.sinceDatabaseAnswered() != null) {
			line("The database is known to have answered %s ago.".formatted(Words.of(pool.sinceDatabaseAnswered())));
		}
	}

	private static String times(long count) {
		return (count == 1) ? "once" : count + " times";
	}

	private void holders(List<Holder> holders) {
		if (holders.isEmpty()) {
			return;
		}
		line("Holders:");
		holders.stream().limit(MAXIMUM_HOLDERS).forEach((holder) -> line("  - " + holder.text()));
		more(holders.size(), MAXIMUM_HOLDERS);
	}

	private void waitGraph(List<?> links) {
		line("Who waits for whom:");
		links.forEach((link) -> line("  - " + link));
	}

	private void waiters(List<Waiter> waiters) {
		if (waiters.isEmpty()) {
			return;
		}
		line("Waiters:");
		for (Waiter waiter : waiters.subList(0, Math.min(waiters.size(), MAXIMUM_WAITERS))) {
			line("  - %s on %s, for %s, holds %s".formatted(Words.ofHolder(waiter.scope()), waiter.thread(),
					Words.of(waiter.waited()), (waiter.holds() > 0) ? waiter.holds() : "none"));
		}
		more(waiters.size(), MAXIMUM_WAITERS);
	}

	private void questions(List<Holder> holders) {
		for (DatabaseKind database : DatabaseKind.values()) {
			String processes = holders.stream()
				.map((holder) -> holder.lease().serverProcess())
				.filter((process) -> process != null && process.database() == database)
				.map(String::valueOf)
				.collect(Collectors.joining(", "));
			if (!processes.isEmpty()) {
				line("Ask the server: " + ServerQuestion.of(database).formatted(processes));
			}
		}
	}

	private void more(int size, int shown) {
		if (size > shown) {
			line("  … and %d more".formatted(size - shown));
		}
	}

	private void line(String line) {
		this.text.append(line).append('\n');
	}

}
