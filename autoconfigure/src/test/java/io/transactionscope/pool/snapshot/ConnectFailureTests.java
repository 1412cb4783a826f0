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
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;

import javax.net.ssl.SSLHandshakeException;

import io.transactionscope.pool.snapshot.ConnectFailure.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests for {@link ConnectFailure}: what drivers throw, as they have thrown it.
 */
class ConnectFailureTests {

	static Stream<Arguments> failures() {
		return Stream.of(
				arguments(Kind.WRONG_CREDENTIALS,
						new SQLException("FATAL: password authentication failed for user \"orders\"", "28P01")),
				arguments(Kind.WRONG_CREDENTIALS,
						new SQLException("FATAL: no pg_hba.conf entry for host \"10.0.0.1\"", "28000")),
				arguments(Kind.WRONG_CREDENTIALS,
						new SQLException("Access denied for user 'orders'@'%' (using password: YES)", "28000", 1045)),
				arguments(Kind.WRONG_CREDENTIALS,
						new SQLException("Access denied for user 'orders'@'%' to database 'shop'", "42000", 1044)),
				arguments(Kind.WRONG_CREDENTIALS, new SQLException("Wrong user name or password", "28000", 28000)),
				arguments(Kind.UNKNOWN_DATABASE, new SQLException("FATAL: database \"shop\" does not exist", "3D000")),
				arguments(Kind.UNKNOWN_DATABASE, new SQLException("Unknown database 'shop'", "42000", 1049)),
				arguments(Kind.UNKNOWN_DATABASE, new SQLException("Database \"shop\" not found", "90146", 90146)),
				arguments(Kind.TOO_MANY_CONNECTIONS,
						new SQLException("FATAL: sorry, too many clients already", "53300")),
				arguments(Kind.TOO_MANY_CONNECTIONS,
						new SQLNonTransientConnectionException("Too many connections", "08004", 1040)),
				arguments(Kind.TOO_MANY_CONNECTIONS,
						new SQLException("User 'orders' has exceeded the 'max_user_connections' resource", "42000",
								1226)),
				arguments(Kind.STARTING_UP, new SQLException("FATAL: the database system is starting up", "57P03")),
				arguments(Kind.STARTING_UP, new SQLException("Server shutdown in progress", "08S01", 1053)),
				arguments(Kind.UNKNOWN_HOST,
						attempt("The connection attempt failed.", new UnknownHostException("nowhere.invalid"))),
				arguments(Kind.UNKNOWN_HOST,
						new SQLException("Communications link failure", "08S01",
								new IOException("link", new UnknownHostException("nowhere.invalid")))),
				arguments(Kind.REFUSED,
						attempt("Connection to localhost:1 refused.", new ConnectException("Connection refused"))),
				arguments(Kind.NO_ANSWER,
						attempt("Connection to 10.1.1.1:1 refused.", new ConnectException("Connection timed out"))),
				arguments(Kind.NO_ANSWER,
						attempt("The connection attempt failed.", new SocketTimeoutException("Connect timed out"))),
				arguments(Kind.NO_ANSWER,
						attempt("The connection attempt failed.", new NoRouteToHostException("No route to host"))),
				arguments(Kind.NO_ANSWER, new SQLException("Connection attempt timed out.", "08001")),
				arguments(Kind.HUNG_UP, attempt("The connection attempt failed.", new EOFException())),
				arguments(Kind.HUNG_UP,
						attempt("The connection attempt failed.", new SocketException("Connection reset"))),
				arguments(Kind.OTHER,
						attempt("The connection attempt failed.", new SocketException("Too many open files"))),
				arguments(Kind.OTHER,
						attempt("The connection attempt failed.", new SocketException("Network is unreachable"))),
				arguments(Kind.OTHER,
						attempt("The connection attempt failed.",
								new NoRouteToHostException("Cannot assign requested address"))),
				arguments(Kind.TLS, new SQLException("The server does not support SSL.", "08004")),
				arguments(Kind.TLS,
						attempt("SSL error: PKIX path building failed",
								new SSLHandshakeException("PKIX path building failed"))),
				arguments(Kind.TLS,
						new SQLException("Connections using insecure transport are prohibited", "HY000", 3159)),
				arguments(Kind.OTHER, new SQLException("ERROR: no such setting", "42704")),
				arguments(Kind.OTHER, new IllegalStateException("no driver")));
	}

	@ParameterizedTest
	@MethodSource("failures")
	void isOfAKind(Kind kind, Throwable failure) {
		ConnectFailure fact = ConnectFailure.of(failure, Duration.ofSeconds(1));
		assertThat(fact.kind()).isEqualTo(kind);
		assertThat(fact.message()).startsWith(failure.getMessage());
		assertThat(fact.kind().advice()).isNotBlank();
	}

	@Test
	void saysWhatCausedIt() {
		Exception wrapped = new Exception(
				attempt("The connection attempt failed.", new UnknownHostException("nowhere.invalid")));
		ConnectFailure failure = ConnectFailure.of(wrapped, Duration.ofSeconds(1));
		assertThat(failure.text()).isEqualTo("the name of the host cannot be resolved: The connection attempt failed. "
				+ "Caused by java.net.UnknownHostException: nowhere.invalid (SQL state 08001)");
	}

	@Test
	void saysWhatItIsIfItHasNothingToSay() {
		assertThat(ConnectFailure.of(new IllegalStateException(), Duration.ZERO).text())
			.isEqualTo("java.lang.IllegalStateException");
	}

	private static SQLException attempt(String message, Exception cause) {
		return new SQLException(message, "08001", cause);
	}

}
