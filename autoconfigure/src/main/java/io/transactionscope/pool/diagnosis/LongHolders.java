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

package io.transactionscope.pool.diagnosis;

import java.time.Duration;
import java.util.Objects;

import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * Statements take long and keep their connections.
 *
 * @param scope the scope that most of them belong to, {@code null} if it has no name, or
 * {@link Words#SEVERAL_SCOPES} if there is none
 * @param leases how many there are
 * @param longest how long the oldest connection has been held
 * @param unanswered for how long the database is not known to have answered on any
 * connection, {@code null} if it has meanwhile
 * @param lockFree whether the database says that none of them waits for a lock
 * @param ending whether most of them wait for COMMIT or ROLLBACK to be answered, and not
 * for a statement
 * @since 0.1.0
 */
public record LongHolders(@Nullable String scope, int leases, Duration longest, @Nullable Duration unanswered,
		boolean lockFree, boolean ending) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param scope the scope that most of them belong to, {@code null} if it has no name,
	 * or {@link Words#SEVERAL_SCOPES} if there is none
	 * @param leases how many there are
	 * @param longest how long the oldest connection has been held
	 * @param unanswered for how long the database is not known to have answered on any
	 * connection, {@code null} if it has meanwhile
	 * @param lockFree whether the database says that none of them waits for a lock
	 * @param ending whether most of them wait for COMMIT or ROLLBACK to be answered, and
	 * not for a statement
	 */
	public LongHolders {
		Objects.requireNonNull(longest, "longest must not be null");
	}

	/**
	 * Create a diagnosis of which no more is known.
	 * @param scope the scope that most of them belong to, or {@code null} if it has no
	 * name
	 * @param leases how many there are
	 * @param longest how long the oldest connection has been held
	 */
	public LongHolders(@Nullable String scope, int leases, Duration longest) {
		this(scope, leases, longest, null, false, false);
	}

	@Override
	public String summary() {
		StringBuilder text = new StringBuilder("%s held for long by %s, %s, the oldest for %s.".formatted(
				Words.count(this.leases, "connection"), this.ending ? "the end of a transaction" : "statements",
				Words.mostOf(this.scope), Words.of(this.longest)));
		if (this.lockFree) {
			text.append(" None of them waits for a lock, as the database says.");
		}
		if (this.unanswered != null) {
			text.append(" The database is not known to have answered on any connection for %s."
				.formatted(Words.of(this.unanswered)));
		}
		return text.toString();
	}

	@Override
	public String advice() {
		String cause = cause();
		return (this.unanswered != null) ? "See first whether the database answers at all. If it does, f" + cause
				: "F" + cause;
	}

	private String cause() {
		if (this.ending) {
			return "ind out what the database waits for at the end of a transaction, such as a standby that has to confirm it, or a disk that is slow or full.";
		}
		return this.lockFree
				? "ind out what the statements do, such as read a whole table for want of an index, and give the scope a timeout."
				: "ind out what the statements wait for, a lock or a missing index, and give the scope a timeout.";
	}

}
