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

package io.transactionscope.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

import io.transactionscope.actuate.PoolSnapshotDescriptor.LeaseDescriptor;
import io.transactionscope.actuate.PoolSnapshotDescriptor.WaiterDescriptor;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.Waiter;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.context.annotation.ImportRuntimeHints;

/**
 * {@link Endpoint @Endpoint} that shows who holds the connections of each pool and who
 * waits for one. Beside its JSON stands the {@link PoolsPage page} that follows the pools
 * live, for whoever asks for {@code text/html}.
 *
 * <p>
 * No operation borrows a connection. SQL is shown without values. The stacks of threads
 * are taken only when {@link #pool(String)} or {@link #holder(String, String)} asks for
 * them, and by {@link #pools()} as long as anybody waits, to tell what is the matter.
 *
 * @since 0.1.0
 */
@Endpoint(id = "pools")
@ImportRuntimeHints(PoolsEndpointRuntimeHints.class)
public class PoolsEndpoint {

	private final PoolLedgers ledgers;

	/**
	 * Create an endpoint.
	 * @param ledgers the ledgers to show, including those added later
	 */
	public PoolsEndpoint(PoolLedgers ledgers) {
		this.ledgers = Objects.requireNonNull(ledgers, "ledgers must not be null");
	}

	/**
	 * {@return all pools at this moment, the one in most trouble first} Cheap enough to
	 * be asked for every second.
	 */
	@ReadOperation
	public PoolsDescriptor pools() {
		return PoolsDescriptor.of(named());
	}

	/**
	 * Return a pool, what each holder of a connection is doing at this moment, and the
	 * text of the reports.
	 * @param pool the name of the pool
	 * @return the pool, or {@code null} if there is none of that name
	 */
	@ReadOperation
	public @Nullable PoolReportDescriptor pool(@Selector String pool) {
		Objects.requireNonNull(pool, "pool must not be null");
		return Optional.ofNullable(named().get(pool))
			.map((ledger) -> PoolReportDescriptor.of(pool, ledger))
			.orElse(null);
	}

	/**
	 * Return what the holder of a connection is doing at this moment.
	 * @param pool the name of the pool
	 * @param lease the {@link Lease#id() id} of the lease
	 * @return the lease and the stack of its holder, or {@code null} if the connection is
	 * back or there is no such pool
	 */
	@ReadOperation
	public @Nullable HolderDescriptor holder(@Selector String pool, @Selector String lease) {
		Objects.requireNonNull(pool, "pool must not be null");
		Objects.requireNonNull(lease, "lease must not be null");
		return Optional.ofNullable(named().get(pool))
			.flatMap((ledger) -> ledger.holder(lease))
			.map(HolderDescriptor::of)
			.orElse(null);
	}

	/** Each by a name that is its own, where several pools have the same or none yet. */
	private Map<String, PoolLedger> named() {
		Map<String, PoolLedger> named = new LinkedHashMap<>();
		for (PoolLedger ledger : this.ledgers.all()) {
			String name = ledger.pool();
			for (int number = 2; named.putIfAbsent(name, ledger) != null; number++) {
				name = "%s (%d)".formatted(ledger.pool(), number);
			}
		}
		return named;
	}

	/**
	 * All pools.
	 *
	 * @param pools the pools, the one in most trouble first: first those of which
	 * something is the matter, the longest wait first, then those with the latest report
	 * @param phases what a connection can be used for
	 * @since 0.1.0
	 */
	public record PoolsDescriptor(List<PoolDescriptor> pools,
			List<PhaseDescriptor> phases) implements OperationResponseBody {

		/**
		 * Create one from its facts.
		 * @param pools the pools, the one in most trouble first: first those of which
		 * something is the matter, the longest wait first, then those with the latest
		 * report
		 * @param phases what a connection can be used for
		 */
		public PoolsDescriptor {
			Objects.requireNonNull(pools, "pools must not be null");
			Objects.requireNonNull(phases, "phases must not be null");
		}

		static PoolsDescriptor of(Map<String, PoolLedger> ledgers) {
			return new PoolsDescriptor(ledgers.entrySet()
				.stream()
				.map((named) -> PoolDescriptor.of(named.getKey(), named.getValue()))
				.sorted(PoolDescriptor.WORST_FIRST)
				.toList(), Stream.of(Phase.values()).map(PhaseDescriptor::of).toList());
		}

	}

	/**
	 * What a connection can be used for, as {@code phase} of a lease has it.
	 *
	 * @param phase the phase
	 * @param description it in words
	 * @param idle whether the database has nothing to do for the connection
	 * @since 0.1.0
	 */
	public record PhaseDescriptor(Phase phase, String description, boolean idle) {

		/**
		 * Create one from its facts.
		 * @param phase the phase
		 * @param description it in words
		 * @param idle whether the database has nothing to do for the connection
		 */
		public PhaseDescriptor {
			Objects.requireNonNull(phase, "phase must not be null");
			Objects.requireNonNull(description, "description must not be null");
		}

		static PhaseDescriptor of(Phase phase) {
			return new PhaseDescriptor(phase, phase.description(), phase.isIdle());
		}

	}

	/**
	 * A pool at one moment.
	 *
	 * @param snapshot who holds its connections, who waits, and the figures
	 * @param diagnosis what is the matter, or {@code null} if nothing is
	 * @param reports the latest waits that ended without a connection, the latest first
	 * @since 0.1.0
	 */
	public record PoolDescriptor(PoolSnapshotDescriptor snapshot, @Nullable DiagnosisDescriptor diagnosis,
			List<ReportDescriptor> reports) {

		/**
		 * Create one from its facts.
		 * @param snapshot who holds its connections, who waits, and the figures
		 * @param diagnosis what is the matter, or {@code null} if nothing is
		 * @param reports the latest waits that ended without a connection, the latest
		 * first
		 */
		public PoolDescriptor {
			Objects.requireNonNull(snapshot, "snapshot must not be null");
			Objects.requireNonNull(reports, "reports must not be null");
		}

		static final Comparator<PoolDescriptor> WORST_FIRST = Comparator.comparing(PoolDescriptor::isWell)
			.thenComparing(PoolDescriptor::longestWait, Comparator.reverseOrder())
			.thenComparing(PoolDescriptor::latestReport, Comparator.reverseOrder())
			.thenComparing((pool) -> pool.snapshot().pool());

		static PoolDescriptor of(String name, PoolLedger ledger) {
			List<ReportDescriptor> reports = ledger.reports().stream().map(ReportDescriptor::brief).toList();
			PoolSnapshot snapshot = ledger.snapshot();
			if (snapshot.waiters().isEmpty()) {
				Diagnosis diagnosis = ledger.diagnosis();
				return new PoolDescriptor(PoolSnapshotDescriptor.of(name, snapshot),
						(diagnosis instanceof Healthy) ? null : DiagnosisDescriptor.of(diagnosis, snapshot.kind()),
						reports);
			}
			PoolReport report = ledger.report();
			return new PoolDescriptor(PoolSnapshotDescriptor.of(name, report.snapshot()),
					DiagnosisDescriptor.of(report.diagnosis(), report.snapshot().kind()), reports);
		}

		private boolean isWell() {
			return this.diagnosis == null || this.diagnosis.details() instanceof Healthy;
		}

		private Duration longestWait() {
			return this.snapshot.waiters().stream().findFirst().map(WaiterDescriptor::waited).orElse(Duration.ZERO);
		}

		private Instant latestReport() {
			return this.reports.stream().findFirst().map(ReportDescriptor::at).orElse(Instant.EPOCH);
		}

	}

	/**
	 * A pool at one moment, and what the holders of its connections were doing.
	 *
	 * @param snapshot who holds its connections, who waits, and the figures
	 * @param diagnosis what is the matter
	 * @param holders the leases with the stacks of their holders, the oldest lease first
	 * @param reports the latest waits that ended without a connection with their text,
	 * the latest first
	 * @since 0.1.0
	 */
	public record PoolReportDescriptor(PoolSnapshotDescriptor snapshot, DiagnosisDescriptor diagnosis,
			List<HolderDescriptor> holders, List<ReportDescriptor> reports) implements OperationResponseBody {

		/**
		 * Create one from its facts.
		 * @param snapshot who holds its connections, who waits, and the figures
		 * @param diagnosis what is the matter
		 * @param holders the leases with the stacks of their holders, the oldest lease
		 * first
		 * @param reports the latest waits that ended without a connection with their
		 * text, the latest first
		 */
		public PoolReportDescriptor {
			Objects.requireNonNull(snapshot, "snapshot must not be null");
			Objects.requireNonNull(diagnosis, "diagnosis must not be null");
			Objects.requireNonNull(holders, "holders must not be null");
			Objects.requireNonNull(reports, "reports must not be null");
		}

		static PoolReportDescriptor of(String name, PoolLedger ledger) {
			PoolReport report = ledger.report();
			return new PoolReportDescriptor(PoolSnapshotDescriptor.of(name, report.snapshot()),
					DiagnosisDescriptor.of(report.diagnosis(), report.snapshot().kind()),
					report.holders().stream().map(HolderDescriptor::of).toList(),
					ledger.reports().stream().map(ReportDescriptor::full).toList());
		}

	}

	/**
	 * A lease, and what its holder was doing.
	 *
	 * @param lease the lease
	 * @param stack the stack of the thread that had borrowed the connection, the
	 * innermost frame first; empty if it had ended, or if a subscription holds the
	 * connection, and no thread
	 * @param applicationFrames the innermost frames of the application itself
	 * @since 0.1.0
	 */
	public record HolderDescriptor(LeaseDescriptor lease, List<StackTraceElement> stack,
			List<StackTraceElement> applicationFrames) implements OperationResponseBody {

		/**
		 * Create one from its facts.
		 * @param lease the lease
		 * @param stack the stack of the thread that had borrowed the connection, the
		 * innermost frame first; empty if it had ended, or if a subscription holds the
		 * connection, and no thread
		 * @param applicationFrames the innermost frames of the application itself
		 */
		public HolderDescriptor {
			Objects.requireNonNull(lease, "lease must not be null");
			Objects.requireNonNull(stack, "stack must not be null");
			Objects.requireNonNull(applicationFrames, "applicationFrames must not be null");
		}

		static HolderDescriptor of(Holder holder) {
			return new HolderDescriptor(LeaseDescriptor.of(holder.lease()), holder.stack(), holder.applicationFrames());
		}

	}

	/**
	 * Why somebody got no connection, and how many others for the same reason in the same
	 * incident.
	 *
	 * @param incident the number of the incident, as the log has it
	 * @param at when that was for the first of them
	 * @param last when that was for the latest of them
	 * @param count how many they were
	 * @param trigger what ended the wait
	 * @param borrower who was turned away first, or {@code null} if nobody was
	 * @param diagnosis what was the matter
	 * @param text the whole report for a person to read, or {@code null} among all pools
	 * @since 0.1.0
	 */
	public record ReportDescriptor(long incident, Instant at, Instant last, long count, Trigger trigger,
			@Nullable WaiterDescriptor borrower, DiagnosisDescriptor diagnosis, @Nullable String text) {

		/**
		 * Create one from its facts.
		 * @param incident the number of the incident, as the log has it
		 * @param at when that was for the first of them
		 * @param last when that was for the latest of them
		 * @param count how many they were
		 * @param trigger what ended the wait
		 * @param borrower who was turned away first, or {@code null} if nobody was
		 * @param diagnosis what was the matter
		 * @param text the whole report for a person to read, or {@code null} among all
		 * pools
		 */
		public ReportDescriptor {
			Objects.requireNonNull(at, "at must not be null");
			Objects.requireNonNull(last, "last must not be null");
			Objects.requireNonNull(trigger, "trigger must not be null");
			Objects.requireNonNull(diagnosis, "diagnosis must not be null");
		}

		static ReportDescriptor brief(ReportGroup group) {
			return of(group, null);
		}

		static ReportDescriptor full(ReportGroup group) {
			return of(group, group.report().text());
		}

		private static ReportDescriptor of(ReportGroup group, @Nullable String text) {
			PoolReport report = group.report();
			Waiter borrower = report.borrower();
			return new ReportDescriptor(group.incident(), group.first(), group.last(), group.count(), report.trigger(),
					(borrower != null) ? WaiterDescriptor.of(borrower) : null,
					DiagnosisDescriptor.of(report.diagnosis(), report.snapshot().kind()), text);
		}

	}

	/**
	 * What is the matter with a pool.
	 *
	 * @param kind the simple name of the {@link Diagnosis}, such as {@code HeldButIdle}
	 * @param summary what is the matter, in one sentence
	 * @param advice the one change that is most likely to help
	 * @param details the figures behind it, which depend on {@code kind}
	 * @since 0.1.0
	 */
	public record DiagnosisDescriptor(String kind, String summary, String advice, Diagnosis details) {

		/**
		 * Create one from its facts.
		 * @param kind the simple name of the {@link Diagnosis}, such as
		 * {@code HeldButIdle}
		 * @param summary what is the matter, in one sentence
		 * @param advice the one change that is most likely to help
		 * @param details the figures behind it, which depend on {@code kind}
		 */
		public DiagnosisDescriptor {
			Objects.requireNonNull(kind, "kind must not be null");
			Objects.requireNonNull(summary, "summary must not be null");
			Objects.requireNonNull(advice, "advice must not be null");
			Objects.requireNonNull(details, "details must not be null");
		}

		static DiagnosisDescriptor of(Diagnosis diagnosis, PoolKind pool) {
			return new DiagnosisDescriptor(diagnosis.getClass().getSimpleName(), diagnosis.summary(pool),
					diagnosis.advice(pool), diagnosis);
		}

	}

}
