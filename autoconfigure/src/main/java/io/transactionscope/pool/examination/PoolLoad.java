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
import java.util.Objects;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.snapshot.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What the figures of the last minute say about the number of connections that are
 * needed.
 */
final class PoolLoad {

	/** Those that figures tell apart. */
	private static final List<Part> PARTS = List.of(Part.BEFORE_FIRST_STATEMENT, Part.BETWEEN_STATEMENTS,
			Part.AFTER_LAST_STATEMENT);

	private static final Duration FELT = Duration.ofMillis(20);

	private final List<ScopeStatistics> scopes;

	/** The scopes that hold connections now. */
	private final Set<String> holding;

	/** How many hold or wait, for each that holds. */
	private final double present;

	private final double busyShare;

	PoolLoad(PoolSnapshot snapshot) {
		List<ScopeStatistics> scopes = snapshot.scopes();
		this.scopes = scopes;
		this.holding = snapshot.leases()
			.stream()
			.map((lease) -> Objects.requireNonNullElse(lease.scope(), ScopeStatistics.UNNAMED))
			.collect(Collectors.toUnmodifiableSet());
		double held = sum(scopes, (usage) -> nanos(usage.held()));
		double waited = sum(scopes, (usage) -> nanos(usage.waited()));
		this.present = (held > 0) ? (waited + held) / held : 1;
		double known = sum(scopes, (usage) -> nanos(usage.known()));
		this.busyShare = (known > 0) ? sum(scopes, (usage) -> nanos(usage.busy())) / known : 1;
	}

	private boolean isGone(String scope) {
		return !this.holding.isEmpty() && !this.holding.contains(scope);
	}

	/**
	 * Return whether it is known what the time of the connections went to.
	 */
	boolean isKnown() {
		return sum(this.scopes, (usage) -> nanos(usage.known())) > 0;
	}

	/**
	 * Return whether those who got a connection waited for longer than they held it, on
	 * average and for long enough to be felt.
	 */
	boolean isMostlyWaitedFor() {
		double leases = sum(this.scopes, Usage::leases);
		double waited = sum(this.scopes, (usage) -> nanos(usage.waited()));
		double held = sum(this.scopes, (usage) -> nanos(usage.held()));
		return leases > 0 && waited >= held && waited / leases >= nanos(FELT);
	}

	double busyShare() {
		return this.busyShare;
	}

	/**
	 * Return which part of which scope holds connections idle the most. Those that share
	 * their figures are none that could be named, and a scope that has gone is not to be
	 * found: those that hold now are the ones that others wait for.
	 */
	@Nullable IdleTime mostIdle() {
		IdleTime most = null;
		for (ScopeStatistics scope : this.scopes) {
			if (scope.scope().equals(ScopeStatistics.OTHER) || isGone(scope.scope())) {
				continue;
			}
			for (Part part : PARTS) {
				IdleTime time = idleTime(scope, part);
				if (most == null || time.nanos() > most.nanos()) {
					most = time;
				}
			}
		}
		return most;
	}

	/**
	 * Return how many times as many borrowers would get through if a scope did not hold
	 * connections idle in one part of its life, {@code null} if it has not done so
	 * lately.
	 */
	@Nullable Double gainWithout(@Nullable String scope, Part part) {
		String name = (scope != null) ? scope : ScopeStatistics.UNNAMED;
		return this.scopes.stream()
			.filter((candidate) -> candidate.scope().equals(name))
			.map((candidate) -> idleTime(candidate, part))
			.filter((time) -> time.nanos() > 0)
			.map(IdleTime::gain)
			.findFirst()
			.orElse(null);
	}

	private IdleTime idleTime(ScopeStatistics scope, Part part) {
		Usage usage = scope.lastMinute();
		double idle = nanos(switch (part) {
			case BEFORE_FIRST_STATEMENT -> usage.beforeFirst();
			case BETWEEN_STATEMENTS, IN_OPEN_SESSION -> usage.between();
			case AFTER_LAST_STATEMENT, IN_COMPLETION_CALLBACK, IN_WEB_REQUEST -> usage.afterLast();
		});
		double share = usage.known().isZero() ? 0 : idle / nanos(usage.known());
		return new IdleTime(scope.scope(), part, idle, share, gain(idle));
	}

	/**
	 * Return how many times as many borrowers get through if connections are held that
	 * much shorter, each borrower's work taking as long as before. The pool lets so many
	 * more through, but there are no more borrowers than those who hold and wait now.
	 */
	private double gain(double idle) {
		double held = sum(this.scopes, (usage) -> nanos(usage.held()));
		if (held <= 0) {
			return 1;
		}
		double ofThePool = held / Math.max(1, held - idle);
		return Math.min(ofThePool, this.present);
	}

	private static double sum(List<ScopeStatistics> scopes, ToDoubleFunction<Usage> figure) {
		return scopes.stream().map(ScopeStatistics::lastMinute).mapToDouble(figure).sum();
	}

	private static double nanos(Duration duration) {
		return duration.toNanos();
	}

	/**
	 * How much time a scope holds connections idle in one part of its life.
	 *
	 * @param share the share of the time that the scope holds connections
	 * @param gain how many times as many borrowers would get through without
	 */
	record IdleTime(String scope, Part part, double nanos, double share, double gain) {

		/**
		 * Return what to say of it.
		 * @param symptoms of the pool
		 */
		HeldButIdle diagnosis(Symptoms symptoms) {
			String name = this.scope.equals(ScopeStatistics.UNNAMED) ? null : this.scope;
			List<Holder> ofScope = symptoms.holders()
				.stream()
				.filter((holder) -> Objects.equals(holder.lease().scope(), name))
				.toList();
			return new HeldButIdle(name, PartSeen.of(this.part, ofScope), this.share, this.gain,
					CallsElsewhere.ofLastMinute(symptoms.snapshot(), this.scope));
		}

	}

}
