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

package io.transactionscope.r2dbc;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

import org.springframework.util.ClassUtils;

/**
 * What some drivers know, and R2DBC itself does not ask.
 */
final class DriverFeatures {

	private static final boolean POSTGRESQL = ClassUtils.isPresent("io.r2dbc.postgresql.api.PostgresqlConnection",
			DriverFeatures.class.getClassLoader());

	private DriverFeatures() {
	}

	/**
	 * Return the request to break off the statement under way.
	 * @param connection as it was lent
	 * @return what sends it once subscribed to, or {@code null} if the driver cannot
	 */
	static @Nullable Publisher<Void> interrupt(Connection connection) {
		return POSTGRESQL ? Postgresql.interrupt(Discard.raw(connection)) : null;
	}

	/**
	 * Whether the server has said that the transaction is over, which a statement of the
	 * body must have done: the driver then does not send COMMIT, and says nothing.
	 * @param connection as it was lent
	 */
	static boolean hasEnded(Connection connection) {
		return POSTGRESQL && Postgresql.hasEnded(Discard.raw(connection));
	}

	/**
	 * Is loaded where its driver is there.
	 */
	private static final class Postgresql {

		private static @Nullable Publisher<Void> interrupt(Connection connection) {
			return (connection instanceof PostgresqlConnection postgresql) ? postgresql.cancelRequest() : null;
		}

		private static boolean hasEnded(Connection connection) {
			return connection instanceof PostgresqlConnection postgresql && postgresql.isAutoCommit();
		}

	}

}
