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

package io.transactionscope.pool.snapshot;

import java.io.Serializable;
import java.util.Objects;

/**
 * The process of a database server, or its thread, that serves a connection.
 *
 * @param database the kind of server
 * @param number what the server calls it: PostgreSQL's process id, MySQL's and MariaDB's
 * connection id
 * @since 0.1.0
 */
public record ServerProcess(DatabaseKind database, long number) implements Serializable {

	/**
	 * Create one from its facts.
	 * @param database the kind of server
	 * @param number what the server calls it: PostgreSQL's process id, MySQL's and
	 * MariaDB's connection id
	 */
	public ServerProcess {
		Objects.requireNonNull(database, "database must not be null");
	}

	@Override
	public String toString() {
		return Long.toString(this.number);
	}

}
