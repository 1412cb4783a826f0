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

package io.transactionscope.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.postgresql.ds.PGSimpleDataSource;

import static org.awaitility.Awaitility.await;

/**
 * A PgBouncer in transaction mode in front of the PostgreSQL of the tests: the one that
 * the machine has installed, until the JVM ends.
 * <p>
 * It has two sessions at the server and hands out the one that has been idle for longer,
 * so that whoever begins a second transaction has another session than before.
 * <p>
 * Where none is installed, the tests do without it;
 * {@code -Dtransaction-scope.test.pgbouncer=required} fails them instead.
 */
public final class PgBouncer {

	/** How many sessions it has at the server. */
	public static final int SESSIONS = 2;

	private static final InstalledProgram PROGRAM = new InstalledProgram("pgbouncer",
			"transaction-scope.test.pgbouncer");

	private static final String CONFIGURATION = """
			[databases]
			postgres = host=%s port=%d dbname=%s user=%s password='%s'

			[pgbouncer]
			listen_addr = 127.0.0.1
			listen_port = %d
			unix_socket_dir =
			auth_type = any
			pool_mode = transaction
			default_pool_size = %d
			server_round_robin = 1
			server_login_retry = 0.1
			query_wait_timeout = 5
			ignore_startup_parameters = extra_float_digits
			""";

	private final int port;

	private PgBouncer(int port) {
		this.port = port;
	}

	/** Whether there is one to be started. */
	public static boolean isInstalled() {
		return PROGRAM.isInstalled();
	}

	/** Start one that reaches the server over this link. */
	public static PgBouncer over(LinkProxy link) {
		try {
			Path home = Files.createTempDirectory("pgbouncer");
			int port = InstalledProgram.freePort();
			PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource(link);
			Path file = home.resolve("pgbouncer.ini");
			Files.writeString(file, CONFIGURATION.formatted(link.host(), link.port(), server.getDatabaseName(),
					server.getUser(), server.getPassword(), port, SESSIONS));
			List<String> arguments = new ArrayList<>();
			if ("root".equals(System.getProperty("user.name"))) {
				// As which it refuses to run
				Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
				arguments.addAll(List.of("-u", "nobody"));
			}
			arguments.add(file.toString());
			Process process = PROGRAM.start(home, arguments.toArray(String[]::new));
			PgBouncer started = new PgBouncer(port);
			await().atMost(Duration.ofMinutes(1))
				.ignoreExceptionsInstanceOf(SQLException.class)
				.until(() -> process.isAlive() && answers(started.dataSource()));
			return started;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Unpooled, and without statements that the server has prepared: those of a version
	 * before 1.21 get lost between its sessions.
	 */
	public PGSimpleDataSource dataSource() {
		PGSimpleDataSource dataSource = new PGSimpleDataSource();
		dataSource.setServerNames(new String[] { "127.0.0.1" });
		dataSource.setPortNumbers(new int[] { this.port });
		dataSource.setDatabaseName("postgres");
		dataSource.setUser("anybody");
		dataSource.setPrepareThreshold(0);
		return dataSource;
	}

	/** Whether it gives each session the statements that others have had prepared. */
	public static boolean tracksPreparedStatements() {
		try {
			Process process = new ProcessBuilder(PROGRAM.path(), "--version").redirectErrorStream(true).start();
			String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			Matcher matcher = Pattern.compile("PgBouncer 1\\.(\\d+)").matcher(version);
			return matcher.find() && Integer.parseInt(matcher.group(1)) >= 21;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean answers(PGSimpleDataSource dataSource) throws SQLException {
		try (Connection connection = dataSource.getConnection()) {
			return connection.isValid(5);
		}
	}

}
