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

import java.sql.SQLException;
import java.sql.SQLTimeoutException;

import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcTimeoutException;

/**
 * Says in the terms of JDBC why a connection could not be opened: those are what the
 * causes of that are told apart by.
 */
final class JdbcTerms {

	private JdbcTerms() {
	}

	/**
	 * Say it, with the failure itself as the cause.
	 * @param failure what an attempt to connect has failed with
	 * @return what a driver of JDBC would have thrown, or the failure itself if it is of
	 * neither
	 */
	static Throwable of(Throwable failure) {
		if (!(failure instanceof R2dbcException told)) {
			return failure;
		}
		SQLException said = (told instanceof R2dbcTimeoutException)
				? new SQLTimeoutException(told.getMessage(), told.getSqlState(), told.getErrorCode())
				: new SQLException(told.getMessage(), told.getSqlState(), told.getErrorCode());
		said.initCause(failure);
		return said;
	}

}
