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

package io.transactionscope.autoconfigure.pool.lint;

import io.transactionscope.autoconfigure.pool.SizedPool;
import org.jspecify.annotations.Nullable;

/**
 * How many connections a server allows to all of its clients.
 *
 * @param kind the kind of server
 * @param address where it is, as the URLs of its pools have it
 */
record ServerLimit(Kind kind, String address) {

	/**
	 * Return how many a server allows.
	 * @return the question for that, or {@code null} if it cannot be asked
	 */
	static @Nullable ServerLimit of(SizedPool.Server server) {
		return switch (server.database()) {
			case "postgresql" -> new ServerLimit(Kind.POSTGRESQL, withoutPort(server.hosts(), "5432"));
			case "mysql", "mariadb" -> new ServerLimit(Kind.MYSQL, withoutPort(server.hosts(), "3306"));
			default -> null;
		};
	}

	/** It is the same server whether or not its port is named. */
	private static String withoutPort(String address, String usual) {
		return address.replaceAll(":%s(?=,|$)".formatted(usual), "");
	}

	/**
	 * Return what to ask, over a connection of whatever user, who is none of those for
	 * whom connections are reserved.
	 */
	String question() {
		return this.kind.question;
	}

	@Override
	public String toString() {
		return "%s at %s".formatted(this.kind.text, this.address);
	}

	/**
	 * Those that can be asked.
	 */
	enum Kind {

		POSTGRESQL("PostgreSQL", """
				select sum(case name when 'max_connections' then setting::int else -setting::int end)
				from pg_settings
				where name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
				"""),

		/** Both have one connection more for an administrator. */
		MYSQL("The MySQL or MariaDB server", "select @@max_connections");

		private final String text;

		private final String question;

		Kind(String text, String question) {
			this.text = text;
			this.question = question;
		}

	}

}
