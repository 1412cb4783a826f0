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

package io.transactionscope.pool.snapshot;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * A lease, and what its holder was doing.
 *
 * @param lease the lease
 * @param stack the stack of the thread that used the connection last, which is the one
 * that had borrowed it unless that has handed it over, the innermost frame first; empty
 * if it had ended
 * @since 0.1.0
 */
public record Holder(Lease lease, List<StackTraceElement> stack) implements Serializable {

	/**
	 * Create one from its facts, and copy {@code stack}.
	 * @param lease the lease
	 * @param stack the stack of the thread that used the connection last, which is the
	 * one that had borrowed it unless that has handed it over, the innermost frame first;
	 * empty if it had ended
	 */
	public Holder {
		Objects.requireNonNull(lease, "lease must not be null");
		Objects.requireNonNull(stack, "stack must not be null");
		stack = List.copyOf(stack);
	}

	/**
	 * Return the innermost frames of the application itself, without those of the JDK,
	 * the database's driver, and the usual frameworks.
	 * @return at most three frames, the innermost first
	 */
	public List<StackTraceElement> applicationFrames() {
		return Frames.ofApplication(this.stack);
	}

	/**
	 * {@return whether the database has nothing to do for the connection, as far as the
	 * calls of JDBC tell and the stack does not show that its thread waits for rows, or
	 * for another setting of the connection}
	 */
	public boolean isIdle() {
		return this.lease.phase().isIdle() && !Frames.isInRoundTrip(this.stack);
	}

	/**
	 * {@return who holds the connection for a person to read, in several lines}
	 */
	public String text() {
		StringBuilder text = new StringBuilder("%s on %s%s, for %s, %s".formatted(Words.ofHolder(this.lease.scope()),
				this.lease.thread(), this.lease.threadAlive() ? "" : " (ended)", Words.of(this.lease.age()), phase()));
		if (this.lease.awaitedPool() != null) {
			text.append(", waits for a connection of ").append(this.lease.awaitedPool());
		}
		if (this.lease.user() != null) {
			text.append(", used by ").append(this.lease.user());
		}
		else if (this.lease.handedOver()) {
			text.append(", has been used by another thread");
		}
		if (this.lease.serverProcess() != null) {
			text.append(", server process ").append(this.lease.serverProcess());
		}
		if (this.lease.lastSql() != null) {
			text.append("\n      last SQL: ").append(this.lease.lastSql());
		}
		this.lease.calls().forEach((call) -> text.append("\n      calls ").append(call.text()));
		append(text, applicationFrames());
		if (!this.lease.borrowSite().isEmpty()) {
			text.append("\n      borrowed");
			append(text, Frames.ofApplication(this.lease.borrowSite()));
		}
		return text.toString();
	}

	private String phase() {
		Duration inPhase = this.lease.inPhase();
		String phase = this.lease.phase().description();
		return (inPhase != null) ? phase + " for " + Words.of(inPhase) : phase;
	}

	private static void append(StringBuilder text, List<StackTraceElement> frames) {
		frames.forEach((frame) -> text.append("\n      at ").append(Frames.describe(frame)));
	}

}
