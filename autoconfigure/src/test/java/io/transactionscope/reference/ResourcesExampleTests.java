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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.WithResource;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.WithResourceAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.resource.Around;
import io.transactionscope.resource.Decorator;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.OpenResource;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.observation.ObservedResources;
import io.transactionscope.resource.observation.Timing;
import io.transactionscope.resource.setting.Captured;
import io.transactionscope.resource.setting.SettingResources;
import io.transactionscope.test.ResourceFaults;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * The examples of the reference's chapter on resources, run.
 */
@Tag("once")
@ExtendWith(OutputCaptureExtension.class)
@SuppressWarnings("try")
class ResourcesExampleTests {

	private final List<Object> events = new ArrayList<>();

	@TempDir
	private Path directory;

	private HikariDataSource pool;

	private JdbcTemplate jdbc;

	private TransactionScope transactions;

	@BeforeEach
	void open() {
		JdbcDataSource database = new JdbcDataSource();
		database.setURL("jdbc:h2:mem:resources-example;DB_CLOSE_DELAY=-1");
		HikariConfig config = new HikariConfig();
		config.setDataSource(database);
		config.setMaximumPoolSize(3);
		config.setMinimumIdle(0);
		config.setConnectionTimeout(1_000);
		this.pool = new HikariDataSource(config);
		this.jdbc = new JdbcTemplate(this.pool);
		this.jdbc.execute("drop table if exists orders");
		this.jdbc.execute("create table orders (name varchar(100))");
		this.transactions = TransactionScope.create(new ScopedJdbcTransactionManager(this.pool));
	}

	@AfterEach
	void close() {
		assertThat(active()).isZero();
		this.pool.close();
	}

	private int active() {
		return this.pool.getHikariPoolMXBean().getActiveConnections();
	}

	private void insert(String order) {
		this.jdbc.update("insert into orders values (?)", order);
	}

	private List<String> orders() {
		return this.jdbc.queryForList("select name from orders order by name", String.class);
	}

	// Where resources are held

	@Test
	void reportIsPublishedAsAWholeOrNotAtAll() throws IOException {
		Path target = this.directory.resolve("report.txt");
		ReportPublisher publisher = new ReportPublisher(target,
				(path) -> assertThat(path).hasContent("1\n2").satisfies(this.events::add));
		publisher.publish(List.of("1", "2"));
		assertThat(this.events).containsExactly(target);
		Iterable<String> failing = () -> {
			throw new IllegalStateException("no data");
		};
		assertThatIllegalStateException().isThrownBy(() -> publisher.publish(failing)).withMessage("no data");
		assertThat(this.events).hasSize(1);
		assertThat(target).hasContent("1\n2");
	}

	@Test
	void transactionHoldsResourcesUntilItsDataIsCommitted() throws IOException {
		Lock lock = new ReentrantLock();
		String order = "42";
		placeWithInvoice(order, lock);
		assertThat(this.directory.resolve("invoice-42.txt")).hasContent("Invoice of order 42");
		assertThat(orders()).containsExactly("42");
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> placeWithInvoice("x".repeat(101), lock));
		assertThat(this.directory).isDirectoryNotContaining((file) -> file.toString().contains("xxx"));
	}

	private void placeWithInvoice(String order, Lock lock) throws IOException {
		Path target = this.directory.resolve("invoice-" + order + ".txt");
		// tag::in-transaction[]
		this.transactions.run((tx) -> {
			tx.enter(LockResources.lock("orders", lock, Duration.ofSeconds(1)));
			Path invoice = tx.enter(FileResources.atomicFile(target));
			Files.writeString(invoice, "Invoice of order " + order);
			insert(order);
		});
		// end::in-transaction[]
	}

	@Test
	void releaseInATransactionComesAfterTheCommitWithTheConnectionBack() {
		this.transactions.run((tx) -> {
			tx.enter(Resource.of(() -> this.events.add(active()), (value, outcome) -> {
				this.events.add(active());
				this.events.add(orders());
				this.events.add(outcome);
			}));
			insert("a");
		});
		assertThat(this.events).containsExactly(1, 0, List.of("a"), Outcome.succeeded());
	}

	@Test
	void lockIsHadBeforeTheConnection() {
		Lock lock = new ReentrantLock();
		Resource<Lock> importLock = LockResources.lock("import", lock, Duration.ofSeconds(1));
		Resource<Boolean> witness = Resource.of(() -> this.events.add(active()), (value, outcome) -> {
			this.events.add(active());
			this.events.add(orders());
		});
		List<String> delivery = List.of("a", "b");
		// tag::lock-first[]
		ResourceScope.run((scope) -> {
			scope.enter(importLock);
			// end::lock-first[]
			scope.enter(witness);
			// tag::lock-first[]
			this.transactions.named("import-orders").outermost().run(() -> delivery.forEach(this::insert));
		});
		// end::lock-first[]
		assertThat(this.events).containsExactly(0, 0, List.of("a", "b"));
	}

	@Test
	void lockThatIsWaitedForWithAConnectionRunsThePoolDry() throws Exception {
		TrackedDataSource tracked = new TrackedDataSource(this.pool);
		TransactionScope placing = TransactionScope.create(new ScopedJdbcTransactionManager(tracked))
			.named("place-order");
		Lock lock = new ReentrantLock();
		ExecutorService executor = Executors.newCachedThreadPool();
		PoolExhaustedException failure;
		lock.lock();
		try {
			for (int i = 0; i < this.pool.getMaximumPoolSize(); i++) {
				executor.execute(() -> placing
					.run((tx) -> tx.enter(LockResources.lock("orders", lock, Duration.ofSeconds(20)))));
			}
			await().until(() -> active() == this.pool.getMaximumPoolSize());
			// Once more if the process itself stood still for most of the wait.
			failure = await().until(() -> catchThrowableOfType(PoolExhaustedException.class, tracked::getConnection),
					(turnedAway) -> turnedAway.report().diagnosis() instanceof HeldButIdle);
		}
		finally {
			lock.unlock();
		}
		executor.shutdown();
		assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		Diagnosis diagnosis = failure.report().diagnosis();
		// What it says of a gain depends on how long all of this took.
		String advice = diagnosis.advice().replaceFirst(" That would let about .*", "");
		RecordedText.wrapped("resource-lock-diagnosis.txt").ignoringTimes().verify(diagnosis.summary() + "\n" + advice);
	}

	@Test
	void lazyConnectionIsBorrowedAfterTheLock() throws SQLException {
		TransactionScope lazy = TransactionScope
			.create(new ScopedJdbcTransactionManager(new LazyConnectionDataSourceProxy(this.pool)));
		lazy.run((tx) -> {
			tx.enter(LockResources.lock(new ReentrantLock(), Duration.ofSeconds(1)));
			this.events.add(active());
			tx.connection().createStatement().execute("select 1");
			this.events.add(active());
		});
		assertThat(this.events).containsExactly(0, 1);
	}

	@Test
	void resourceIsHeldInTryWithResources() {
		Lock lock = new ReentrantLock();
		Resource<Lock> importLock = LockResources.lock("import", lock, Duration.ofSeconds(1));
		// tag::open[]
		try (OpenResource<Lock> held = importLock.open()) {
			insert("a");
			held.complete();
		}
		// end::open[]
		assertThat(orders()).containsExactly("a");
	}

	@Test
	void scopeInTryWithResourcesFailsUnlessItIsCompleted() throws IOException {
		Path target = this.directory.resolve("report.txt");
		// tag::open-scope[]
		try (ResourceScope scope = ResourceScope.open()) {
			Path report = scope.enter(FileResources.atomicFile(target));
			Files.writeString(report, "text");
			scope.complete();
		}
		// end::open-scope[]
		assertThat(target).hasContent("text");
		try (ResourceScope scope = ResourceScope.open()) {
			Files.writeString(scope.enter(FileResources.atomicFile(target)), "other");
			scope.onExit(this.events::add);
		}
		assertThat(target).hasContent("text");
		assertThat(this.events).containsExactly(Outcome.failed());
	}

	@Test
	void checkedExceptionOfAResourceIsNamed() {
		Path missing = this.directory.resolve("missing/report.txt");
		// tag::checked[]
		try {
			ResourceScope.<IOException>run((scope) -> scope.enter(FileResources.atomicFile(missing)));
		}
		catch (IOException ex) {
			report("report.txt", ex);
		}
		// end::checked[]
		assertThat(this.events).hasSize(2).first().isEqualTo("report.txt");
	}

	// Failures

	@Test
	void firstFailureCarriesTheLaterOnes() throws IOException {
		Throwable failure = catchThrowable(() -> {
			// tag::failure[]
			ResourceScope.run((scope) -> {
				scope.defer(() -> {
					throw new IllegalStateException("audit: not connected");
				});
				scope.enter(Resource.of(() -> "session", (session, outcome) -> {
					throw new IOException("session: connection reset");
				}));
				throw new IllegalArgumentException("order 42 has no lines");
			});
			// end::failure[]
		});
		RecordedText.of("resource-failure.txt").verify(failure);
	}

	@Test
	void releaseThatThrowsBecauseOfTheFailureTranslatesIt() {
		Throwable failure = catchThrowable(() -> {
			// tag::translate[]
			ResourceScope.run((scope) -> {
				scope.onExit((outcome) -> {
					if (outcome.isFailure()) {
						throw new OrderRejectedException("order 42", outcome.failure());
					}
				});
				throw new IllegalArgumentException("order 42 has no lines");
			});
			// end::translate[]
		});
		assertThat(failure).isInstanceOf(OrderRejectedException.class)
			.hasNoSuppressedExceptions()
			.hasCauseInstanceOf(IllegalArgumentException.class);
	}

	@Test
	void listedFailuresAreSuppressed(CapturedOutput output) throws Exception {
		Path cache = this.directory.resolve("cache");
		// tag::suppressing[]
		ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(NoSuchFileException.class).named("cache").withoutStackTrace());
			Files.delete(cache);
		});
		// end::suppressing[]
		assertThat(output).contains("Suppressed a failure of 'cache', as the scope was told to: "
				+ "java.nio.file.NoSuchFileException: " + cache);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> createTable("42000"));
		createTable("42P07");
	}

	private static void createTable(String state) throws SQLException {
		// tag::suppressing-when[]
		ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(SQLException.class)
				.when((ex) -> "42P07".equals(ex.getSQLState()))
				.named("create table"));
			execute("create table orders (id int)", state);
		});
		// end::suppressing-when[]
	}

	private static void execute(String statement, String state) throws SQLException {
		throw new SQLException(statement, state);
	}

	@Test
	void suppressedFailureLeavesACallWithoutResult() {
		assertThatIllegalStateException().isThrownBy(() -> ResourceScope.call((scope) -> {
			scope.enter(Resources.suppressing(NoSuchFileException.class));
			return Files.readString(this.directory.resolve("none"));
		})).withCauseInstanceOf(NoSuchFileException.class);
	}

	@Test
	void transactionsFailureIsNotSuppressedInside() {
		SQLException failure = new SQLException("refused");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.transactions.run((tx) -> {
			tx.enter(Resources.suppressing(SQLException.class));
			throw failure;
		})).isSameAs(failure);
	}

	@Test
	void failuresAreTranslated() {
		assertThatExceptionOfType(OrderRejectedException.class).isThrownBy(() -> {
			// tag::translating[]
			ResourceScope.run((scope) -> {
				scope.enter(Resources.translating(SQLException.class, OrderRejectedException::new));
				execute("insert into orders values (42)", "23505");
			});
			// end::translating[]
		}).withCauseInstanceOf(SQLException.class);
	}

	@Test
	void lockThatCannotBeHadIsNamed() throws Exception {
		Lock lock = new ReentrantLock();
		CompletableFuture.runAsync(lock::lock).get();
		ResourceUnavailableException failure = catchThrowableOfType(ResourceUnavailableException.class,
				() -> ResourceScope
					.run((scope) -> scope.enter(LockResources.lock("import", lock, Duration.ofMillis(50)))));
		RecordedText.wrapped("resource-unavailable.txt")
			.ignoringTimes()
			.ignoring(RecordedText.IDENTITIES, "(?<=thread )[\\w.-]+(?=])")
			.verify(failure);
		assertThat(failure.resource()).isEqualTo("lock 'import'");
		assertThat(failure.waited()).isGreaterThanOrEqualTo(Duration.ofMillis(49));
	}

	@Test
	void activitiesAreLogged(CapturedOutput output) throws IOException {
		String file = "orders.csv";
		// tag::logged[]
		ResourceScope.run((scope) -> {
			scope.enter(Resources.logged("import of {} for {}", file, "Ada"));
			insert("a");
		});
		// end::logged[]
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.logged("import of {} for {}", file, "Bob"));
			throw new IOException("line 7 is cut off");
		}))).isInstanceOf(IOException.class);
		RecordedText.of("resource-logged.txt")
			.ignoringTimes()
			.verify(String.join("\n",
					output.getOut()
						.lines()
						.filter((line) -> line.contains("import of"))
						.map((line) -> line.replaceFirst("^.*?(INFO|WARN)\\b.*?: ?(import of.*)$", "$1  $2")
							.replaceFirst("^.*?(INFO|WARN)\\b.*? - (import of.*)$", "$1  $2"))
						.toList()));
	}

	// Resources of one's own

	@Test
	void resourceIsMadeOfTwoLambdas() {
		Broker broker = new Broker();
		// tag::of[]
		Resource<Channel> channel = Resource.of(broker::connect, (opened, outcome) -> {
			if (outcome.isSuccess()) {
				opened.commit();
			}
			opened.close();
		});
		ResourceScope.run((scope) -> scope.enter(channel).send("order 42"));
		// end::of[]
		assertThat(broker.sent).containsExactly("order 42", "commit", "close");
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			scope.enter(channel);
			throw new IOException();
		}))).hasNoSuppressedExceptions();
		assertThat(broker.sent).hasSize(4).endsWith("close");
	}

	@Test
	void whatIsBoundToItsThreadSaysSo() {
		Broker broker = new Broker();
		// tag::held[]
		Resource<Channel> channel = () -> {
			Channel opened = broker.connect();
			return Held.threadBound(opened, (outcome) -> opened.close());
		};
		// end::held[]
		assertThatIllegalStateException()
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(channel.releaseWithin(Duration.ofSeconds(1)))));
		assertThat(broker.sent).containsExactly("close");
	}

	@Test
	void aroundRunsItsBodyInside() {
		Broker broker = new Broker();
		// tag::around[]
		Around<Channel> inChannel = (body) -> {
			Channel opened = broker.connect();
			try {
				body.run(opened);
				opened.commit();
			}
			finally {
				opened.close();
			}
		};
		inChannel.run((channel) -> channel.send("order 42"));
		// end::around[]
		ResourceScope.run((scope) -> scope.enter(inChannel.asResource()).send("order 43"));
		assertThat(broker.sent).containsExactly("order 42", "commit", "close", "order 43", "commit", "close");
		assertThatIllegalStateException().isThrownBy(() -> {
			Around<String> never = (body) -> {
			};
			never.run((value) -> {
			});
		});
	}

	@Test
	void outcomeIsOneOfFour() {
		assertThat(describe(Outcome.succeeded())).isEqualTo("committed");
		assertThat(describe(Outcome.unknown(new SQLException("link")))).isEqualTo("in doubt: link");
		assertThat(describe(Outcome.cancelled(null))).isEqualTo("cancelled");
		assertThat(describe(Outcome.failed())).isEqualTo("rolled back");
	}

	private static String describe(Outcome outcome) {
		// tag::outcome[]
		if (outcome instanceof Outcome.Unknown unknown) {
			return "in doubt: " + unknown.failure().getMessage();
		}
		if (outcome.isCancelled()) {
			return "cancelled";
		}
		return outcome.isSuccess() ? "committed" : "rolled back";
		// end::outcome[]
	}

	@Test
	void resourcesAreMadeOfOthers() throws Exception {
		Lock first = new ReentrantLock();
		Lock second = new ReentrantLock();
		Broker broker = new Broker();
		// tag::composed[]
		Resource<Lock> both = LockResources.lock("first", first, Duration.ofSeconds(1))
			.and(LockResources.lock("second", second, Duration.ofSeconds(1)));
		Resource<String> name = Resource.of(broker::connect).map(Channel::name);
		Resource<Lock> reentrant = both.reentrant();
		// end::composed[]
		ResourceScope.run((scope) -> {
			assertThat(scope.enter(name)).isEqualTo("channel");
			scope.enter(reentrant);
			scope.enter(reentrant);
			assertThat(CompletableFuture.supplyAsync(second::tryLock).get()).isFalse();
		});
		assertThat(broker.sent).containsExactly("close");
		assertThat(CompletableFuture.supplyAsync(second::tryLock).join()).isTrue();
	}

	@Test
	void wrapsFunctions() throws IOException {
		Path file = Files.writeString(this.directory.resolve("a"), "text");
		Resource<Lock> importLock = LockResources.lock("import", new ReentrantLock(), Duration.ofSeconds(1));
		// tag::wrap[]
		Runnable guarded = importLock.wrap(() -> insert("a"));
		Decorator.CheckedFunction<Path, String, IOException> read = importLock.wrapCheckedFunction(Files::readString);
		// end::wrap[]
		guarded.run();
		assertThat(orders()).containsExactly("a");
		assertThat(read.apply(file)).isEqualTo("text");
	}

	// Releases

	@Test
	void releasesAreBoundedOrDeferred() throws Exception {
		Broker broker = new Broker();
		ExecutorService executor = Executors.newSingleThreadExecutor();
		Resource<Channel> channel = Resource.of(broker::connect);
		// tag::releases[]
		ResourceScope.run((scope) -> {
			scope.enter(channel.releaseWithin("audit channel", Duration.ofSeconds(2)));
			scope.enter(channel.releaseOn("mail channel", executor, (name, failure) -> report(name, failure)));
		});
		// end::releases[]
		executor.shutdown();
		assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		assertThat(broker.sent).containsExactly("close", "close");
	}

	private void report(String name, Throwable failure) {
		this.events.add(name);
		this.events.add(failure);
	}

	// Ownership and size

	@Test
	void detachedScopeOutlivesTheOneItCameFrom() throws Exception {
		List<String> closed = new ArrayList<>();
		try (Journal journal = new Journal(this.directory.resolve("journal"), () -> closed.add("socket"))) {
			assertThat(closed).isEmpty();
			assertThat(journal.file).exists();
		}
		assertThat(closed).containsExactly("socket");
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> new Journal(this.directory.resolve("none/journal"), () -> closed.add("again")));
		assertThat(closed).containsExactly("socket", "again");
	}

	@Test
	void scopeThatIsExpectedToHoldManySaysNothing(CapturedOutput output) {
		// tag::expect[]
		ResourceScope.run((scope) -> {
			scope.expect(20_000);
			for (int i = 0; i < 10_000; i++) {
				scope.enter(Resources.none(i));
			}
			assertThat(scope.size()).isEqualTo(10_000);
		});
		// end::expect[]
		assertThat(output).doesNotContain("WARN");
		ResourceScope.run((scope) -> {
			for (int i = 0; i < 1_100; i++) {
				scope.enter(Resources.none(i));
			}
		});
		assertThat(output.getOut().lines()).filteredOn((line) -> line.contains("WARN")).hasSize(1);
	}

	// Forks

	@Test
	void forksAreJoinedBeforeAnythingIsReleased() throws Exception {
		ExecutorService executor = Executors.newCachedThreadPool();
		insert("a");
		insert("b");
		// tag::fork[]
		String summary = ResourceScope.call((scope) -> {
			Path scratch = scope.enter(FileResources.tempDirectory());
			Future<Integer> orders = scope.fork(executor, () -> this.transactions.readOnly().call(this::count));
			Future<Path> logo = scope.fork(executor, () -> Files.writeString(scratch.resolve("logo.svg"), "<svg/>"));
			return orders.get() + " orders, logo in " + logo.get().getFileName();
		});
		// end::fork[]
		assertThat(summary).isEqualTo("2 orders, logo in logo.svg");
		CountDownLatch never = new CountDownLatch(1);
		IOException failure = new IOException("no logo");
		assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
			Future<?> waiting = scope.fork(executor, () -> {
				never.await();
				return "";
			});
			Future<?> failing = scope.fork(executor, () -> {
				throw failure;
			});
			scope.defer(() -> this.events.add(waiting.isCancelled() && failing.isDone()));
			waiting.get();
		}))).isSameAs(failure);
		assertThat(this.events).containsExactly(true);
		executor.shutdown();
	}

	private int count() {
		return orders().size();
	}

	// Settings and timers

	@Test
	void settingsAreRestored() {
		// tag::settings[]
		String printed = ResourceScope.call((scope) -> {
			scope.enter(SettingResources.systemProperty("user.timezone", "UTC"));
			scope.enter(SettingResources.mdc("order", "42"));
			Captured output = scope.enter(SettingResources.capturedOutputForThread());
			System.out.print("printed by the library");
			return output.text();
		});
		// end::settings[]
		assertThat(printed).isEqualTo("printed by the library");
		assertThat(MDC.get("order")).isNull();
	}

	@Test
	void timingIsKnownInsideAndAfter() {
		ObservationRegistry registry = ObservationRegistry.create();
		// tag::timed[]
		Timing timing = ResourceScope.call((scope) -> {
			Timing running = scope.enter(ObservedResources.timed(registry, "orders.import", Duration.ofSeconds(2)));
			insert("a");
			return running;
		});
		Duration elapsed = timing.elapsed();
		// end::timed[]
		assertThat(elapsed).isPositive();
	}

	// In a test

	@Test
	void resourceFaultsMakeAResourceFail() {
		ResourceFaults faults = new ResourceFaults();
		Resource<Lock> lock = faults.watch("lock",
				LockResources.lock("import", new ReentrantLock(), Duration.ofSeconds(1)));
		faults.release("lock").fails(new IOException("connection lost"));
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> ResourceScope.<IOException>run((scope) -> scope.enter(lock)));
		assertThat(faults.held()).isEmpty();
	}

	// Annotated methods

	@Test
	void annotatedMethodHoldsItsResourcesAroundItsTransaction() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, DataSourceAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
					ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
					ScopedTransactionAutoConfiguration.class, ScopedTransactionVerifierAutoConfiguration.class,
					WithResourceAutoConfiguration.class))
			.withUserConfiguration(Locks.class)
			.withBean(Importer.class)
			.withBean(DataSource.class, () -> new TrackedDataSource(this.pool))
			.run((context) -> {
				context.getBean(Importer.class).importOrders(List.of("a", "b"));
				assertThat(orders()).containsExactly("a", "b");
			});
	}

	static class OrderRejectedException extends RuntimeException {

		OrderRejectedException(Throwable cause) {
			this("The order was rejected", cause);
		}

		OrderRejectedException(String message, @Nullable Throwable cause) {
			super(message, cause);
		}

	}

	// tag::detach[]
	static final class Journal implements AutoCloseable {

		private final Path file;

		private final ResourceScope resources;

		Journal(Path file, AutoCloseable socket) throws IOException {
			try (ResourceScope scope = ResourceScope.open()) {
				scope.enter(socket);
				scope.enter(Files.newBufferedWriter(file));
				this.file = file;
				this.resources = scope.detach();
			}
		}

		@Override
		public void close() {
			this.resources.close();
		}

	}
	// end::detach[]

	// tag::with-resource-bean[]
	@Configuration(proxyBeanMethods = false)
	static class Locks {

		@Bean
		Resource<Lock> importLock() {
			return LockResources.lock("import", new ReentrantLock(), Duration.ofSeconds(2));
		}

	}
	// end::with-resource-bean[]

	static class Importer {

		private final JdbcTemplate jdbc;

		Importer(DataSource dataSource) {
			this.jdbc = new JdbcTemplate(dataSource);
		}

		// tag::with-resource[]
		@WithResource("importLock")
		@ScopedTransaction(timeout = "30s")
		public void importOrders(List<String> delivery) {
			delivery.forEach(this::insert);
		}
		// end::with-resource[]

		private void insert(String order) {
			this.jdbc.update("insert into orders values (?)", order);
		}

	}

	static class Broker {

		final List<String> sent = new CopyOnWriteArrayList<>();

		Channel connect() {
			return new Channel(this);
		}

	}

	record Channel(Broker broker) implements AutoCloseable {

		String name() {
			return "channel";
		}

		void send(String message) {
			this.broker.sent.add(message);
		}

		void commit() {
			this.broker.sent.add("commit");
		}

		@Override
		public void close() {
			this.broker.sent.add("close");
		}

	}

}
