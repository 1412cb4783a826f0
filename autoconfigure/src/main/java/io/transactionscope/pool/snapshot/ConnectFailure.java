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
import java.time.Duration;
import java.util.Objects;

import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt of a pool to connect to its database failed with.
 *
 * @param kind what was wrong, as far as the driver tells
 * @param message what the driver said
 * @param sqlState the SQL state of that, or {@code null} if it has none
 * @param ago how long ago that was
 * @since 0.1.0
 */
public record ConnectFailure(Kind kind, String message, @Nullable String sqlState,
		Duration ago) implements Serializable {

	/**
	 * Create one from its facts.
	 * @param kind what was wrong, as far as the driver tells
	 * @param message what the driver said
	 * @param sqlState the SQL state of that, or {@code null} if it has none
	 * @param ago how long ago that was
	 */
	public ConnectFailure {
		Objects.requireNonNull(kind, "kind must not be null");
		Objects.requireNonNull(message, "message must not be null");
		Objects.requireNonNull(ago, "ago must not be null");
	}

	/**
	 * {@return what a failure is about, by the SQL states and error codes of PostgreSQL,
	 * MySQL, MariaDB and H2, and by what caused it}
	 * @param failure what the driver has thrown
	 * @param ago how long ago that was
	 */
	public static ConnectFailure of(Throwable failure, Duration ago) {
		Objects.requireNonNull(failure, "failure must not be null");
		ConnectFailureCauses causes = new ConnectFailureCauses(failure);
		return new ConnectFailure(causes.kind(), Printable.of(causes.message()), causes.sqlState(), ago);
	}

	/**
	 * {@return the failure in words, to be used within a sentence}
	 */
	public String text() {
		String said = (this.sqlState != null) ? "%s (SQL state %s)".formatted(this.message, this.sqlState)
				: this.message;
		return (this.kind == Kind.OTHER) ? said : this.kind.description() + ": " + said;
	}

	/**
	 * What was wrong with an attempt to connect.
	 *
	 * @since 0.1.0
	 */
	public enum Kind {

		/**
		 * The server does not know the user, or the password is not the right one.
		 */
		WRONG_CREDENTIALS("the server does not let this user in",
				"Correct spring.datasource.username and spring.datasource.password, or let this user in at the "
						+ "server. A password that was right until now has been changed or has expired."),

		/**
		 * The server has no database of that name.
		 */
		UNKNOWN_DATABASE("the server has no such database",
				"Create the database, or correct its name in spring.datasource.url."),

		/**
		 * The name of the host cannot be resolved.
		 */
		UNKNOWN_HOST("the name of the host cannot be resolved",
				"Correct the host in spring.datasource.url, or mend the DNS that should know it."),

		/**
		 * Nobody listens at that host and port.
		 */
		REFUSED("nobody listens at that host and port",
				"Start the database, or correct host and port in spring.datasource.url."),

		/**
		 * Whoever listens there ends the link before the database has answered.
		 */
		HUNG_UP("the link was ended before the database answered",
				"See in the server's log why it ends the link, and whether a proxy or load balancer on the way has "
						+ "lost the server."),

		/**
		 * Nobody has answered in time.
		 */
		NO_ANSWER("nobody has answered in time",
				"See that the server's host is up, and that nothing on the way, such as a firewall, swallows what is "
						+ "sent to it."),

		/**
		 * The server has no room for another connection.
		 */
		TOO_MANY_CONNECTIONS("the server has no room for another connection",
				"Make room at the server: see who holds its connections, lower "
						+ "spring.datasource.hikari.maximum-pool-size or the number of instances, or raise the server's "
						+ "limit."),

		/**
		 * Driver and server do not agree on the encryption of the link.
		 */
		TLS("no encrypted link could be agreed on",
				"Correct the TLS settings in spring.datasource.url, or the certificates of the server or those that "
						+ "are trusted here. They may have expired."),

		/**
		 * The server is starting, recovering or shutting down.
		 */
		STARTING_UP("the server takes no connections at this time",
				"Wait until the server is ready: the pool tries again by itself. If that lasts, the server's log says "
						+ "what it is doing."),

		/**
		 * Something else, which the message names.
		 */
		OTHER("", "Correct what the message names: in the database, in spring.datasource.*, or on this host.");

		private final String description;

		private final String advice;

		Kind(String description, String advice) {
			this.description = description;
			this.advice = advice;
		}

		/**
		 * {@return what was wrong, to be used within a sentence}
		 */
		public String description() {
			return this.description;
		}

		/**
		 * {@return the one change that is most likely to help}
		 */
		public String advice() {
			return this.advice;
		}

	}

}
