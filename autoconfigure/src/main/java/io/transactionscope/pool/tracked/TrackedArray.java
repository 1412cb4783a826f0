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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Wrapper;
import java.util.function.UnaryOperator;

/**
 * An array whose elements lead, as rows, back to the statement that was handed out. When
 * it is handed back as a parameter, the driver gets its own.
 */
final class TrackedArray implements Delegation.OfArray, Wrapper {

	private final Array array;

	private final UnaryOperator<ResultSet> tracking;

	/**
	 * Create the array as a borrower has it.
	 * @param array the driver's or the pool's
	 * @param tracking makes of its rows what a borrower has
	 */
	TrackedArray(Array array, UnaryOperator<ResultSet> tracking) {
		this.array = array;
		this.tracking = tracking;
	}

	@Override
	public Array delegate() {
		return this.array;
	}

	@Override
	public ResultSet tracked(ResultSet rows) {
		return this.tracking.apply(rows);
	}

	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		if (!type.isInstance(this.array)) {
			throw new SQLException(
					"The driver's array is no %s, but a %s".formatted(type.getName(), this.array.getClass().getName()));
		}
		return type.cast(this.array);
	}

	@Override
	public boolean isWrapperFor(Class<?> type) {
		return type.isInstance(this.array);
	}

	/** As the driver has it, which some read it from. */
	@Override
	public String toString() {
		return this.array.toString();
	}

}
