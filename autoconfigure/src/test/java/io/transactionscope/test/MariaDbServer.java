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
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.mariadb.jdbc.MariaDbDataSource;

import org.springframework.util.FileSystemUtils;

import static org.awaitility.Awaitility.await;

/**
 * The MariaDB of the tests: the server that the machine has installed, with data of its
 * own, started by the first test that asks for it and stopped with the JVM.
 * <p>
 * Where none is installed, the tests do without it;
 * {@code -Dtransaction-scope.test.mariadb=required} fails them instead.
 */
public final class MariaDbServer {

	private static final String PROPERTY = "transaction-scope.test.mariadb";

	private static final List<Path> PLACES = List.of(Path.of("/usr/sbin/mariadbd"), Path.of("/usr/bin/mariadbd"),
			Path.of("/usr/local/bin/mariadbd"));

	private static @Nullable MariaDbServer running;

	private final MariaDbDataSource dataSource;

	private MariaDbServer(MariaDbDataSource dataSource) {
		this.dataSource = dataSource;
	}

	/** Whether there is one to be started. */
	public static boolean isInstalled() {
		boolean installed = PLACES.stream().anyMatch(Files::isExecutable);
		if (!installed && "required".equals(System.getProperty(PROPERTY))) {
			throw new IllegalStateException("No mariadbd in %s: install MariaDB's server, or leave out -D%s=required."
				.formatted(PLACES, PROPERTY));
		}
		return installed;
	}

	public static synchronized MariaDbServer running() {
		MariaDbServer server = running;
		if (server == null) {
			server = start();
			running = server;
		}
		return server;
	}

	/** One more, for what the others cannot have, until the JVM ends. */
	public static MariaDbServer startedWith(String option) {
		return start(option);
	}

	/** Unpooled: each connection is a new session. */
	public DataSource dataSource() {
		return this.dataSource;
	}

	/** For MariaDB's driver. */
	public String url() {
		return this.dataSource.getUrl();
	}

	/** For MySQL's driver, which knows the server under another name. */
	public String urlForMysql() {
		return forMysql(this.dataSource.getUrl());
	}

	/** A link to it that can be frozen and cut. */
	public LinkProxy link() {
		URI address = URI.create(this.dataSource.getUrl().substring("jdbc:".length()));
		return LinkProxy.to(address.getHost(), address.getPort());
	}

	/** The same as {@link #dataSource()}, over a link. */
	public DataSource dataSource(LinkProxy link) {
		return dataSource(urlOver(link));
	}

	/** The same as {@link #urlForMysql()}, over a link. */
	public String urlForMysql(LinkProxy link) {
		return forMysql(urlOver(link));
	}

	private String urlOver(LinkProxy link) {
		return this.dataSource.getUrl().replaceFirst("//[^/]+/", "//%s:%d/".formatted(link.host(), link.port()));
	}

	private static String forMysql(String url) {
		return url.replaceFirst("^jdbc:mariadb:", "jdbc:mysql:");
	}

	private static MariaDbServer start(String... options) {
		System.out.println("MariaDB of the tests: the installed server");
		try {
			Path home = Files.createTempDirectory("mariadb");
			install(home);
			// Not before that, which takes long enough for somebody else to take it.
			int port = freePort();
			Process process = start(home, port, List.of(options));
			Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(process, home)));
			MariaDbDataSource dataSource = dataSource(
					"jdbc:mariadb://127.0.0.1:%d/test?user=root&sessionVariables=innodb_lock_wait_timeout=5"
						.formatted(port));
			await().atMost(Duration.ofMinutes(1))
				.ignoreExceptionsInstanceOf(SQLException.class)
				.until(() -> process.isAlive() && answers(dataSource));
			return new MariaDbServer(dataSource);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static MariaDbDataSource dataSource(String url) {
		try {
			return new MariaDbDataSource(url);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	/** Makes the system tables, and the root user who needs no password. */
	private static void install(Path home) throws IOException {
		run(home,
				List.of("mariadb-install-db", "--auth-root-authentication-method=normal", data(home), temporary(home)));
	}

	private static Process start(Path home, int port, List<String> options) throws IOException {
		List<String> arguments = new ArrayList<>(List.of(server().toString(), "--no-defaults", data(home),
				temporary(home), "--port=" + port, "--bind-address=127.0.0.1", "--socket=" + home.resolve("socket"),
				"--pid-file=" + home.resolve("pid"), "--innodb-flush-log-at-trx-commit=0", "--max-connections=300"));
		arguments.addAll(options);
		return new ProcessBuilder(command(arguments)).redirectErrorStream(true)
			.redirectOutput(home.resolve("server.log").toFile())
			.start();
	}

	private static String data(Path home) {
		return "--datadir=" + home.resolve("data");
	}

	/** A server that starts removes the temporary tables of all that share this. */
	private static String temporary(Path home) {
		return "--tmpdir=" + home;
	}

	private static Path server() {
		return PLACES.stream().filter(Files::isExecutable).findFirst().orElseThrow();
	}

	private static void run(Path home, List<String> command) throws IOException {
		Process process = new ProcessBuilder(command(command)).redirectErrorStream(true)
			.redirectOutput(home.resolve("install.log").toFile())
			.start();
		try {
			if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
				throw new IllegalStateException(
						"%s failed: %s".formatted(command, Files.readString(home.resolve("install.log"))));
			}
		}
		catch (InterruptedException ex) {
			process.destroyForcibly();
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/** The server refuses to run as root without being told so. */
	private static List<String> command(List<String> command) {
		List<String> full = new ArrayList<>(command);
		if ("root".equals(System.getProperty("user.name"))) {
			full.add("--user=root");
		}
		return full;
	}

	private static boolean answers(DataSource dataSource) throws SQLException {
		try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
			return statement.execute("select 1");
		}
	}

	private static void stop(Process process, Path home) {
		process.destroy();
		try {
			if (!process.waitFor(10, TimeUnit.SECONDS)) {
				process.destroyForcibly();
			}
			FileSystemUtils.deleteRecursively(home);
		}
		catch (InterruptedException | IOException ex) {
			process.destroyForcibly();
		}
	}

}
