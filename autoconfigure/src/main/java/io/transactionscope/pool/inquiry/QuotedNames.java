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

package io.transactionscope.pool.inquiry;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Objects;

/**
 * How a database's SQL quotes names, which tells what else double quotes may enclose. Its
 * driver knows, however many others are wrapped around it, and asks nobody for that.
 *
 * @since 0.1.0
 */
public enum QuotedNames {

	/**
	 * As in the standard.
	 */
	IN_DOUBLE_QUOTES,

	/**
	 * In others, as in MySQL, so that double quotes enclose values; or it is not known.
	 */
	OTHERWISE;

	private static final String DOUBLE_QUOTE = "\"";

	/**
	 * Ask a connection that nobody else uses at this moment.
	 */
	public static QuotedNames of(Connection connection) {
		Objects.requireNonNull(connection, "connection must not be null");
		try {
			DatabaseMetaData database = connection.getMetaData();
			return (database != null && DOUBLE_QUOTE.equals(database.getIdentifierQuoteString())) ? IN_DOUBLE_QUOTES
					: OTHERWISE;
		}
		catch (SQLException | RuntimeException ex) {
			return OTHERWISE;
		}
	}

}
