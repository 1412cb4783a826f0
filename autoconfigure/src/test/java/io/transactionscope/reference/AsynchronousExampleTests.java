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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.ScopeBoundaryAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ReactiveScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ReactiveTransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ScopedR2dbcTransactionManagerAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveActiveScope;
import io.transactionscope.reactive.ReactiveResources;
import io.transactionscope.reactive.ReactiveScopeBoundary;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.resource.async.AsyncResourceScope;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.core.task.TaskDecorator;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.r2dbc.core.DatabaseClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * The examples of the reference's chapter on asynchronous scopes, run.
 */
@Tag("once")
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class AsynchronousExampleTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final List<Object> events = new CopyOnWriteArrayList<>();

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final CountDownLatch inside = new CountDownLatch(1);

	private final Lock lock = new ReentrantLock();

	private HikariDataSource pool;

	private JdbcTemplate jdbc;

	private TransactionScope transactions;

	private ConnectionPool connections;

	private DatabaseClient database;

	private ReactiveTransactionScope reactive;

	@BeforeEach
	void open() {
		String name = UUID.randomUUID().toString();
		JdbcDataSource driver = new JdbcDataSource();
		driver.setURL("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1");
		HikariConfig config = new HikariConfig();
		config.setDataSource(driver);
		config.setMinimumIdle(0);
		this.pool = new HikariDataSource(config);
		this.jdbc = new JdbcTemplate(this.pool);
		this.jdbc.execute("create table orders (name varchar(20) primary key)");
		this.transactions = TransactionScope.create(new ScopedJdbcTransactionManager(this.pool))
			.asyncExecutor(this.executor);
		this.connections = new ConnectionPool(ConnectionPoolConfiguration
			.builder(ConnectionFactories.get("r2dbc:h2:mem:///" + name + "?options=DB_CLOSE_DELAY=-1"))
			.initialSize(0)
			.maxSize(3)
			.build());
		this.database = DatabaseClient.create(this.connections);
		this.reactive = ReactiveTransactionScope.create(new ScopedR2dbcTransactionManager(this.connections));
	}

	@AfterEach
	void close() throws InterruptedException {
		this.executor.shutdown();
		assertThat(this.executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		await().until(() -> this.connections.getMetrics().orElseThrow().acquiredSize() == 0);
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		this.connections.dispose();
		this.pool.close();
	}

	private String insert(String order) {
		this.jdbc.update("insert into orders values (?)", order);
		return order;
	}

	private List<String> orders() {
		return this.jdbc.queryForList("select name from orders order by name", String.class);
	}

	// Threads

	@Test
	void blockRunsOnAThread() throws Exception {
		String request = "a";
		// tag::thread[]
		BlockFuture<String> placed = this.transactions.named("place-order")
			.timeout(Duration.ofSeconds(2))
			.async()
			.call((tx) -> {
				tx.enter(LockResources.lock("orders", this.lock, Duration.ofSeconds(1)));
				return insert(request);
			});
		// end::thread[]
		// tag::await[]
		String order = placed.await();
		// end::await[]
		assertThat(order).isEqualTo("a");
		assertThat(orders()).containsExactly("a");
		IOException failure = new IOException("checked");
		BlockFuture<String> failed = this.transactions.async().call(() -> {
			throw failure;
		});
		assertThat(catchThrowable(failed::await)).isSameAs(failure);
	}

	@Test
	void cancelRollsBackAndItsEndCanBeAwaited() throws Exception {
		BlockFuture<String> placed = this.transactions.async().call(() -> {
			insert("a");
			this.inside.countDown();
			new CountDownLatch(1).await();
			return "never";
		});
		this.inside.await();
		// tag::cancel[]
		placed.cancel(true);
		Outcome outcome = placed.ended().toCompletableFuture().get();
		// end::cancel[]
		assertThat(outcome.isCancelled()).isTrue();
		assertThat(outcome.failure()).isInstanceOf(InterruptedException.class);
		assertThat(catchThrowable(placed::await)).isInstanceOf(CancellationException.class);
		assertThat(orders()).isEmpty();
	}

	@Test
	void timeoutOfTheFutureInterruptsTheBody() throws Exception {
		// tag::or-timeout[]
		BlockFuture<String> placed = this.transactions.timeout(Duration.ofSeconds(2)).async().call(() -> {
			insert("a");
			return askTheWarehouse();
		});
		CompletableFuture<String> same = placed.orTimeout(100, TimeUnit.MILLISECONDS);
		// end::or-timeout[]
		assertThat(same).isSameAs(placed);
		assertThat(catchThrowable(placed::await)).isInstanceOf(TimeoutException.class);
		assertThat(placed.ended().toCompletableFuture().get().isCancelled()).isTrue();
		assertThat(orders()).isEmpty();
	}

	private String askTheWarehouse() throws InterruptedException {
		new CountDownLatch(1).await();
		return "never";
	}

	@Test
	void whatIsMadeOfTheFutureCancelsNothing() throws Exception {
		CountDownLatch go = new CountDownLatch(1);
		BlockFuture<String> placed = this.transactions.async().call(() -> {
			go.await();
			return insert("a");
		});
		CompletableFuture<Integer> length = placed.thenApply(String::length);
		length.cancel(true);
		go.countDown();
		assertThat(placed.await()).isEqualTo("a");
	}

	@Test
	void decoratorOfTheApplicationCarriesMoreThanTheMdc() {
		ThreadLocal<@Nullable String> tenant = new ThreadLocal<>();
		TaskDecorator decorator = (task) -> {
			String current = tenant.get();
			return () -> {
				tenant.set(current);
				try {
					task.run();
				}
				finally {
					tenant.remove();
				}
			};
		};
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
					TaskExecutionAutoConfiguration.class, ScopeBoundaryAutoConfiguration.class,
					ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class))
			.withPropertyValues("spring.datasource.generate-unique-name=true")
			.withBean(TaskDecorator.class, () -> decorator)
			.run((context) -> {
				tenant.set("acme");
				TransactionScope scope = context.getBean(TransactionScope.class);
				assertThat(scope.async().call(() -> String.valueOf(tenant.get())).await()).isEqualTo("acme");
				assertThat(scope.async(this.executor).call(() -> String.valueOf(tenant.get())).await())
					.isEqualTo("null");
				tenant.remove();
			});
	}

	// Futures

	@Test
	void asynchronousResourceIsHeldUntilTheStageOfTheBodyIsCompleted() throws Exception {
		Client client = new Client(this.events);
		// tag::futures[]
		AsyncResource<Session> session = AsyncResource.of(client::login, (link, outcome) -> link.logout());
		BlockFuture<String> receipt = AsyncResourceScope
			.call((scope) -> scope.enter(session).thenCompose((opened) -> opened.send("order 42")));
		// end::futures[]
		assertThat(receipt.await()).isEqualTo("receipt of order 42");
		assertThat(this.events).containsExactly("login", "order 42", "logout");
	}

	@Test
	void blockingAndAsynchronousResourcesStandInOneStack() throws Exception {
		Client client = new Client(this.events);
		AsyncResource<Session> session = AsyncResource.of(client::login, (opened, outcome) -> opened.logout());
		// tag::mixed[]
		BlockFuture<String> receipt = AsyncResourceScope.call((scope) -> {
			CompletionStage<Path> file = scope.enter(FileResources.tempFile(".csv"), this.executor);
			AsyncResource<Session> bounded = session.releaseWithin("session", Duration.ofSeconds(2));
			return file.thenCompose((csv) -> scope.enter(bounded).thenCompose((opened) -> opened.send(csv.toString())));
		});
		// end::mixed[]
		String file = receipt.await().substring("receipt of ".length());
		assertThat(Path.of(file)).doesNotExist();
		assertThat(this.events).containsExactly("login", file, "logout");
	}

	@Test
	void failureOfAFutureIsTheSameInstance() throws Exception {
		IOException failure = new IOException("no answer");
		BlockFuture<String> receipt = AsyncResourceScope
			.call((scope) -> CompletableFuture.<String>failedFuture(failure).thenApply((text) -> text));
		assertThat(catchThrowable(receipt::await)).isSameAs(failure);
	}

	// Reactor

	private ReactiveOrders reactiveOrders() {
		return new ReactiveOrders(this.reactive, this.database, (order) -> Mono.fromRunnable(() -> {
			this.events.add(this.connections.getMetrics().orElseThrow().acquiredSize());
			this.events.addAll(orders());
		}));
	}

	@Test
	void blockOfASubscriptionCommitsAndThenConfirms() {
		Mono<String> place = reactiveOrders().place("a");
		assertThat(orders()).isEmpty();
		assertThat(place.block(PATIENCE)).isEqualTo("a");
		assertThat(this.events).containsExactly(0, "a");
		assertThat(catchThrowable(() -> place.block(PATIENCE))).isNotNull();
		assertThat(this.events).hasSize(2);
	}

	@Test
	void severalValuesComeAfterTheCommitOrAsTheyCome() {
		ReactiveOrders orders = reactiveOrders();
		orders.placeAll(Flux.just("a", "b")).doOnNext((order) -> this.events.add(orders().size())).blockLast(PATIENCE);
		assertThat(this.events).containsExactly(2, 2);
		this.events.clear();
		orders.importAll(Flux.just("c", "d"))
			.doOnNext((order) -> this.events.add(orders().size()))
			.doOnComplete(() -> this.events.add(orders().size()))
			.blockLast(PATIENCE);
		assertThat(this.events).containsExactly(2, 2, 4);
		assertThat(orders.importAll(Flux.just("e", "f")).take(1).blockLast(PATIENCE)).isEqualTo("e");
		await().until(() -> this.connections.getMetrics().orElseThrow().acquiredSize() == 0);
		assertThat(orders()).containsExactly("a", "b", "c", "d");
	}

	@Test
	void standsWhereSpringsOperatorStood() {
		ReactiveOrders orders = reactiveOrders();
		orders.place("a").block(PATIENCE);
		assertThat(orders.replace("a").block(PATIENCE)).isEqualTo("a");
	}

	@Test
	void savepointsRunOneAfterAnother() {
		ReactiveOrders orders = reactiveOrders();
		assertThat(orders.placeWhatCanBe(Flux.just("a", "a", "b")).collectList().block(PATIENCE)).containsExactly("a",
				"b");
		assertThat(orders()).containsExactly("a", "b");
		Mono<Long> beside = this.reactive.call((tx) -> Flux.just("c", "d")
			.flatMap((order) -> tx.savepoint((sp) -> Mono.delay(Duration.ofSeconds(1))))
			.then(Mono.just(1L)));
		assertThat(catchThrowable(() -> beside.block(PATIENCE))).isInstanceOf(IllegalStateException.class);
	}

	@Test
	void resourcesOfBothKindsAreEntered() {
		Semaphore semaphore = new Semaphore(1);
		RemoteLocks locks = new RemoteLocks(this.events);
		// tag::reactive-enter[]
		Resource<Semaphore> permit = LockResources.permit(semaphore, Duration.ofMillis(200));
		AsyncResource<RemoteLocks> lock = ReactiveResources.of(locks.obtain("orders"),
				(held, outcome) -> held.release());
		Mono<String> placed = this.reactive.call((tx) -> tx.enter(lock)
			.then(tx.enter(permit, Schedulers.boundedElastic()::schedule))
			.then(insertLater("a")));
		// end::reactive-enter[]
		assertThat(placed.block(PATIENCE)).isEqualTo("a");
		assertThat(this.events).containsExactly("obtained orders", "released");
		assertThat(semaphore.availablePermits()).isOne();
	}

	private Mono<String> insertLater(String order) {
		this.inside.countDown();
		return this.database.sql("insert into orders values (:name)").bind("name", order).then().thenReturn(order);
	}

	@Test
	void whoCancelsASubscriptionCanWaitForItsEnd() throws Exception {
		CompletableFuture<Outcome> told = new CompletableFuture<>();
		// tag::reactive-cancel[]
		Disposable subscription = this.reactive.call((tx) -> {
			tx.ended().subscribe(told::complete);
			return insertLater("a").delayElement(Duration.ofMinutes(1));
		}).subscribe();
		// end::reactive-cancel[]
		this.inside.await();
		assertThat(this.connections.getMetrics().orElseThrow().acquiredSize()).isOne();
		subscription.dispose();
		assertThat(told.orTimeout(20, TimeUnit.SECONDS).join().isCancelled()).isTrue();
		assertThat(orders()).isEmpty();
	}

	@Test
	void boundaryEndsWhatNobodyCancels(CapturedOutput output) {
		Flux<String> stream = this.reactive.named("import-orders")
			.streamUncommitted((tx) -> insertLater("a").concatWith(Mono.never()));
		CountDownLatch first = new CountDownLatch(1);
		// tag::boundary[]
		Mono<Void> exchange = ReactiveScopeBoundary.around(handle(stream, first));
		// end::boundary[]
		assertThat(catchThrowable(() -> exchange.block(PATIENCE))).hasMessageContaining("closed");
		await().until(() -> this.connections.getMetrics().orElseThrow().acquiredSize() == 0);
		assertThat(orders()).isEmpty();
		String line = output.getAll()
			.lines()
			.filter((each) -> each.contains("when its exchange had failed"))
			.findFirst()
			.orElseThrow();
		RecordedText.wrapped("asynchronous-boundary.txt")
			.verify(line.replaceFirst("^.*?(WARN)\\b.*?(Scope '.*)$", "$1  $2"));
	}

	/** As one who fails without a cancel of what is left. */
	private static Mono<Void> handle(Flux<String> stream, CountDownLatch first) {
		return Mono.deferContextual((context) -> {
			stream.contextWrite(context).subscribe((item) -> first.countDown());
			return Mono.<Void>fromCallable(() -> {
				first.await();
				throw new IOException("channel closed");
			});
		});
	}

	@Test
	void annotatedMethodHasAScopeForEachSubscription() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, R2dbcAutoConfiguration.class,
					TransactionAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
					ScopedTransactionAutoConfiguration.class, ScopedTransactionVerifierAutoConfiguration.class,
					R2dbcTransactionManagerAutoConfiguration.class,
					ScopedR2dbcTransactionManagerAutoConfiguration.class,
					ReactiveTransactionScopeAutoConfiguration.class, ReactiveScopedTransactionAutoConfiguration.class))
			.withPropertyValues("spring.r2dbc.generate-unique-name=true", "spring.r2dbc.pool.initial-size=0")
			.withBean(Stock.class)
			.run((context) -> {
				Stock stock = context.getBean(Stock.class);
				assertThat(stock.restock("apple").block(PATIENCE)).isEqualTo("apple in Stock.restock");
				assertThat(stock.all().collectList().block(PATIENCE)).containsExactly("apple", "pear");
			});
	}

	static class Stock {

		// tag::annotated[]
		@ScopedTransaction(timeout = "2s")
		public Mono<String> restock(String sku) {
			return ReactiveActiveScope.current().map((tx) -> sku + " in " + tx.name());
		}

		@ScopedTransaction(readOnly = true, streamUncommitted = true)
		public Flux<String> all() {
			return Flux.just("apple", "pear");
		}
		// end::annotated[]

	}

	record RemoteLocks(List<Object> events) {

		Mono<RemoteLocks> obtain(String name) {
			return Mono.fromSupplier(() -> {
				this.events.add("obtained " + name);
				return this;
			});
		}

		Mono<Void> release() {
			return Mono.fromRunnable(() -> this.events.add("released"));
		}

	}

	record Client(List<Object> events) {

		CompletionStage<Session> login() {
			this.events.add("login");
			return CompletableFuture.completedStage(new Session(this.events));
		}

	}

	record Session(List<Object> events) {

		CompletionStage<String> send(String message) {
			this.events.add(message);
			return CompletableFuture.completedStage("receipt of " + message);
		}

		CompletionStage<String> logout() {
			this.events.add("logout");
			return CompletableFuture.completedStage("bye");
		}

	}

}
