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

package io.transactionscope.resource;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Stream;

import ch.qos.logback.classic.Logger;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.observation.ObservedResources;
import io.transactionscope.resource.observation.Timing;
import io.transactionscope.resource.ratelimit.RateLimitResources;
import io.transactionscope.resource.setting.MathContextHolder;
import io.transactionscope.resource.setting.SettingResources;
import io.transactionscope.resource.spring.SpringResources;
import io.transactionscope.test.ResourceFaults;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;

import org.springframework.core.env.StandardEnvironment;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * The context managers that one writes every day, each as one would write it here.
 */
class EverydayContextManagersTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private final Trace trace = new Trace();

	private final IOException failure = new IOException("body");

	private <X extends Throwable> void fails(ResourceScope.Block<X> block) {
		assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> {
			block.run(scope);
			throw this.failure;
		})).isSameAs(this.failure);
	}

	@Nested
	@DisplayName("of files")
	class OfFiles {

		private final Path base;

		private final Path file;

		OfFiles(@TempDir Path directory) {
			this.base = directory;
			this.file = directory.resolve("file");
		}

		@Test
		@DisplayName("open(path)")
		void open() throws IOException {
			Files.writeString(this.file, "text");
			String line = ResourceScope.call((scope) -> scope.enter(Files.newBufferedReader(this.file)).readLine());
			assertThat(line).isEqualTo("text");
		}

		@Test
		@DisplayName("opened_w_error(path): the body decides what to do without it")
		void openedWithError() throws IOException {
			ResourceScope.run((scope) -> {
				try {
					scope.enter(Files.newBufferedReader(this.file));
				}
				catch (NoSuchFileException ex) {
					EverydayContextManagersTests.this.trace.add("none");
				}
			});
			EverydayContextManagersTests.this.trace.assertEvents("none");
		}

		@Test
		@DisplayName("for path in paths: stack.enter_context(open(path))")
		void allOrNone() throws IOException {
			List<Path> paths = List.of(this.file, this.file.resolveSibling("missing"));
			Files.writeString(this.file, "text");
			List<BufferedReader> readers = new ArrayList<>();
			assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> {
				for (Path path : paths) {
					readers.add(scope.enter(Files.newBufferedReader(path)));
				}
			}));
			assertThatIOException().isThrownBy(() -> readers.get(0).readLine());
		}

		@Test
		@DisplayName("open(path) if path else nullcontext(sys.stdin)")
		void fileOrWhatIsThereAlready() throws IOException {
			Files.writeString(this.file, "text");
			for (boolean given : new boolean[] { true, false }) {
				Resource<BufferedReader> input = given ? Resource.of(() -> Files.newBufferedReader(this.file))
						: Resources.none(new BufferedReader(BufferedReader.nullReader()));
				ResourceScope
					.run((scope) -> assertThat(scope.enter(input).readLine()).isEqualTo(given ? "text" : null));
			}
		}

		@Test
		@DisplayName("suppress(FileNotFoundError): os.remove(path)")
		void suppress() throws IOException {
			ResourceScope.run((scope) -> {
				scope.enter(Resources.suppressing(NoSuchFileException.class));
				Files.delete(this.file);
			});
			assertThat(this.file).doesNotExist();
		}

		@Test
		@DisplayName("a file that was closed already")
		void closedAlready() throws IOException {
			Resource<Closeable> closed = Resource.of(() -> () -> {
				throw new ClosedChannelException();
			});
			assertThatNoException().isThrownBy(() -> ResourceScope
				.run((scope) -> scope.enter(Resources.suppressing(ClosedChannelException.class).onRelease(closed))));
		}

		@Test
		@DisplayName("atomic_write(path)")
		void atomicWrite() throws IOException {
			Files.writeString(this.file, "old");
			fails((scope) -> Files.writeString(scope.enter(FileResources.atomicFile(this.file)), "half"));
			assertThat(this.file).hasContent("old");
			ResourceScope.run((scope) -> Files.writeString(scope.enter(FileResources.atomicFile(this.file)), "new"));
			assertThat(this.file).hasContent("new");
		}

		@Test
		@DisplayName("TemporaryDirectory(), NamedTemporaryFile()")
		void temporary() throws IOException {
			Path gone = ResourceScope.call((scope) -> {
				Path temporary = scope.enter(FileResources.tempDirectory());
				Files.copy(scope.enter(FileResources.tempFile(".csv")), temporary.resolve("copy"));
				return temporary;
			});
			assertThat(gone).doesNotExist();
		}

		@Test
		@DisplayName("zipfile.ZipFile(path)")
		void archive() throws IOException {
			Path zip = this.file.resolveSibling("archive.zip");
			ResourceScope.run((scope) -> {
				FileSystem archive = scope.enter(FileSystems.newFileSystem(zip, Map.of("create", "true")));
				Files.writeString(archive.getPath("entry"), "text");
			});
			assertThat(zip).isNotEmptyFile();
		}

		@Test
		@DisplayName("FileLock(path)")
		void lockOfAFile() throws IOException {
			ResourceScope.run((scope) -> {
				FileChannel channel = scope
					.enter(FileChannel.open(this.file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
				assertThat(scope.enter(channel.lock()).isValid()).isTrue();
			});
		}

		@Test
		@DisplayName("os.scandir(path), fileinput.input(path)")
		@SuppressWarnings("StreamResourceLeak") // The scope closes them
		void streams() throws IOException {
			Files.writeString(this.file, "one\ntwo\n");
			long lines = ResourceScope.call((scope) -> scope.enter(Files.lines(this.file)).count());
			List<Path> entries = ResourceScope.call((scope) -> scope.enter(Files.list(this.base)).toList());
			assertThat(lines).isEqualTo(2);
			assertThat(entries).containsExactly(this.file);
		}

		@Test
		@DisplayName("chdir(path): a base to resolve against, and the directory of a child")
		void workingDirectory() {
			ProcessBuilder builder = new ProcessBuilder("ls").directory(this.base.toFile());
			assertThat(this.base.resolve("file")).isEqualTo(this.file);
			assertThat(builder.directory()).isEqualTo(this.base.toFile());
		}

	}

	@Nested
	@DisplayName("of locks and limits")
	class OfLocks {

		private final ReentrantLock lock = new ReentrantLock();

		@Test
		@DisplayName("with lock:")
		void locked() {
			fails((scope) -> assertThat(scope.enter(LockResources.lock(this.lock, SOON))).isSameAs(this.lock));
			assertThat(this.lock.isLocked()).isFalse();
		}

		@Test
		@DisplayName("with rwlock.reader():")
		void readers() {
			ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
			ResourceScope.run((scope) -> {
				scope.enter(LockResources.readLock(lock, SOON));
				assertThat(lock.getReadLockCount()).isOne();
			});
			assertThat(lock.getReadLockCount()).isZero();
		}

		@Test
		@DisplayName("locks of several accounts, in order")
		void severalLocks() {
			List<ReentrantLock> accounts = List.of(new ReentrantLock(), new ReentrantLock());
			fails((scope) -> accounts.forEach((account) -> scope.enter(LockResources.lock(account, SOON))));
			assertThat(accounts).noneMatch(ReentrantLock::isLocked);
		}

		@Test
		@DisplayName("with pool.connection(timeout=0.2):")
		void poolWithATimeout() {
			Semaphore slots = new Semaphore(0);
			assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(
					() -> ResourceScope.run((scope) -> scope.enter(LockResources.permit(slots, Duration.ofMillis(1)))));
		}

		@Test
		@DisplayName("borrow from a pool, and discard what failed")
		void borrow() {
			Deque<String> pool = new ArrayDeque<>(List.of("link"));
			Resource<String> link = Resource.of(pool::pop, (borrowed, outcome) -> {
				if (outcome.isSuccess()) {
					pool.push(borrowed);
				}
			});
			ResourceScope.run((scope) -> scope.enter(link));
			assertThat(pool).containsExactly("link");
			fails((scope) -> scope.enter(link));
			assertThat(pool).isEmpty();
		}

		@Test
		@DisplayName("with limiter:")
		void rateLimit() {
			Resource<Duration> limit = RateLimitResources.rateLimit(1, Duration.ofHours(1), Duration.ZERO);
			ResourceScope.run((scope) -> scope.enter(limit));
			assertThatExceptionOfType(ResourceUnavailableException.class)
				.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(limit)));
		}

		@Test
		@DisplayName("a manager that may be entered again inside")
		void reentrant() {
			Resource<Lock> once = LockResources.lock(this.lock, SOON).reentrant();
			ResourceScope.run((outer) -> {
				outer.enter(once);
				ResourceScope.run((inner) -> inner.enter(once));
				assertThat(this.lock.getHoldCount()).isOne();
			});
		}

		@Test
		@DisplayName("count what is in flight")
		void inFlight() {
			AtomicInteger inFlight = new AtomicInteger();
			Resource<Integer> request = Resource.of(inFlight::incrementAndGet,
					(number, outcome) -> inFlight.decrementAndGet());
			fails((scope) -> assertThat(scope.enter(request)).isOne());
			assertThat(inFlight).hasValue(0);
		}

	}

	@Nested
	@DisplayName("of settings")
	class OfSettings {

		private final ThreadLocal<String> tenant = ThreadLocal.withInitial(() -> "none");

		@AfterEach
		void remove() {
			this.tenant.remove();
		}

		@Test
		@DisplayName("redirect_stdout(io.StringIO())")
		void redirect() {
			ByteArrayOutputStream captured = new ByteArrayOutputStream();
			ResourceScope.run((scope) -> {
				scope.enter(SettingResources.standardOutput(new PrintStream(captured)));
				System.out.print("printed");
			});
			assertThat(captured).hasToString("printed");
		}

		@Test
		@DisplayName("localcontext(prec=7)")
		void precision() {
			BigDecimal third = ResourceScope.<BigDecimal, RuntimeException>call((scope) -> {
				scope.enter(SettingResources.mathContext(MathContext.DECIMAL32));
				return BigDecimal.ONE.divide(BigDecimal.valueOf(3), MathContextHolder.get());
			});
			assertThat(third).isEqualByComparingTo("0.3333333");
		}

		@Test
		@DisplayName("contextvar.set(value), and reset(token)")
		void tenant() {
			fails((scope) -> {
				scope.enter(SettingResources.threadLocal(this.tenant, "acme"));
				assertThat(this.tenant.get()).isEqualTo("acme");
			});
			assertThat(this.tenant.get()).isEqualTo("none");
		}

		@Test
		@DisplayName("the id of a request in each line of the log")
		void requestId() {
			ResourceScope.run((scope) -> {
				scope.enter(SettingResources.mdc("request", "42"));
				assertThat(MDC.get("request")).isEqualTo("42");
			});
			assertThat(MDC.get("request")).isNull();
		}

		@Test
		@DisplayName("feature flags, monkeypatch.setitem, patch.dict")
		void featureFlags() {
			Map<String, Boolean> flags = new HashMap<>(Map.of("search", false));
			ResourceScope.run((scope) -> {
				scope.enter(SettingResources.override(flags, Map.of("search", true, "export", true)));
				assertThat(flags).containsEntry("search", true).containsEntry("export", true);
			});
			assertThat(flags).isEqualTo(Map.of("search", false));
		}

		@Test
		@DisplayName("override_settings(MODE='test')")
		void settingsOfAnApplication() {
			StandardEnvironment environment = new StandardEnvironment();
			ResourceScope.run((scope) -> {
				scope.enter(SpringResources.property(environment, "app.mode", "test"));
				assertThat(environment.getProperty("app.mode")).isEqualTo("test");
			});
			assertThat(environment.containsProperty("app.mode")).isFalse();
		}

		@Test
		@DisplayName("os.environ: of a child, and a system property instead of one's own")
		void environmentVariables() {
			ProcessBuilder builder = new ProcessBuilder("env");
			builder.environment().put("MODE", "test");
			assertThat(builder.environment()).containsEntry("MODE", "test");
			ResourceScope.run((scope) -> scope.enter(SettingResources.systemProperty("app.mode", "test")));
			assertThat(System.getProperty("app.mode")).isNull();
		}

		@Test
		@DisplayName("a locale, a time zone")
		void localeAndTimeZone() {
			TimeZone before = TimeZone.getDefault();
			ResourceScope.run((scope) -> {
				scope.enter(SettingResources.locale(Locale.FRENCH));
				scope.enter(SettingResources.override(TimeZone::getDefault, TimeZone::setDefault,
						TimeZone.getTimeZone("UTC")));
				assertThat(String.format("%.1f", 1.5)).isEqualTo("1,5");
			});
			assertThat(TimeZone.getDefault()).isEqualTo(before);
		}

		@Test
		@DisplayName("logging at another level for a while")
		void levelOfALogger() {
			Logger logger = (Logger) LoggerFactory.getLogger("everyday");
			ResourceScope.run((scope) -> {
				scope.enter(SettingResources.override(logger::getLevel, logger::setLevel,
						ch.qos.logback.classic.Level.TRACE));
				assertThat(logger.isTraceEnabled()).isTrue();
			});
			assertThat(logger.getLevel()).isNull();
		}

		@Test
		@DisplayName("the name and the class loader of a thread")
		void thread() {
			Thread thread = Thread.currentThread();
			String before = thread.getName();
			ResourceScope.run((scope) -> {
				scope.enter(SettingResources.overrideForThread(thread::getName, thread::setName, "import"));
				scope.enter(SettingResources.overrideForThread(thread::getContextClassLoader,
						thread::setContextClassLoader, ClassLoader.getPlatformClassLoader()));
				assertThat(thread.getName()).isEqualTo("import");
			});
			assertThat(thread.getName()).isEqualTo(before);
		}

	}

	@Nested
	@DisplayName("of things that run")
	class OfThingsThatRun {

		@Test
		@DisplayName("ThreadPoolExecutor()")
		void executor() {
			ExecutorService executor = Executors.newSingleThreadExecutor();
			fails((scope) -> scope.enter(Resources.closing(executor, ExecutorService::shutdownNow))
				.submit(() -> "work")
				.get());
			assertThat(executor.isShutdown()).isTrue();
		}

		@Test
		@DisplayName("Popen(...), terminated if the body fails")
		void process() throws IOException {
			Process process = new ProcessBuilder("sleep", "60").start();
			fails((scope) -> scope.enter(Resources.closing(process, Process::destroyForcibly)));
			assertThat(process.onExit()).succeedsWithin(SOON);
		}

		@Test
		@DisplayName("closing(urlopen(...)), a server, a session")
		void server() throws IOException {
			HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
			ResourceScope.run((scope) -> {
				scope.enter(Resources.closing(server, (running) -> running.stop(0))).start();
				assertThat(server.getAddress().getPort()).isPositive();
			});
		}

		@Test
		@DisplayName("a connection that is kept once all is there: pop_all()")
		void ownership() throws IOException {
			ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
			ResourceScope kept = ResourceScope.<ResourceScope, IOException>call((scope) -> {
				scope.enter(server);
				scope.enter(new Socket(server.getInetAddress(), server.getLocalPort()));
				return scope.detach();
			});
			assertThat(server.isClosed()).isFalse();
			kept.close();
			assertThat(server.isClosed()).isTrue();
		}

		@Test
		@DisplayName("cleanup only if it failed: callback, then pop_all()")
		void undo() {
			fails((scope) -> scope.onFailure((outcome) -> EverydayContextManagersTests.this.trace.add("undone")));
			ResourceScope
				.run((scope) -> scope.onFailure((outcome) -> EverydayContextManagersTests.this.trace.add("?")));
			EverydayContextManagersTests.this.trace.assertEvents("undone");
		}

		@Test
		@DisplayName("a hook at the exit of the process, for a while: signals blocked")
		void shutdownHook() {
			Thread hook = new Thread(() -> EverydayContextManagersTests.this.trace.add("interrupted"));
			ResourceScope.run((scope) -> {
				Runtime.getRuntime().addShutdownHook(hook);
				scope.defer(() -> Runtime.getRuntime().removeShutdownHook(hook));
			});
			assertThat(Runtime.getRuntime().removeShutdownHook(hook)).isFalse();
		}

		@Test
		@DisplayName("batch jobs: each item in its own block")
		void batch() {
			List<Throwable> failures = new ArrayList<>();
			for (String item : List.of("one", "two", "three")) {
				ResourceScope.run((scope) -> {
					scope.enter(Resources.suppressing(IllegalStateException.class));
					scope.onFailure((outcome) -> failures.add(outcome.failure()));
					if (item.equals("two")) {
						throw new IllegalStateException(item);
					}
					EverydayContextManagersTests.this.trace.add(item);
				});
			}
			EverydayContextManagersTests.this.trace.assertEvents("one", "three");
			assertThat(failures).extracting(Throwable::getMessage).containsExactly("two");
		}

		@Test
		@DisplayName("retry, each attempt in a block of its own")
		void retry() throws Exception {
			AtomicInteger attempts = new AtomicInteger();
			Callable<String> attempt = EverydayContextManagersTests.this.trace.resource("link").wrap(() -> {
				if (attempts.incrementAndGet() < 2) {
					throw EverydayContextManagersTests.this.failure;
				}
				return "done";
			});
			assertThatIOException().isThrownBy(attempt::call);
			assertThat(attempt.call()).isEqualTo("done");
			EverydayContextManagersTests.this.trace.assertEvents("enter link", "exit link: failed by body",
					"enter link", "exit link: succeeded");
		}

	}

	@Nested
	@DisplayName("of transactions")
	class OfTransactions {

		private final JdbcClient jdbc;

		private final TransactionScope transactions;

		OfTransactions() {
			JdbcDataSource dataSource = new JdbcDataSource();
			dataSource.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
			this.jdbc = JdbcClient.create(dataSource);
			this.transactions = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
			this.jdbc.sql("create table item (name varchar(20))").update();
		}

		private void insert(String name) {
			this.jdbc.sql("insert into item values (?)").param(name).update();
		}

		private List<String> items() {
			return this.jdbc.sql("select name from item").query(String.class).list();
		}

		@Test
		@DisplayName("with connection: commit, or roll back")
		void transaction() {
			this.transactions.run((tx) -> insert("kept"));
			assertThatIOException().isThrownBy(() -> this.transactions.run((tx) -> {
				insert("lost");
				throw EverydayContextManagersTests.this.failure;
			}));
			assertThat(items()).containsExactly("kept");
		}

		@Test
		@DisplayName("with connection.begin_nested(): a savepoint for each row of an import")
		void savepoints() {
			this.transactions.run((tx) -> {
				for (String name : List.of("one", "far more than twenty characters", "three")) {
					try {
						tx.savepoint((sp) -> insert(name));
					}
					catch (DataIntegrityViolationException ex) {
						EverydayContextManagersTests.this.trace.add("skipped");
					}
				}
			});
			assertThat(items()).containsExactly("one", "three");
			EverydayContextManagersTests.this.trace.assertEvents("skipped");
		}

		@Test
		@DisplayName("transaction.on_commit(send)")
		void onCommit() {
			this.transactions.run((tx) -> {
				tx.afterCommit(() -> EverydayContextManagersTests.this.trace.add("sent " + items()));
				insert("one");
			});
			EverydayContextManagersTests.this.trace.assertEvents("sent [one]");
		}

		@Test
		@DisplayName("with lock, connection: free once the data is visible")
		void lockAroundATransaction() {
			Resource<String> lock = Resource.of(() -> "lock",
					(held, outcome) -> EverydayContextManagersTests.this.trace.add("free with " + items()));
			this.transactions.run((tx) -> {
				tx.enter(lock);
				insert("one");
			});
			EverydayContextManagersTests.this.trace.assertEvents("free with [one]");
		}

	}

	@Nested
	@DisplayName("of what is watched")
	class OfWhatIsWatched {

		@Test
		@DisplayName("with timer(): and its time afterwards")
		void timer() {
			Timing timing = ResourceScope.<Timing, RuntimeException>call(
					(scope) -> scope.enter(ObservedResources.timed(ObservationRegistry.create(), "import")));
			assertThat(timing.elapsed()).isPositive();
		}

		@Test
		@DisplayName("an activity in the log, with its arguments")
		void activity() {
			fails((scope) -> scope.enter(Resources.logged("import of {} for {}", "orders.csv", "acme")));
		}

		@Test
		@DisplayName("an audit of all that ended, however it ended")
		void audit() {
			fails((scope) -> scope.onExit((outcome) -> EverydayContextManagersTests.this.trace.add("" + outcome)));
			EverydayContextManagersTests.this.trace.assertEvents("failed (java.io.IOException: body)");
		}

		@Test
		@DisplayName("if verbose: stack.enter_context(...)")
		void conditional() {
			boolean verbose = true;
			ResourceScope.run((scope) -> {
				if (verbose) {
					scope.enter(Resources.logged("verbose", Level.DEBUG));
				}
			});
		}

		@Test
		@DisplayName("a test that makes a resource fail")
		void faults() {
			ResourceFaults faults = new ResourceFaults();
			Resource<String> link = faults.watch("link", Resources.none("link"));
			faults.release("link").fails(EverydayContextManagersTests.this.failure);
			assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(link)));
			assertThat(faults.released()).containsExactly("link");
		}

	}

	@Nested
	@DisplayName("of one's own")
	class OfOnesOwn {

		@Test
		@DisplayName("with tag('h1'): print(...)")
		void tag() {
			StringBuilder html = new StringBuilder();
			Function<String, Resource<?>> tag = (name) -> Resource.of(() -> html.append("<" + name + ">"),
					(open, outcome) -> open.append("</" + name + ">"));
			ResourceScope.run((scope) -> {
				scope.enter(tag.apply("h1"));
				html.append("text");
			});
			assertThat(html).hasToString("<h1>text</h1>");
		}

		@Test
		@DisplayName("with indented():")
		void indented() {
			int[] depth = { 0 };
			Resource<Integer> indented = Resource.of(() -> ++depth[0], (before, outcome) -> depth[0]--);
			ResourceScope.run((outer) -> {
				outer.enter(indented);
				ResourceScope.run((inner) -> assertThat(inner.enter(indented)).isEqualTo(2));
				assertThat(depth[0]).isOne();
			});
			assertThat(depth[0]).isZero();
		}

		@Test
		@DisplayName("a generator with a yield")
		void generator() {
			Around<String> around = (body) -> {
				EverydayContextManagersTests.this.trace.add("before");
				body.run("value");
				EverydayContextManagersTests.this.trace.add("after");
			};
			around.run(EverydayContextManagersTests.this.trace::add);
			EverydayContextManagersTests.this.trace.assertEvents("before", "value", "after");
		}

		@Test
		@DisplayName("a decorator")
		void decorator() {
			Function<String, Integer> length = EverydayContextManagersTests.this.trace.resource("a")
				.wrap((String text) -> text.length());
			assertThat(length.apply("text")).isEqualTo(4);
			EverydayContextManagersTests.this.trace.assertEvents("enter a", "exit a: succeeded");
		}

		@Test
		@DisplayName("with a, b as one")
		void composed() {
			Resource<String> both = EverydayContextManagersTests.this.trace.resource("a")
				.and(EverydayContextManagersTests.this.trace.resource("b"));
			fails((scope) -> assertThat(scope.enter(both)).isEqualTo("b"));
			EverydayContextManagersTests.this.trace.assertEvents("enter a", "enter b", "exit b: failed by body",
					"exit a: failed by body");
		}

		@Test
		@DisplayName("a commit or a rollback in __exit__")
		void commitOrRollback() {
			Resource<String> unit = Resource.of(() -> "unit of work",
					(work, outcome) -> EverydayContextManagersTests.this.trace
						.add(outcome.isSuccess() ? "commit" : "rollback"));
			ResourceScope.run((scope) -> scope.enter(unit));
			fails((scope) -> scope.enter(unit));
			EverydayContextManagersTests.this.trace.assertEvents("commit", "rollback");
		}

		@Test
		@DisplayName("with closing(cursor): in with connection:")
		void cursor() {
			fails((scope) -> {
				scope.enter(EverydayContextManagersTests.this.trace.closeable("connection"));
				scope.enter(EverydayContextManagersTests.this.trace.closeable("statement"));
				scope.enter(EverydayContextManagersTests.this.trace.closeable("rows"));
			});
			EverydayContextManagersTests.this.trace.assertEvents("close rows", "close statement", "close connection");
		}

		@Test
		@DisplayName("one block for the life of an object: setUp and tearDown")
		void fixture() {
			ResourceScope fixture = ResourceScope.open();
			fixture.enter(EverydayContextManagersTests.this.trace.resource("a"));
			fixture.complete();
			fixture.close();
			EverydayContextManagersTests.this.trace.assertEvents("enter a", "exit a: succeeded");
		}

		@Test
		@DisplayName("lambdas in a stream")
		void stream() {
			assertThat(Stream.of("one", "three")
				.map(EverydayContextManagersTests.this.trace.resource("a").wrap(String::length))).containsExactly(3, 5);
		}

	}

}
