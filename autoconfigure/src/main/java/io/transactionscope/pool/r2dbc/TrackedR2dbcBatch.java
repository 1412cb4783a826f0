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

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Wrapped;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Several statements that are sent at once, whose execution is told to the ledger, with
 * the first of them.
 */
final class TrackedR2dbcBatch implements Batch, Wrapped<Batch> {

	private final R2dbcLease lease;

	private final Object handle;

	private final Batch batch;

	private @Nullable String first;

	TrackedR2dbcBatch(R2dbcLease lease, Object handle, Batch batch) {
		this.lease = lease;
		this.handle = handle;
		this.batch = batch;
	}

	@Override
	public Batch unwrap() {
		this.lease.unwraps();
		return this.batch;
	}

	@Override
	public Batch add(String sql) {
		this.batch.add(sql);
		if (this.first == null) {
			this.first = sql;
		}
		return this;
	}

	@Override
	public Publisher<? extends Result> execute() {
		return new PhaseSignals<>(this.lease, this.handle, this.batch.execute(), this.first, false);
	}

	@Override
	public String toString() {
		return this.batch.toString();
	}

}
