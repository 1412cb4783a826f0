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

package io.transactionscope.pool;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.PoolReport.Holder;
import org.jspecify.annotations.Nullable;

/**
 * A report for a person to read: first what happened and what to change, then who holds
 * the connections, who waits, and how to ask the database for more.
 */
final class ReportText {

	private static final int MAXIMUM_HOLDERS = 30;

	private static final int MAXIMUM_WAITERS = 10;

	private final PoolReport report;

	private final StringBuilder text = new StringBuilder();

	ReportText(PoolReport report) {
		this.report = report;
	}

	@Override
	public String toString() {
		line(headline());
		line("Diagnosis: " + this.report.diagnosis().summary());
		line("To change: " + this.report.diagnosis().advice());
		pool(this.report.snapshot());
		holders(this.report.holders());
		if (this.report.diagnosis() instanceof Diagnosis.SelfDeadlock deadlock) {
			waitGraph(deadlock);
		}
		waiters(this.report.snapshot().waiters());
		serverProcesses(this.report.holders());
		return this.text.toString().strip();
	}

	private String headline() {
		Waiter borrower = this.report.borrower();
		if (borrower == null) {
			return "%s at %s".formatted(this.report.pool(), this.report.at());
		}
		String what = switch (this.report.trigger()) {
			case REQUEST, CONNECTION_TIMEOUT -> "the pool's connectionTimeout ended the wait after %s";
			case DEADLINE -> "the scope's deadline ended the wait after %s, not the pool's connectionTimeout";
			case MAX_WAITING -> "turned away after %s, because as many threads were waiting as max-waiting allows";
			case WAIT_TARGET -> "turned away after %s, because waits have exceeded wait-target for a while";
			case DEADLOCK -> "deadlock, found after %s: none of the waits could have ended";
		};
		return "%s - No connection for %s on %s: %s.".formatted(this.report.pool(), Borrower.describe(borrower.scope()),
				borrower.thread(), what.formatted(Words.of(borrower.waited())));
	}

	private void pool(PoolSnapshot pool) {
		line("Pool: %d of %d connections, %d lent, %d idle, %d waiting; exhausted %d times since the start.".formatted(
				pool.total(), pool.maximum(), pool.active(), pool.idle(), pool.waiters().size(),
				pool.events().exhaustions()));
		if (pool.sinceDatabaseAnswered() != null) {
			line("The database is known to have answered %s ago.".formatted(Words.of(pool.sinceDatabaseAnswered())));
		}
	}

	private void holders(List<Holder> holders) {
		if (holders.isEmpty()) {
			return;
		}
		line("Holders:");
		holders.stream().limit(MAXIMUM_HOLDERS).forEach((holder) -> line("  - " + describe(holder)));
		more(holders.size(), MAXIMUM_HOLDERS);
	}

	/**
	 * Describe who holds a connection, in several lines.
	 */
	static String describe(Holder holder) {
		Lease lease = holder.lease();
		StringBuilder text = new StringBuilder("%s on %s%s, for %s, %s".formatted(nameOf(lease.scope()), lease.thread(),
				lease.threadAlive() ? "" : " (ended)", Words.of(lease.age()),
				describe(lease.phase(), lease.inPhase())));
		if (lease.awaitedPool() != null) {
			text.append(", waits for a connection of ").append(lease.awaitedPool());
		}
		if (lease.handedOver()) {
			text.append(", used by another thread");
		}
		if (lease.serverProcess() != null) {
			text.append(", server process ").append(lease.serverProcess());
		}
		if (lease.lastSql() != null) {
			text.append("\n      last SQL: ").append(lease.lastSql());
		}
		holder.applicationFrames().forEach((frame) -> text.append("\n      at ").append(Frames.describe(frame)));
		if (!lease.borrowSite().isEmpty()) {
			text.append("\n      borrowed");
			Frames.ofApplication(lease.borrowSite())
				.forEach((frame) -> text.append("\n      at ").append(Frames.describe(frame)));
		}
		return text.toString();
	}

	private static String nameOf(@Nullable String scope) {
		return (scope != null) ? "'" + scope + "'" : "outside of scopes";
	}

	private static String describe(Phase phase, @Nullable Duration inPhase) {
		return (inPhase != null) ? phase.description() + " for " + Words.of(inPhase) : phase.description();
	}

	private void waitGraph(Diagnosis.SelfDeadlock deadlock) {
		line("Who waits for whom:");
		deadlock.links().forEach((link) -> line("  - " + link));
	}

	private void waiters(List<Waiter> waiters) {
		if (waiters.isEmpty()) {
			return;
		}
		line("Waiters:");
		for (Waiter waiter : waiters.subList(0, Math.min(waiters.size(), MAXIMUM_WAITERS))) {
			line("  - %s on %s, for %s, holds %s".formatted(nameOf(waiter.scope()), waiter.thread(),
					Words.of(waiter.waited()), (waiter.holds() > 0) ? waiter.holds() : "none"));
		}
		more(waiters.size(), MAXIMUM_WAITERS);
	}

	private void serverProcesses(List<Holder> holders) {
		List<String> processes = holders.stream()
			.map((holder) -> holder.lease().serverProcess())
			.filter(Objects::nonNull)
			.map(String::valueOf)
			.toList();
		if (!processes.isEmpty()) {
			line("Ask the server: select pid, state, wait_event_type, wait_event, pg_blocking_pids(pid), query "
					+ "from pg_stat_activity where pid in (%s)".formatted(String.join(", ", processes)));
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
