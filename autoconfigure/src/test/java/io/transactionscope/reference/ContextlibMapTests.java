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

package io.transactionscope.reference;

import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.MathContext;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

import io.github.bucket4j.Bucket;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.Around;
import io.transactionscope.resource.Decorator;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.OpenResource;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.resource.async.AsyncResourceScope;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.observation.ObservedResources;
import io.transactionscope.resource.observation.Timing;
import io.transactionscope.resource.ratelimit.RateLimitByKey;
import io.transactionscope.resource.ratelimit.RateLimitResources;
import io.transactionscope.resource.setting.Captured;
import io.transactionscope.resource.setting.SettingResources;
import io.transactionscope.resource.spring.SpringResources;
import io.transactionscope.test.ResourceFaults;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;
import org.slf4j.event.Level;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The rows of the README's map, run.
 */
@SuppressWarnings({ "try", "unused" })
class ContextlibMapTests {

	private final ResourceFaults faults = new ResourceFaults();

	private final Lock lock = new ReentrantLock();

	private final Resource<Lock> resource = this.faults.watch("lock",
			LockResources.lock(this.lock, Duration.ofSeconds(1)));

	private final Resource<Engine> client = this.faults.watch("engine",
			Resource.of(Engine::new, (engine, outcome) -> engine.stop()));

	private int closed;

	@AfterEach
	void everythingIsReleased() {
		assertThat(this.faults.held()).isEmpty();
	}

	@Test
	void resourcesAndTheBlocksThatHoldThem(@TempDir Path directory) throws Exception {
		Path path = Files.writeString(directory.resolve("a"), "text");
		AutoCloseable a = () -> this.closed++;
		AutoCloseable b = a;
		AutoCloseable closeable = a;
		Engine engine = new Engine();
		String value = "value";
		Around<String> around = (body) -> {
			body.run("inside");
			this.closed++;
		};
		Resource<Lock> resource = this.resource;
		Held<String> held = Held.of("held", (outcome) -> this.closed++);
		ResourceScope outer = ResourceScope.call((scope) -> {
			scope.enter(a);
			scope.enter(b);
			scope.enter(Resource.of(() -> connect(), (link, outcome) -> link.close(outcome.isSuccess())));
			scope.enter(Resource.of(() -> connect(), (link, outcome) -> link.close(true)));
			scope.enter(around.asResource());
			scope.enter(closeable);
			scope.enter(Resources.closing(engine, Engine::stop));
			scope.enter(Files.newBufferedReader(path));
			scope.enter(Resources.none(value));
			scope.enter(resource);
			Resource<Lock> once = resource.reentrant();
			scope.enter(once);
			scope.enter(once);
			scope.onExit((outcome) -> log(outcome.failure()));
			scope.adopt(held);
			scope.defer(() -> tidy());
			assertThat(scope.size()).isEqualTo(15);
			scope.expect(20_000);
			ResourceScope kept = scope.detach();
			assertThat(scope.size()).isZero();
			scope.close();
			assertThat(this.closed).isZero();
			return kept;
		});
		outer.close();
		assertThat(this.closed).isEqualTo(9);
		assertThat(engine.stopped).isTrue();
		Callable<String> wrapped = resource.wrap(() -> work());
		assertThat(wrapped.call()).isEqualTo("worked");
		Decorator.CheckedFunction<Path, String, IOException> read = resource.wrapCheckedFunction(Files::readString);
		assertThat(read.apply(path)).isEqualTo("text");
		try (ResourceScope scope = ResourceScope.open()) {
			scope.enter(a);
			scope.complete();
		}
		workWith(resource);
	}

	private static void workWith(Resource<Lock> resource) {
		try (OpenResource<Lock> held = resource.open()) {
			work();
			held.complete();
		}
	}

	@Test
	void failuresAndReleases() {
		Resource<Lock> resource = this.resource;
		Resource<Engine> client = this.client;
		Executor executor = Runnable::run;
		assertThatExceptionOfType(DatabaseError.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(NoSuchFileException.class));
			scope.enter(Resources.suppressing(SQLException.class)
				.when((ex) -> "42P07".equals(ex.getSQLState()))
				.named("migration"));
			scope.enter(Resources.translating(SQLException.class, DatabaseError::new));
			scope.enter(Resources.suppressing(ClosedChannelException.class).onRelease(resource));
			scope.enter(client.releaseWithin("search client", Duration.ofSeconds(2)));
			scope.enter(client.releaseOn("search client", executor));
			throw new SQLException("no such table", "42P01");
		})).withCauseInstanceOf(SQLException.class);
		assertThat(this.faults.released()).containsExactly("engine", "engine", "lock");
	}

	@Test
	void locksPermitsAndLimits() {
		Lock lock = this.lock;
		ReadWriteLock readWriteLock = new ReentrantReadWriteLock();
		Semaphore semaphore = new Semaphore(1);
		String user = "Ada";
		Bucket bucket = Bucket.builder()
			.addLimit((limit) -> limit.capacity(1).refillGreedy(1, Duration.ofDays(1)))
			.build();
		ResourceScope.run((scope) -> {
			scope.enter(LockResources.lock(lock, Duration.ofSeconds(1)));
			scope.enter(LockResources.writeLock(readWriteLock, Duration.ofSeconds(1)));
			scope.enter(LockResources.readLock(readWriteLock, Duration.ofSeconds(1)));
			scope.enter(LockResources.permit(semaphore, Duration.ofSeconds(1)));
			scope.enter(RateLimitResources.rateLimit(10, Duration.ofSeconds(1), Duration.ofMillis(100)));
			RateLimitByKey<String> perUser = RateLimitResources.perKey(10, Duration.ofSeconds(1), Duration.ZERO);
			scope.enter(perUser.of(user));
			scope.enter(RateLimitResources.token(bucket, Duration.ofMillis(100)));
			assertThat(semaphore.availablePermits()).isZero();
		});
		assertThat(semaphore.availablePermits()).isOne();
		assertThat(bucket.getAvailableTokens()).isZero();
	}

	@Test
	void files(@TempDir Path base) throws Exception {
		Path path = Files.writeString(base.resolve("orders.txt"), "old");
		ProcessBuilder builder = new ProcessBuilder();
		List<Path> temporary = ResourceScope.call((scope) -> {
			BufferedWriter out = scope.enter(FileResources.atomicWriter(path));
			out.write("new");
			return List.of(scope.enter(FileResources.tempDirectory()), scope.enter(FileResources.tempFile(".csv")));
		});
		assertThat(temporary).allSatisfy((each) -> assertThat(each).doesNotExist());
		assertThat(path).hasContent("new");
		ResourceScope.run((scope) -> scope.enter(FileResources.atomicWriter(path).withBackup()).write("newer"));
		assertThat(base.resolve("orders.txt.bak")).hasContent("new");
		ResourceScope.run((scope) -> Files.writeString(scope.enter(FileResources.atomicFile(path)), "newest"));
		assertThat(path).hasContent("newest");
		assertThat(base.resolve("orders.csv").getParent()).isEqualTo(base);
		builder.directory(base.toFile());
		assertThat(builder.directory()).isEqualTo(base.toFile());
	}

	@Test
	void settingsAndOutput() {
		ConfigurableEnvironment environment = new MockEnvironment();
		Map<String, Object> config = new HashMap<>(Map.of("retries", 3));
		Sender sender = new Sender();
		ThreadLocal<@Nullable String> tenant = new ThreadLocal<>();
		ByteArrayOutputStream written = new ByteArrayOutputStream();
		PrintStream target = new PrintStream(written, true, StandardCharsets.UTF_8);
		ProcessBuilder builder = new ProcessBuilder();
		Locale locale = Locale.getDefault();
		Map<Object, Object> properties = Map.copyOf(System.getProperties());
		Captured captured = ResourceScope.call((scope) -> {
			scope.enter(SettingResources.systemProperty("user.timezone", "UTC"));
			scope.enter(SpringResources.property(environment, "app.mode", "test"));
			scope.enter(SettingResources.systemProperties(Map.of("user.timezone", "UTC", "user.language", "en")));
			scope.enter(SpringResources.properties(environment, Map.of("app.mode", "test", "app.port", 2525)));
			assertThat(environment.getProperty("app.port", Integer.class)).isEqualTo(2525);
			scope.enter(SettingResources.override(config, Map.of("retries", 0, "timeout", 5)));
			assertThat(config).containsEntry("retries", 0).containsEntry("timeout", 5);
			scope.enter(SettingResources.override(sender::getHost, sender::setHost, "localhost")
				.and(SettingResources.override(sender::getPort, sender::setPort, 2525)));
			assertThat(sender.port).isEqualTo(2525);
			scope.enter(SettingResources.threadLocal(tenant, "acme"));
			assertThat(tenant.get()).isEqualTo("acme");
			scope.enter(SettingResources.mdc("order", "42"));
			assertThat(MDC.get("order")).isEqualTo("42");
			scope.enter(SettingResources.locale(Locale.FRENCH));
			assertThat(Locale.getDefault()).isEqualTo(Locale.FRENCH);
			scope.enter(SettingResources.mathContext(MathContext.DECIMAL32));
			scope.enter(SettingResources.standardOutput(target));
			scope.enter(SettingResources.standardError(target));
			System.out.print("to the target");
			Captured printed = scope.enter(SettingResources.capturedOutput());
			scope.enter(SettingResources.capturedError());
			System.out.print("captured");
			assertThat(printed.text()).isEqualTo("captured");
			Captured mine = scope.enter(SettingResources.capturedOutputForThread());
			System.out.print("mine");
			builder.environment().put("MODE", "test");
			scope.enter(SpringResources.property(environment, "MODE", "test"));
			assertThat(environment.getProperty("MODE")).isEqualTo("test");
			return mine;
		});
		assertThat(captured.text()).isEqualTo("mine");
		assertThat(written.toString(StandardCharsets.UTF_8)).isEqualTo("to the target");
		assertThat(System.getProperties()).containsExactlyInAnyOrderEntriesOf(properties);
		assertThat(environment.getProperty("app.mode")).isNull();
		assertThat(config).containsExactly(Map.entry("retries", 3));
		assertThat(sender.host).isEqualTo("mail.example");
		assertThat(tenant.get()).isNull();
		assertThat(Locale.getDefault()).isEqualTo(locale);
	}

	@Test
	void timersAndLogs() {
		ObservationRegistry registry = ObservationRegistry.create();
		String file = "orders.csv";
		String customer = "Ada";
		Timing measured = ResourceScope.call((scope) -> {
			scope.enter(ObservedResources.timed(registry, "import", Duration.ofSeconds(2)));
			Timing timing = scope.enter(ObservedResources.timed(registry, "import"));
			assertThat(timing.elapsed()).isPositive();
			assertThat(timing.cpuTime()).isPresent();
			assertThat(timing.allocatedBytes()).isPresent();
			scope.enter(Resources.logged("import of {} for {}", file, customer));
			scope.enter(Resources.logged("import", Level.DEBUG).failuresAt(Level.ERROR));
			return timing;
		});
		assertThat(measured.elapsed()).isPositive().isEqualTo(measured.elapsed());
	}

	@Test
	void asynchronousResources() throws Exception {
		Executor executor = Runnable::run;
		String order = "order";
		AsyncLink thing = new AsyncLink();
		AsyncResource<AsyncLink> session = AsyncResource.of(() -> connectAsync(), (link, outcome) -> link.logout());
		BlockFuture<String> future = AsyncResourceScope
			.call((scope) -> scope.enter(session).thenCompose((opened) -> opened.send(order)));
		assertThat(future.get()).isEqualTo("sent order");
		AsyncResourceScope stack = AsyncResourceScope.open();
		stack.enter(AsyncResource.closing(thing, AsyncLink::logout));
		stack.enter(session);
		stack.enter(FileResources.tempFile(".csv"), executor);
		stack.onExitAsync((outcome) -> tidyAsync());
		stack.defer(() -> tidy(), executor);
		stack.enter(session.releaseWithin("session", Duration.ofSeconds(2)));
		Supplier<BlockFuture<String>> guarded = session.wrapSupplier(() -> sendAsync());
		assertThat(guarded.get().get()).isEqualTo("sent");
		assertThat(this.closed).isZero();
		AsyncResourceScope kept = stack.detach();
		kept.close().toCompletableFuture().get();
		assertThat(this.closed).isEqualTo(2);
		assertThat(thing.loggedOut).isTrue();
		int sum = ResourceScope.call((scope) -> {
			Future<Integer> total = scope.fork(executor, () -> count());
			return total.get();
		});
		assertThat(sum).isEqualTo(3);
		future.cancel(true);
		assertThat(future.ended().toCompletableFuture().get().isSuccess()).isTrue();
	}

	private static int count() {
		return 3;
	}

	private static CompletionStage<AsyncLink> connectAsync() {
		return CompletableFuture.completedStage(new AsyncLink());
	}

	private static CompletionStage<String> sendAsync() {
		return CompletableFuture.completedStage("sent");
	}

	private CompletionStage<String> tidyAsync() {
		tidy();
		return CompletableFuture.completedStage("tidied");
	}

	@Test
	void transactions() {
		TransactionScope transactions = TransactionScope.create(new ScopedJdbcTransactionManager(database("map")));
		TransactionScope reports = TransactionScope.create(new ScopedJdbcTransactionManager(database("reports")));
		transactions.run((tx) -> work());
		transactions.outermost().run((tx) -> work());
		transactions.run((tx) -> {
			tx.enter(reports);
			tx.savepoint((sp) -> work());
			tx.afterCommit(() -> work());
			tx.onCompletion((outcome) -> this.closed++);
		});
		assertThat(this.closed).isOne();
	}

	private static JdbcDataSource database(String name) {
		JdbcDataSource database = new JdbcDataSource();
		database.setURL("jdbc:h2:mem:contextlib-" + name);
		return database;
	}

	private static String work() {
		return "worked";
	}

	private void tidy() {
		this.closed++;
	}

	private void log(@Nullable Throwable failure) {
		assertThat(failure).isNull();
		this.closed++;
	}

	private Link connect() {
		return (commit) -> {
			assertThat(commit).isTrue();
			this.closed++;
		};
	}

	interface Link {

		void close(boolean commit);

	}

	static class AsyncLink {

		boolean loggedOut;

		CompletionStage<String> send(String message) {
			return CompletableFuture.completedStage("sent " + message);
		}

		CompletionStage<String> logout() {
			this.loggedOut = true;
			return CompletableFuture.completedStage("bye");
		}

	}

	static class Engine {

		boolean stopped;

		void stop() {
			this.stopped = true;
		}

	}

	static class Sender {

		private String host = "mail.example";

		private int port = 25;

		String getHost() {
			return this.host;
		}

		void setHost(String host) {
			this.host = host;
		}

		int getPort() {
			return this.port;
		}

		void setPort(int port) {
			this.port = port;
		}

	}

	static class DatabaseError extends RuntimeException {

		DatabaseError(String message) {
			super(message);
		}

		DatabaseError(Throwable cause) {
			super(cause);
		}

	}

}
