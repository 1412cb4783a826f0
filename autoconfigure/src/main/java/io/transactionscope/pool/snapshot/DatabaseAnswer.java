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
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * What came of asking the database over a connection of its own.
 *
 * @param outcome whether it has answered
 * @param time how long ago it answered or failed; while it is silent, for how long it has
 * been asked in vain
 * @param sessions the sessions of which was asked, and those that block them, as far as
 * the server tells
 * @since 0.1.0
 */
public record DatabaseAnswer(Outcome outcome, Duration time, List<ServerSession> sessions) implements Serializable {

	/**
	 * Nobody has asked.
	 */
	public static final DatabaseAnswer NOT_ASKED = new DatabaseAnswer(Outcome.NOT_ASKED, Duration.ZERO, List.of());

	/**
	 * Create one from its facts, and copy {@code sessions}.
	 * @param outcome whether it has answered
	 * @param time how long ago it answered or failed; while it is silent, for how long it
	 * has been asked in vain
	 * @param sessions the sessions of which was asked, and those that block them, as far
	 * as the server tells
	 */
	public DatabaseAnswer {
		Objects.requireNonNull(outcome, "outcome must not be null");
		Objects.requireNonNull(time, "time must not be null");
		Objects.requireNonNull(sessions, "sessions must not be null");
		sessions = List.copyOf(sessions);
	}

	/**
	 * {@return whether the database has answered}
	 */
	public boolean isAnswered() {
		return this.outcome == Outcome.ANSWERED;
	}

	/**
	 * {@return the session that a process serves, if the database has told of it}
	 * @param process the process, {@code null} if it is not known
	 */
	public Optional<ServerSession> session(@Nullable ServerProcess process) {
		return (process != null) ? session(process.number()) : Optional.empty();
	}

	/**
	 * {@return the session that the process of that number serves, if the database has
	 * told of it}
	 * @param process the number of the process
	 */
	public Optional<ServerSession> session(long process) {
		return this.sessions.stream().filter((session) -> session.process() == process).findFirst();
	}

	/**
	 * Whether the database has answered.
	 *
	 * @since 0.1.0
	 */
	public enum Outcome {

		/**
		 * It has not been asked, or that is too long ago to say anything of this moment.
		 */
		NOT_ASKED,

		/**
		 * It has answered.
		 */
		ANSWERED,

		/**
		 * It was asked and has said nothing: neither has a new connection come about, nor
		 * has it been refused.
		 */
		SILENT,

		/**
		 * It has refused the connection or the question, or could not be reached.
		 */
		FAILED

	}

}
