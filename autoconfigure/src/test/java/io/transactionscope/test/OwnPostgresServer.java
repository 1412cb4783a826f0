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

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import io.zonky.test.db.postgres.util.LinuxUtils;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.FileSystemUtils;

import static org.awaitility.Awaitility.await;

/**
 * A PostgreSQL server of a test's own, which it can shut down, kill, copy and promote.
 *
 * <p>
 * It runs from the binaries of Maven Central, or from those in the directory that the
 * system property {@code transaction-scope.test.postgres.binaries} names.
 */
public final class OwnPostgresServer implements AutoCloseable {

	private static final String BINARIES = System.getProperty("transaction-scope.test.postgres.binaries", "");

	private static final String HOST = "127.0.0.1";

	private static final String USER = "postgres";

	/**
	 * Nothing happens by itself, so that what a test sees does not depend on the time.
	 */
	private static final String[] QUIET = { "listen_addresses=" + HOST, "unix_socket_directories=", "fsync=off",
			"autovacuum=off", "checkpoint_timeout=1h", "wal_writer_delay=10s", "bgwriter_delay=10s",
			"max_connections=100", "logging_collector=off" };

	private static final Set<String> OF_THE_RUN = Set.of("postmaster.pid", "postmaster.opts");

	private static @Nullable Path binaries;

	/** A new database, to be copied. */
	private static @Nullable Path pristine;

	private final Path directory;

	private final String[] settings;

	private final int port;

	private final List<LinkProxy> links = new ArrayList<>();

	private @Nullable Process process;

	private OwnPostgresServer(Path directory, String... settings) {
		this.directory = directory;
		this.settings = settings;
		try (ServerSocket free = new ServerSocket(0)) {
			this.port = free.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Runtime.getRuntime().addShutdownHook(new Thread(this::kill));
	}

	/**
	 * Start one with an empty database.
	 * @param settings what the server is configured with, each {@code name=value}
	 */
	public static OwnPostgresServer create(String... settings) {
		OwnPostgresServer server = new OwnPostgresServer(copy(pristine()), settings);
		server.start();
		return server;
	}

	/** Start it, again, and wait until it answers. */
	public void start() {
		List<String> command = command("postgres", "-D", this.directory.toString(), "-p", String.valueOf(this.port));
		for (String setting : Stream.concat(Stream.of(QUIET), Stream.of(this.settings)).toList()) {
			command.add("-c");
			command.add(setting);
		}
		this.process = run(command, this.directory.resolve("log"));
		awaitAnswer();
	}

	/** Wait until it answers, once it has recovered, for one. */
	public void awaitAnswer() {
		await().pollInterval(Duration.ofMillis(20)).atMost(Duration.ofSeconds(30)).until(this::answers);
	}

	private boolean answers() {
		if (this.process == null || !this.process.isAlive()) {
			throw new IllegalStateException("It does not run: " + log());
		}
		try {
			dataSource().getConnection().close();
			return true;
		}
		catch (SQLException ex) {
			return false;
		}
	}

	private String log() {
		try {
			return Files.readString(this.directory.resolve("log"));
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

	/** Shut it down: sessions are ended, and all is written. */
	public void stop() {
		end("-INT");
	}

	/** Shut it down without that, as if it had crashed. */
	public void stopAtOnce() {
		end("-QUIT");
	}

	private void end(String signal) {
		Process process = this.process;
		if (process != null) {
			signal(signal, process.pid());
			awaitEnd(process);
		}
	}

	/** Kill all of it. */
	public void kill() {
		Process process = this.process;
		if (process != null) {
			List<ProcessHandle> children = process.descendants().toList();
			process.destroyForcibly();
			children.forEach(ProcessHandle::destroyForcibly);
			awaitEnd(process);
			await().pollInterval(Duration.ofMillis(10))
				.until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
		}
	}

	/**
	 * Kill a session, by which the server crashes, and starts itself again.
	 * @param process who serves it
	 */
	public void killSession(long process) {
		signal("-KILL", process);
	}

	/** Kill a session of its own, and wait until the server answers again. */
	public void crash() {
		JdbcClient jdbc = JdbcClient.create(dataSource());
		String before = statisticsSince(jdbc);
		killSession(jdbc.sql("select pid from pg_stat_activity where backend_type = 'checkpointer'")
			.query(Long.class)
			.single());
		await().pollInterval(Duration.ofMillis(20)).atMost(Duration.ofSeconds(30)).until(() -> {
			try {
				return !before.equals(statisticsSince(jdbc));
			}
			catch (RuntimeException ex) {
				return false;
			}
		});
	}

	private static String statisticsSince(JdbcClient jdbc) {
		return jdbc.sql("select pg_stat_get_bgwriter_stat_reset_time()::text").query(String.class).single();
	}

	/**
	 * Copy its data as they are. It should not run.
	 * @return another server with them, which does not run yet
	 */
	public OwnPostgresServer copy() {
		return new OwnPostgresServer(copy(this.directory), this.settings);
	}

	/** Have it follow another one from its next start on. */
	public void follow(LinkProxy link) {
		try {
			Files.createFile(this.directory.resolve("standby.signal"));
			Files.writeString(this.directory.resolve("postgresql.auto.conf"),
					"primary_conninfo = 'host=%s port=%d user=%s'%n".formatted(link.host(), link.port(), USER),
					StandardOpenOption.APPEND);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Unpooled: each connection is a new session. */
	public PGSimpleDataSource dataSource() {
		return dataSource(HOST, this.port);
	}

	/** The same over a link. */
	public PGSimpleDataSource dataSource(LinkProxy link) {
		return dataSource(link.host(), link.port());
	}

	private static PGSimpleDataSource dataSource(String host, int port) {
		PGSimpleDataSource dataSource = new PGSimpleDataSource();
		dataSource.setServerNames(new String[] { host });
		dataSource.setPortNumbers(new int[] { port });
		dataSource.setDatabaseName("postgres");
		dataSource.setUser(USER);
		dataSource.setPrepareThreshold(0);
		return dataSource;
	}

	/** A link to it that can be frozen and cut, and is closed with it. */
	public LinkProxy link() {
		LinkProxy link = LinkProxy.to(HOST, this.port);
		this.links.add(link);
		return link;
	}

	public int port() {
		return this.port;
	}

	@Override
	public void close() throws IOException {
		for (LinkProxy link : this.links) {
			link.close();
		}
		kill();
		FileSystemUtils.deleteRecursively(this.directory);
	}

	private static synchronized Path pristine() {
		if (pristine == null) {
			Path data = temporary().resolve("data");
			Process initdb = run(command("initdb", "-D", data.toString(), "-U", USER, "-A", "trust", "-N",
					"--wal-segsize=1", "--locale=C", "-E", "UTF8"), data.resolveSibling("log"));
			awaitEnd(initdb);
			if (initdb.exitValue() != 0) {
				throw new IllegalStateException("initdb failed, see " + data.resolveSibling("log"));
			}
			pristine = data;
		}
		return pristine;
	}

	private static List<String> command(String program, String... arguments) {
		List<String> command = new ArrayList<>();
		if (LinuxUtils.isUnshareAvailable()) {
			// No server runs as root.
			command.addAll(List.of("unshare", "-U"));
		}
		command.add(binaries().resolve(program).toString());
		command.addAll(List.of(arguments));
		return command;
	}

	private static synchronized Path binaries() {
		if (binaries == null) {
			binaries = BINARIES.isEmpty() ? unpacked() : Path.of(BINARIES);
		}
		return binaries;
	}

	/** Where the embedded server has them, which unpacks them as it needs them. */
	private static Path unpacked() {
		try {
			Method prepare = EmbeddedPostgres.class.getDeclaredMethod("prepareBinaries", PgBinaryResolver.class,
					File.class);
			prepare.setAccessible(true);
			return ((File) prepare.invoke(null, DefaultPostgresBinaryResolver.INSTANCE, null)).toPath().resolve("bin");
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Process run(List<String> command, Path log) {
		try {
			return new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
				.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void signal(String signal, long process) {
		try {
			awaitEnd(new ProcessBuilder("kill", signal, String.valueOf(process)).start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void awaitEnd(Process process) {
		try {
			if (!process.waitFor(60, TimeUnit.SECONDS)) {
				throw new IllegalStateException("It does not end: " + process.info());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private static Path temporary() {
		try {
			Path directory = Files.createTempDirectory("own-postgres-");
			Runtime.getRuntime().addShutdownHook(new Thread(() -> {
				try {
					FileSystemUtils.deleteRecursively(directory);
				}
				catch (IOException ex) {
					// The temporary directory keeps it.
				}
			}));
			return directory;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Path copy(Path directory) {
		try {
			Path copy = temporary().resolve("data");
			Files.walkFileTree(directory, new SimpleFileVisitor<Path>() {

				@Override
				public FileVisitResult preVisitDirectory(Path each, BasicFileAttributes attributes) throws IOException {
					Files.copy(each, copy.resolve(directory.relativize(each).toString()),
							StandardCopyOption.COPY_ATTRIBUTES);
					return FileVisitResult.CONTINUE;
				}

				@Override
				public FileVisitResult visitFile(Path each, BasicFileAttributes attributes) throws IOException {
					if (!OF_THE_RUN.contains(each.getFileName().toString())) {
						Files.copy(each, copy.resolve(directory.relativize(each).toString()),
								StandardCopyOption.COPY_ATTRIBUTES);
					}
					return FileVisitResult.CONTINUE;
				}

			});
			return copy;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
