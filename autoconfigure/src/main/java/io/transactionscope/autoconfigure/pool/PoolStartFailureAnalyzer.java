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

package io.transactionscope.autoconfigure.pool;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;

import com.zaxxer.hikari.pool.HikariPool;
import io.transactionscope.pool.snapshot.ConnectFailure;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says why a pool has no first connection, and what to change.
 */
class PoolStartFailureAnalyzer extends AbstractFailureAnalyzer<SQLException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, SQLException cause) {
		if (!isOfFirstConnection(cause)) {
			return null;
		}
		String state = (cause.getSQLState() != null) ? cause.getSQLState() : "unknown";
		return new FailureAnalysis("A connection pool could not open its first connection (SQL state %s): %s"
			.formatted(state, cause.getMessage()), action(cause), cause);
	}

	/**
	 * A pool that is started by its first borrower throws what the driver has thrown, and
	 * only the stack tells.
	 */
	private static boolean isOfFirstConnection(SQLException failure) {
		return Arrays.stream(failure.getStackTrace())
			.anyMatch((frame) -> frame.getClassName().equals(HikariPool.class.getName())
					&& frame.getMethodName().equals("checkFailFast"));
	}

	private static String action(SQLException cause) {
		ConnectFailure.Kind kind = ConnectFailure.of(cause, Duration.ZERO).kind();
		boolean late = kind == ConnectFailure.Kind.REFUSED || kind == ConnectFailure.Kind.STARTING_UP;
		return late ? kind.advice() + " If the database comes up later than the application, set "
				+ "spring.datasource.hikari.initialization-fail-timeout." : kind.advice();
	}

}
