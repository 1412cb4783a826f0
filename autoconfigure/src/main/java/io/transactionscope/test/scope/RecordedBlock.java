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

package io.transactionscope.test.scope;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.observation.Observation;
import io.transactionscope.engine.Measurement;
import io.transactionscope.pool.Borrower;
import io.transactionscope.test.scope.RecordedScope.State;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Follows a block, and what its thread sends meanwhile. Others look at it at any time.
 */
final class RecordedBlock implements Measurement, Borrower.Watch {

	private final String name;

	private final Measurement measurement;

	private final Borrower borrower = Borrower.current();

	/** Of the block around it, or of whoever may cancel what the thread sends. */
	private final Borrower.@Nullable Watch outer = this.borrower.exchangeWatch(this);

	private final AtomicInteger connections = new AtomicInteger();

	private final AtomicInteger statements = new AtomicInteger();

	private final List<String> calls = new CopyOnWriteArrayList<>();

	private volatile @Nullable Throwable failure;

	private volatile State state = State.RUNNING;

	@SuppressWarnings("this-escape") // to its own thread alone
	RecordedBlock(String name, Measurement measurement) {
		this.name = name;
		this.measurement = measurement;
	}

	RecordedScope record() {
		State state = this.state;
		return new RecordedScope(this.name, state, this.failure, this.connections.get(), this.statements.get(),
				this.calls);
	}

	@Override
	public @Nullable Observation observation() {
		return this.measurement.observation();
	}

	@Override
	public void failedToBegin(Throwable failure) {
		end(State.ROLLED_BACK, failure);
		this.measurement.failedToBegin(failure);
	}

	@Override
	public void begun() {
		this.measurement.begun();
	}

	@Override
	public void ending() {
		this.measurement.ending();
	}

	@Override
	public void ended(@Nullable TransactionOutcome outcome, @Nullable Throwable failure) {
		end((outcome != null) ? State.valueOf(outcome.name()) : State.JOINED, failure);
		this.measurement.ended(outcome, failure);
	}

	@Override
	public void cancelled(@Nullable Throwable failure) {
		end(State.ROLLED_BACK, failure);
		this.measurement.cancelled(failure);
	}

	private void end(State state, @Nullable Throwable failure) {
		this.borrower.exchangeWatch(this.outer);
		this.failure = failure;
		this.state = state;
	}

	@Override
	public void sends(Runnable cancellation) throws SQLException {
		if (this.outer != null) {
			this.outer.sends(cancellation);
		}
		this.statements.incrementAndGet();
	}

	@Override
	public void awaitsEnd() {
		if (this.outer != null) {
			this.outer.awaitsEnd();
		}
	}

	@Override
	public void answered() {
		if (this.outer != null) {
			this.outer.answered();
		}
	}

	@Override
	public void borrows() {
		this.connections.incrementAndGet();
		if (this.outer != null) {
			this.outer.borrows();
		}
	}

	@Override
	public void calls(String name) {
		this.calls.add(name);
		if (this.outer != null) {
			this.outer.calls(name);
		}
	}

}
