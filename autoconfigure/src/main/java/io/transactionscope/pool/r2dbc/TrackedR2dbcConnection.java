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

package io.transactionscope.pool.r2dbc;

import java.lang.ref.Reference;
import java.time.Duration;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * A connection as its borrower has it: each call goes to the pool's own connection, and
 * those that tell what the connection is used for also to the ledger.
 */
final class TrackedR2dbcConnection implements Connection, Wrapped<Object> {

	private final R2dbcLease lease;

	private final Connection pooled;

	TrackedR2dbcConnection(R2dbcLease lease, Connection pooled) {
		this.lease = lease;
		this.pooled = pooled;
	}

	boolean isOpen() {
		return this.lease.isOpen();
	}

	ReactiveBorrower borrower() {
		return this.lease.subscription();
	}

	/** As the pool's has it: the driver's own, which nothing is noticed of. */
	@Override
	public Object unwrap() {
		this.lease.unwraps();
		Object own = (this.pooled instanceof Wrapped<?> wrapped) ? wrapped.unwrap() : null;
		return (own != null) ? own : this.pooled;
	}

	@Override
	public Statement createStatement(String sql) {
		return new TrackedR2dbcStatement(this.lease, this, this.pooled.createStatement(sql), sql);
	}

	@Override
	public Batch createBatch() {
		return new TrackedR2dbcBatch(this.lease, this, this.pooled.createBatch());
	}

	@Override
	public Publisher<Void> beginTransaction() {
		return begun(this.pooled.beginTransaction());
	}

	@Override
	public Publisher<Void> beginTransaction(TransactionDefinition definition) {
		return begun(this.pooled.beginTransaction(definition));
	}

	private Publisher<Void> begun(Publisher<Void> beginning) {
		this.lease.beginsTransaction();
		return sent("BEGIN", beginning);
	}

	@Override
	public Publisher<Void> commitTransaction() {
		return new PhaseSignals<>(this.lease, this, this.pooled.commitTransaction(), null, true);
	}

	@Override
	public Publisher<Void> rollbackTransaction() {
		return new PhaseSignals<>(this.lease, this, this.pooled.rollbackTransaction(), null, true);
	}

	@Override
	public Publisher<Void> createSavepoint(String name) {
		return sent("SAVEPOINT", this.pooled.createSavepoint(name));
	}

	@Override
	public Publisher<Void> releaseSavepoint(String name) {
		return sent("RELEASE SAVEPOINT", this.pooled.releaseSavepoint(name));
	}

	@Override
	public Publisher<Void> rollbackTransactionToSavepoint(String name) {
		return sent("ROLLBACK TO SAVEPOINT", this.pooled.rollbackTransactionToSavepoint(name));
	}

	@Override
	public Publisher<Void> setAutoCommit(boolean autoCommit) {
		return set(this.pooled.setAutoCommit(autoCommit));
	}

	@Override
	public Publisher<Void> setLockWaitTimeout(Duration timeout) {
		return set(this.pooled.setLockWaitTimeout(timeout));
	}

	@Override
	public Publisher<Void> setStatementTimeout(Duration timeout) {
		return set(this.pooled.setStatementTimeout(timeout));
	}

	@Override
	public Publisher<Void> setTransactionIsolationLevel(IsolationLevel isolationLevel) {
		return set(this.pooled.setTransactionIsolationLevel(isolationLevel));
	}

	@Override
	public Publisher<Boolean> validate(ValidationDepth depth) {
		return held(this.pooled.validate(depth));
	}

	@Override
	public boolean isAutoCommit() {
		return this.pooled.isAutoCommit();
	}

	@Override
	public ConnectionMetadata getMetadata() {
		return this.pooled.getMetadata();
	}

	@Override
	public IsolationLevel getTransactionIsolationLevel() {
		return this.pooled.getTransactionIsolationLevel();
	}

	/** Return the connection to its pool. */
	@Override
	public Publisher<Void> close() {
		return new Closing(this.lease, this, this.pooled.close());
	}

	private Publisher<Void> set(Publisher<Void> publisher) {
		this.lease.changes();
		return held(publisher);
	}

	/** Have it known as in somebody's hands while that is under way. */
	@SuppressWarnings("ReachabilityFenceUsage") // As far as to the last signal
	private <T> Publisher<T> held(Publisher<T> publisher) {
		return Mono.from(publisher).doFinally((how) -> Reference.reachabilityFence(this));
	}

	private Publisher<Void> sent(String what, Publisher<Void> publisher) {
		return new PhaseSignals<>(this.lease, this, publisher, what, false);
	}

	@Override
	public String toString() {
		return this.pooled.toString();
	}

}
