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

import java.sql.Connection;
import java.sql.SQLException;

import com.zaxxer.hikari.pool.ProxyConnection;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionProxy;

/**
 * What is behind the handles on connections that Spring and pools give out.
 */
final class Handles {

	// How Spring's lazy handles describe themselves as long as they hold no connection.
	// Whatever else one could ask them would make them fetch one.
	private static final String NOT_FETCHED = "Lazy Connection proxy for target DataSource";

	private Handles() {
	}

	/**
	 * Find the connection behind a handle that may not have fetched it yet.
	 * @return the connection, or {@code null} if there is none yet
	 */
	static @Nullable Connection fetched(Connection handle) {
		Connection fetched = handle;
		while (fetched instanceof ConnectionProxy proxy) {
			if (proxy.toString().startsWith(NOT_FETCHED)) {
				return null;
			}
			fetched = proxy.getTargetConnection();
		}
		return fetched;
	}

	/**
	 * Find one of a class of ours behind others, without having one fetched.
	 * @return ours, or {@code null} if there is none, or none that answers any more
	 */
	static <T> @Nullable T find(Connection handle, Class<T> ours) {
		Connection fetched = fetched(handle);
		return (fetched != null) ? behind(fetched, ours) : null;
	}

	/**
	 * Find one of a class of ours behind others.
	 * @return ours, or {@code null} if there is none, or none that answers any more
	 */
	static <T> @Nullable T behind(Connection connection, Class<T> ours) {
		if (ours.isInstance(connection)) {
			return ours.cast(connection);
		}
		try {
			// HikariCP's own is below ours, and no longer answers once it is broken.
			return (!(connection instanceof ProxyConnection) && connection.isWrapperFor(ours)) ? connection.unwrap(ours)
					: null;
		}
		catch (SQLException | RuntimeException | Error ex) {
			// Some pools' connections do not even say what they are, once the link is
			// lost.
			return null;
		}
	}

}
