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

package io.transactionscope.pool.tracked;

import java.sql.Array;
import java.sql.CallableStatement;

import org.jspecify.annotations.Nullable;

/**
 * A callable statement that tells its lease when it is being executed.
 */
final class TrackedCallableStatement extends TrackedPreparedStatement implements Delegation.OfCallableStatement {

	private final CallableStatement delegate;

	TrackedCallableStatement(TrackedLease lease, CallableStatement delegate, String sql) {
		super(lease, delegate, sql);
		this.delegate = delegate;
	}

	@Override
	public CallableStatement delegate() {
		return this.delegate;
	}

	@Override
	public @Nullable Array tracked(@Nullable Array array) {
		return (array != null) ? TrackedResultSet.array(this.lease, this, array) : null;
	}

}
