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

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.Waiter;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * Why somebody got no connection, or, when nobody has been turned away, how a pool is.
 *
 * @param trigger what the report was made for
 * @param borrower who was turned away, or {@code null} if nobody was
 * @param snapshot the pool at that moment
 * @param holders those who hold the connections, with what they were doing, the oldest
 * lease first
 * @param diagnosis what is the matter
 * @since 0.1.0
 */
public record PoolReport(Trigger trigger, @Nullable Waiter borrower, PoolSnapshot snapshot, List<Holder> holders,
		Diagnosis diagnosis) implements Serializable {

	/**
	 * Create one from its facts, and copy {@code holders}.
	 * @param trigger what the report was made for
	 * @param borrower who was turned away, or {@code null} if nobody was
	 * @param snapshot the pool at that moment
	 * @param holders those who hold the connections, with what they were doing, the
	 * oldest lease first
	 * @param diagnosis what is the matter
	 */
	public PoolReport {
		Objects.requireNonNull(trigger, "trigger must not be null");
		Objects.requireNonNull(snapshot, "snapshot must not be null");
		Objects.requireNonNull(holders, "holders must not be null");
		Objects.requireNonNull(diagnosis, "diagnosis must not be null");
		holders = List.copyOf(holders);
	}

	/**
	 * {@return the name of the pool}
	 */
	public String pool() {
		return this.snapshot.pool();
	}

	/**
	 * {@return when the report was made}
	 */
	public Instant at() {
		return this.snapshot.at();
	}

	/**
	 * {@return what is the matter, in one sentence, in the words for a pool of its kind}
	 */
	public String summary() {
		return this.diagnosis.summary(this.snapshot.kind());
	}

	/**
	 * {@return the one change that is most likely to help a pool of its kind}
	 */
	public String advice() {
		return this.diagnosis.advice(this.snapshot.kind());
	}

	/**
	 * {@return the report for a person to read, in several lines}
	 */
	public String text() {
		return new ReportText(headline(), this.diagnosis, this.snapshot, this.holders).toString();
	}

	/**
	 * {@return the report without its evidence, for a person to read: what happened, what
	 * is the matter and what to change}
	 */
	public String brief() {
		return "%s\nDiagnosis: %s\nTo change: %s".formatted(headline(), summary(), advice());
	}

	private String headline() {
		return (this.borrower == null) ? "%s at %s".formatted(pool(), at())
				: "%s - No connection for %s on %s: %s.".formatted(pool(), who(this.borrower), this.borrower.thread(),
						this.trigger.outcome(this.snapshot.kind()).formatted(Words.of(this.borrower.waited())));
	}

	private static String who(Waiter borrower) {
		StackTraceElement code = borrower.code();
		String who = Words.ofScope(borrower.scope());
		return (code != null) ? "%s, at %s,".formatted(who, Frames.describe(code)) : who;
	}

	/**
	 * {@return the report for a person to read, in several lines}
	 */
	@Override
	public String toString() {
		return text();
	}

	/**
	 * What a report was made for.
	 *
	 * @since 0.1.0
	 */
	public enum Trigger {

		/**
		 * Somebody asked for it.
		 */
		REQUEST("the pool's connectionTimeout ended the wait after %s"),

		/**
		 * The pool could not be started.
		 */
		START("the pool could not be started, found after %s"),

		/**
		 * The pool's {@code connectionTimeout} ended a wait.
		 */
		CONNECTION_TIMEOUT("the pool's connectionTimeout ended the wait after %s"),

		/**
		 * The {@code max-acquire-time} of an R2DBC pool ended a wait.
		 */
		ACQUIRE_TIMEOUT("the pool's max-acquire-time ended the wait after %s"),

		/**
		 * An R2DBC pool could not open a connection for somebody.
		 */
		CONNECT_FAILURE("no connection could be opened, found after %s"),

		/**
		 * The deadline of a scope ended its wait.
		 */
		DEADLINE("the scope's deadline ended the wait after %s, not the pool's {patience}"),

		/**
		 * As many were waiting already as {@code PoolSettings.maxWaiting()} allows.
		 */
		MAX_WAITING("turned away after %s, because as many {borrowers} were waiting as max-waiting allows"),

		/**
		 * Waits had been longer than {@code PoolSettings.waitTarget()} for a while.
		 */
		WAIT_TARGET("turned away after %s, because waits have exceeded wait-target for a while"),

		/**
		 * Some waited for each other.
		 */
		DEADLOCK("deadlock, found after %s: none of the waits could have ended");

		private final String outcome;

		Trigger(String outcome) {
			this.outcome = outcome;
		}

		private String outcome(PoolKind kind) {
			return this.outcome.replace("{patience}", kind.patience()).replace("{borrowers}", kind.borrowers());
		}

	}

}
