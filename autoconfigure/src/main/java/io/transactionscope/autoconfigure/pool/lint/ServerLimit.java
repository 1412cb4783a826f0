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

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * How many connections a server allows to all of its clients.
 *
 * @param kind the kind of server
 * @param address where it is, as the URLs of its pools have it
 */
record ServerLimit(Kind kind, String address) {

	private static final Pattern URL = Pattern.compile("jdbc:(postgresql|mysql|mariadb):(?://([^/?]*))?.*");

	/**
	 * Return the server behind a URL.
	 * @return the server, or {@code null} if it cannot be asked
	 */
	static @Nullable ServerLimit of(@Nullable String url) {
		Matcher server = URL.matcher((url != null) ? url : "");
		if (!server.matches()) {
			return null;
		}
		String address = (server.group(2) != null) ? server.group(2) : "localhost";
		return of(server.group(1), address);
	}

	/**
	 * Return the server at an address.
	 * @param database the kind of database, as drivers are called after it
	 * @param address the hosts, each with its port if it has one
	 * @return the server, or {@code null} if it cannot be asked
	 */
	static @Nullable ServerLimit of(String database, String address) {
		return switch (database) {
			case "postgresql" -> new ServerLimit(Kind.POSTGRESQL, withoutPort(address, "5432"));
			case "mysql", "mariadb" -> new ServerLimit(Kind.MYSQL, withoutPort(address, "3306"));
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
