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

import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.transactionscope.pool.snapshot.ConnectFailure.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What is behind a failed attempt to connect: the failure itself and what caused it, from
 * the outside to the inside.
 */
final class ConnectFailureCauses {

	private static final int MOST_CAUSES = 20;

	/** Those that mean the same wherever they occur. */
	private static final Map<String, Kind> STATES = Map.of("28P01", Kind.WRONG_CREDENTIALS, "28000",
			Kind.WRONG_CREDENTIALS, "3D000", Kind.UNKNOWN_DATABASE, "53300", Kind.TOO_MANY_CONNECTIONS, "57P03",
			Kind.STARTING_UP, "90013", Kind.UNKNOWN_DATABASE, "90146", Kind.UNKNOWN_DATABASE);

	/** Of MySQL and MariaDB. PostgreSQL has none, those of H2 are far higher. */
	private static final Map<Integer, Kind> CODES = Map.of(1040, Kind.TOO_MANY_CONNECTIONS, 1044,
			Kind.WRONG_CREDENTIALS, 1045, Kind.WRONG_CREDENTIALS, 1049, Kind.UNKNOWN_DATABASE, 1053, Kind.STARTING_UP,
			1130, Kind.WRONG_CREDENTIALS, 1203, Kind.TOO_MANY_CONNECTIONS, 1226, Kind.TOO_MANY_CONNECTIONS, 3159,
			Kind.TLS);

	/** Of a driver that has met with something that is no SQL. */
	private static final Set<String> REJECTED = Set.of("08001", "08004", "08006");

	/** Of the system that this runs on, when a socket cannot be made or used. */
	private static final List<String> OF_THIS_HOST = List.of("too many open files", "network is unreachable",
			"assign requested address", "permission denied", "operation not permitted", "no buffer space",
			"cannot allocate memory", "address already in use");

	/** Of a module that an application may have left out. */
	private static final String TLS_PACKAGE = "javax.net.ssl.";

	private final List<Throwable> causes = new ArrayList<>();

	ConnectFailureCauses(Throwable failure) {
		Throwable cause = failure;
		while (cause != null && this.causes.size() < MOST_CAUSES && !this.causes.contains(cause)) {
			Throwable next = cause.getCause();
			// The pool wraps what it has nothing to say about.
			if (next == null || (cause.getMessage() != null && !cause.getMessage().equals(next.toString()))) {
				this.causes.add(cause);
			}
			cause = next;
		}
	}

	Kind kind() {
		Kind said = saidBySql();
		if (said != null) {
			return said;
		}
		if (any(UnknownHostException.class) || any(UnresolvedAddressException.class)) {
			return Kind.UNKNOWN_HOST;
		}
		if (any(CertificateException.class) || is(ConnectFailureCauses::isRefusalOfTls)) {
			return Kind.TLS;
		}
		if (is(ConnectFailureCauses::tellsOfThisHost)) {
			return Kind.OTHER;
		}
		if (any(SocketTimeoutException.class) || any(SQLTimeoutException.class) || any(NoRouteToHostException.class)
				|| is(ConnectFailureCauses::tellsOfTimeout)) {
			return Kind.NO_ANSWER;
		}
		if (any(ConnectException.class)) {
			return Kind.REFUSED;
		}
		return (any(EOFException.class) || any(SocketException.class)) ? Kind.HUNG_UP : Kind.OTHER;
	}

	private @Nullable Kind saidBySql() {
		for (Throwable cause : this.causes) {
			if (cause instanceof SQLException failure) {
				Kind byState = (failure.getSQLState() != null) ? STATES.get(failure.getSQLState()) : null;
				Kind kind = (byState != null) ? byState : CODES.get(failure.getErrorCode());
				if (kind != null) {
					return kind;
				}
			}
		}
		return null;
	}

	/**
	 * The JDK says so by a type of its own; a server that has no TLS, or insists on it,
	 * in words.
	 */
	private static boolean isRefusalOfTls(Throwable cause) {
		if (cause.getClass().getName().startsWith(TLS_PACKAGE)) {
			return true;
		}
		return cause instanceof SQLException failure && REJECTED.contains(String.valueOf(failure.getSQLState()))
				&& String.valueOf(failure.getMessage()).contains("SSL");
	}

	/**
	 * Return whether nothing has left this host: it has no files or ports left, knows no
	 * way, or forbids it. The JDK has the system's words for that, and the same types as
	 * for a link that the other end has ended.
	 */
	private static boolean tellsOfThisHost(Throwable cause) {
		String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
		return cause instanceof SocketException && OF_THIS_HOST.stream().anyMatch(message::contains);
	}

	/**
	 * PostgreSQL's driver ends an attempt that takes longer than its {@code loginTimeout}
	 * without a cause; a system may give up by itself, which is a
	 * {@code ConnectException}.
	 */
	private static boolean tellsOfTimeout(Throwable cause) {
		return (cause instanceof SQLException || cause instanceof ConnectException)
				&& String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("timed out");
	}

	/**
	 * Return what was said, and by what it was caused if that says more.
	 */
	String message() {
		Throwable first = this.causes.get(0);
		Throwable last = this.causes.get(this.causes.size() - 1);
		String said = (first.getMessage() != null) ? first.getMessage() : first.toString();
		String line = said.lines().findFirst().orElse("").strip();
		boolean more = last != first && last.getMessage() != null && !said.contains(last.getMessage());
		return more ? "%s Caused by %s".formatted(line, last) : line;
	}

	@Nullable String sqlState() {
		return this.causes.stream()
			.filter(SQLException.class::isInstance)
			.map((cause) -> ((SQLException) cause).getSQLState())
			.filter((state) -> state != null)
			.findFirst()
			.orElse(null);
	}

	private boolean any(Class<? extends Exception> type) {
		return is(type::isInstance);
	}

	private boolean is(Predicate<Throwable> condition) {
		return this.causes.stream().anyMatch(condition);
	}

}
