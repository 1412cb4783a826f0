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

package io.transactionscope.r2dbc;

import java.util.concurrent.TimeUnit;

import io.transactionscope.engine.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * How long the end of a transaction may take on a link that does not answer any more.
 */
final class Allowance {

	/** What comes after the deadline. */
	private static final long GRACE = 1_000;

	/** Where nothing depends on the answer: what is not given back clean is closed. */
	private static final long WITHOUT_DEADLINE = 30_000;

	/** Of the time after the deadline, for who asks what became of a COMMIT. */
	private static final long TO_RESOLVE = 500;

	private static final long BEFORE_INTERRUPT = 200;

	private Allowance() {
	}

	/** For what can be given up, as the connection is closed then. */
	static long toUndo(@Nullable Deadline deadline) {
		return (deadline != null) ? deadline.remainingMillis() + GRACE : WITHOUT_DEADLINE;
	}

	/** How long a rollback may wait for a statement before that is broken off. */
	static long beforeInterrupt() {
		return BEFORE_INTERRUPT;
	}

	/** For the close of a connection that may be dead. */
	static long toDiscard() {
		return GRACE;
	}

	/**
	 * For what must not be given up before its time: the outcome would be unknown. A
	 * transaction that Spring ends may come to it past its deadline.
	 */
	static long toCommit(@Nullable Deadline deadline) {
		if (deadline == null) {
			return DriverCall.UNBOUNDED;
		}
		long remaining = deadline.remainingMillis();
		return ((remaining > 0) ? remaining : deadline.timeout().toMillis()) + GRACE;
	}

	/**
	 * For the question before a COMMIT, which can be given up.
	 * @param toCommit for both
	 */
	static long toAsk(long toCommit) {
		return (toCommit != DriverCall.UNBOUNDED) ? toCommit - GRACE : DriverCall.UNBOUNDED;
	}

	/**
	 * What is left for the COMMIT, if its outcome can be asked for.
	 * @param toCommit for both
	 * @param start when the question was asked, in terms of {@link System#nanoTime()}
	 */
	static long left(long toCommit, long start) {
		return (toCommit != DriverCall.UNBOUNDED)
				? Math.max(1, toCommit - TO_RESOLVE - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
				: DriverCall.UNBOUNDED;
	}

}
