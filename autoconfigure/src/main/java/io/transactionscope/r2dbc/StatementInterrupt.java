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
 * How to break off a statement under way, which R2DBC itself does not know.
 */
final class StatementInterrupt {

	private static final boolean POSTGRESQL = ClassUtils.isPresent("io.r2dbc.postgresql.api.PostgresqlConnection",
			StatementInterrupt.class.getClassLoader());

	private StatementInterrupt() {
	}

	/**
	 * Return the request to break it off.
	 * @param connection as it was lent
	 * @return what sends it once subscribed to, or {@code null} if the driver cannot
	 */
	static @Nullable Publisher<Void> of(Connection connection) {
		return POSTGRESQL ? Postgresql.of(Discard.raw(connection)) : null;
	}

	/**
	 * Is loaded where its driver is there.
	 */
	private static final class Postgresql {

		private static @Nullable Publisher<Void> of(Connection connection) {
			return (connection instanceof PostgresqlConnection postgresql) ? postgresql.cancelRequest() : null;
		}

	}

}
