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

import java.sql.PreparedStatement;

/**
 * A prepared statement that tells its lease when it is being executed. What its
 * parameters are set to passes through and is kept nowhere.
 */
class TrackedPreparedStatement extends TrackedStatement implements Delegation.OfPreparedStatement {

	private final PreparedStatement delegate;

	private final String sql;

	TrackedPreparedStatement(TrackedLease lease, PreparedStatement delegate, String sql) {
		super(lease, delegate);
		this.delegate = delegate;
		this.sql = sql;
	}

	@Override
	public PreparedStatement delegate() {
		return this.delegate;
	}

	@Override
	public final String sql() {
		return this.sql;
	}

}
