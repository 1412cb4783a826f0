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

package io.transactionscope.link;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A block whose link fails at a moment, and what its caller and the others were told.
 */
final class Attempt {

	private final LinkedDatabase database;

	private final Way way;

	private final Moment moment;

	private final List<TransactionOutcome> heard = new ArrayList<>();

	private @Nullable Throwable ofBody;

	private @Nullable Throwable thrown;

	private Duration took = Duration.ZERO;

	private final Thread thread = Thread.currentThread();

	private volatile List<StackTraceElement> hanging = List.of();

	Attempt(LinkedDatabase database, Way way, Moment moment) {
		this.database = database;
		this.way = way;
		this.moment = moment;
	}

	void run() {
		this.moment.beforeBlock(this.database);
		long start = System.nanoTime();
		this.thrown = catchThrowable(() -> this.way.run(this.database, this.moment.deadline(), this::body));
		this.took = Duration.ofNanos(System.nanoTime() - start);
	}

	private void body(Work work) throws Throwable {
		work.onCompletion(this.heard::add);
		this.database.insert(2);
		try {
			this.moment.inBlock(this.database, work);
		}
		catch (Throwable ex) {
			this.ofBody = ex;
			throw ex;
		}
	}

	/** To be called by another thread. */
	void noteWhereItHangs() {
		this.hanging = List.of(this.thread.getStackTrace());
	}

	String whereItHung() {
		return this.hanging.stream().map(Object::toString).collect(Collectors.joining("\n  ", "it hung in\n  ", "\n"));
	}

	Duration took() {
		return this.took;
	}

	boolean isPlain() {
		return this.way == Way.PLAIN;
	}

	/** What reached the caller. */
	@Nullable Throwable thrown() {
		return this.thrown;
	}

	@Nullable Throwable ofBody() {
		return this.ofBody;
	}

	/** The outcomes that callbacks were told. */
	List<TransactionOutcome> heard() {
		return this.heard;
	}

	List<Integer> rows() {
		return this.database.rows();
	}

}
