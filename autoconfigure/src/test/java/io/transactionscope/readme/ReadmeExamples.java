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

package io.transactionscope.readme;

import java.io.IOException;
import java.io.PrintStream;
import java.io.Writer;
import java.math.MathContext;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

import io.github.bucket4j.Bucket;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.ActiveScope;
import io.transactionscope.OpenScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.WithResource;
import io.transactionscope.resource.Around;
import io.transactionscope.resource.Decorator;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.OpenResource;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
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
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * The Java of the README, compiled.
 */
@SuppressWarnings("unused")
class ReadmeExamples {

	private final TransactionScope transactions;

	private final Locks locks;

	private final Orders orders;

	private final Stock stock;

	private final Mail mail;

	ReadmeExamples(TransactionScope transactions, Locks locks, Orders orders, Stock stock, Mail mail) {
		this.transactions = transactions;
		this.locks = locks;
		this.orders = orders;
		this.stock = stock;
		this.mail = mail;
	}

	class Today {

		private final Locks locks = ReadmeExamples.this.locks;

		private final Orders orders = ReadmeExamples.this.orders;

		private final Stock stock = ReadmeExamples.this.stock;

		private final Mail mail = ReadmeExamples.this.mail;

		@Transactional
		public Order place(NewOrder request) throws OutOfStockException {
			Lock lock = this.locks.get(request.sku());
			lock.lock(); // waits for ever, with a connection in its hands
			try {
				Order order = this.orders.insert(request);
				this.stock.take(request); // OutOfStockException is checked: the order is
				// committed
				this.mail.confirm(order); // sent, also when the commit fails
				return order;
			}
			finally {
				lock.unlock(); // before the commit: the next one reads old stock
			}
		}

	}

	public Order place(NewOrder request) throws OutOfStockException {
		return this.transactions.named("place-order").timeout(Duration.ofSeconds(2)).call((tx) -> {
			tx.enter(LockResources.lock(this.locks.get(request.sku()), Duration.ofSeconds(1)));
			Order order = this.orders.insert(request);
			this.stock.take(request);
			tx.afterCommit(() -> this.mail.confirm(order));
			return order;
		});
	}

	Order shortest(NewOrder request) {
		Order order = transactions.call(() -> orders.insert(request));
		return order;
	}

	void delivery(List<NewOrder> delivery) {
		try (OpenScope tx = transactions.named("import-delivery").open()) {
			for (NewOrder line : delivery) {
				orders.insert(line);
			}
			tx.complete();
		}
	}

	@ScopedTransaction(readOnly = true, timeout = "${reports.timeout:5s}")
	public List<Order> report() {
		return this.orders.all();
	}

	@WithResource("importLock")
	@ScopedTransaction(timeout = "30s")
	public void importOrders(List<NewOrder> delivery) {
		delivery.forEach(this.orders::insert);
	}

	void handle(NewOrder request, Audit audit, Metrics metrics, Coupons coupons, Path directory, boolean preview)
			throws IOException {
		transactions.run((tx) -> {
			orders.insert(request);
			tx.beforeCommit(() -> audit.write(request));
			tx.afterCommit(() -> mail.confirm(request));
			tx.afterRollback(() -> mail.apologize(request));
			tx.onCompletion((outcome) -> metrics.count(outcome));
			tx.savepoint((sp) -> coupons.redeem(request));
			Path invoice = tx.enter(FileResources.atomicFile(directory.resolve("invoice.txt")));
			Files.writeString(invoice, request.toString());
			if (preview) {
				tx.setRollbackOnly("preview");
			}
		});
	}

	void resources(Semaphore uploads, Path target, String text, Index index) throws IOException {
		ResourceScope.run((scope) -> {
			scope.enter(LockResources.permit(uploads, Duration.ofMillis(200)));
			Path report = scope.enter(FileResources.atomicFile(target));
			Files.writeString(report, text);
			scope.onSuccess(() -> index.add(target));
		});
	}

	void faults(Path target, Resource<Lock> lock) {
		ResourceFaults faults = new ResourceFaults();
		Export export = new Export(faults.watch("file", FileResources.atomicFile(target)), faults.watch("lock", lock));
		faults.release("lock").fails(new IOException("connection lost"));

		assertThatIOException().isThrownBy(() -> export.run());
		assertThat(faults.released()).containsExactly("lock", "file");
		assertThat(faults.releases().get(1).outcome().isFailure()).isTrue();
		assertThat(faults.held()).isEmpty();
	}

	void rateLimits(ResourceScope scope, String user, Bucket bucket) {
		RateLimitByKey<String> perUser = RateLimitResources.perKey(10, Duration.ofSeconds(1), Duration.ZERO);
		scope.enter(perUser.of(user));
		scope.enter(RateLimitResources.token(bucket, Duration.ofMillis(100)));
	}

	void releases(ResourceScope scope, Resource<Engine> client, Executor executor) {
		scope.enter(client.releaseWithin("search client", Duration.ofSeconds(2)));
		scope.enter(client.releaseOn("search client", executor));
	}

	void openResource(Resource<Lock> resource) {
		try (OpenResource<Lock> held = resource.open()) {
			work();
			held.complete();
		}
	}

	@SuppressWarnings({ "try", "resource" })
	void map(ResourceScope scope, AutoCloseable a, AutoCloseable b, Resource<Lock> resource, AutoCloseable closeable,
			Engine engine, String value, PrintStream target, ConfigurableEnvironment environment,
			ThreadLocal<String> tenant, Lock lock, ReadWriteLock readWriteLock, Semaphore semaphore, Path path,
			ObservationRegistry registry, Map<String, Object> config, Sender sender, String file, String customer,
			ActiveScope tx, TransactionScope reports, Around<String> around, Held<String> held) throws Exception {
		scope.enter(a);
		scope.enter(b);
		scope.enter(Resource.of(() -> connect(), (link, outcome) -> link.close(outcome.isSuccess())));
		scope.enter(Resource.of(() -> connect(), (link, outcome) -> link.close(true)));
		Callable<String> wrapped = resource.wrap(() -> work());
		Decorator.CheckedFunction<Path, String, IOException> read = resource.wrapCheckedFunction(Files::readString);
		scope.enter(closeable);
		scope.enter(Resources.closing(engine, Engine::stop));
		scope.enter(Resources.suppressing(NoSuchFileException.class));
		scope.enter(Resources.suppressing(SQLException.class)
			.when((ex) -> "42P07".equals(ex.getSQLState()))
			.named("migration"));
		scope.enter(Resources.suppressing(ClosedChannelException.class).onRelease(resource));
		scope.enter(Resources.translating(SQLException.class, DatabaseError::new));
		scope.enter(Resources.none(value));
		scope.enter(SettingResources.standardOutput(target));
		scope.enter(SettingResources.standardError(target));
		Captured printed = scope.enter(SettingResources.capturedOutput());
		String text = printed.text();
		Captured err = scope.enter(SettingResources.capturedError());
		Captured mine = scope.enter(SettingResources.capturedOutputForThread());
		scope.enter(SettingResources.mathContext(MathContext.DECIMAL32));
		scope.enter(SettingResources.systemProperty("user.timezone", "UTC"));
		scope.enter(SpringResources.property(environment, "app.mode", "test"));
		scope.enter(SpringResources.properties(environment, Map.of("app.mode", "test", "app.port", 2525)));
		scope.enter(SettingResources.systemProperties(Map.of("user.timezone", "UTC", "user.language", "en")));
		scope.enter(SettingResources.override(config, Map.of("retries", 0, "timeout", 5)));
		scope.enter(SettingResources.override(sender::getHost, sender::setHost, "localhost")
			.and(SettingResources.override(sender::getPort, sender::setPort, 2525)));
		scope.enter(SettingResources.threadLocal(tenant, "acme"));
		scope.enter(SettingResources.mdc("order", "42"));
		scope.enter(SettingResources.locale(Locale.FRENCH));
		scope.enter(resource);
		scope.onExit((outcome) -> log(outcome.failure()));
		scope.defer(() -> tidy());
		scope.enter(around.asResource());
		scope.adopt(held);
		scope.size();
		scope.expect(20_000);
		ResourceScope kept = scope.detach();
		scope.close();
		scope.enter(LockResources.lock(lock, Duration.ofSeconds(1)));
		scope.enter(LockResources.readLock(readWriteLock, Duration.ofSeconds(1)));
		scope.enter(LockResources.writeLock(readWriteLock, Duration.ofSeconds(1)));
		scope.enter(LockResources.permit(semaphore, Duration.ofSeconds(1)));
		Resource<Lock> once = resource.reentrant();
		scope.enter(RateLimitResources.rateLimit(10, Duration.ofSeconds(1), Duration.ofMillis(100)));
		scope.enter(Files.newBufferedReader(path));
		scope.enter(FileResources.atomicFile(path));
		Writer out = scope.enter(FileResources.atomicWriter(path));
		scope.enter(FileResources.atomicWriter(path).withBackup());
		scope.enter(FileResources.tempDirectory());
		scope.enter(FileResources.tempFile(".csv"));
		scope.enter(ObservedResources.timed(registry, "import", Duration.ofSeconds(2)));
		Timing timing = scope.enter(ObservedResources.timed(registry, "import"));
		String told = timing.elapsed() + ", " + timing.cpuTime() + ", " + timing.allocatedBytes();
		scope.enter(Resources.logged("import of {} for {}", file, customer));
		scope.enter(Resources.logged("import", Level.DEBUG).failuresAt(Level.ERROR));
		tx.enter(reports);
	}

	@SuppressWarnings({ "try", "resource" })
	void stack(AutoCloseable a) {
		try (ResourceScope scope = ResourceScope.open()) {
			scope.enter(a);
			scope.complete();
		}
	}

	void notInAJvm(ResourceScope scope, Path base, ProcessBuilder builder, ConfigurableEnvironment environment) {
		Path orders = base.resolve("orders.csv");
		builder.directory(base.toFile());
		builder.environment().put("MODE", "test");
		scope.enter(SpringResources.property(environment, "MODE", "test"));
	}

	void transactional() {
		transactions.run((tx) -> work());
		transactions.outermost().run((tx) -> work());
		transactions.run((tx) -> {
			tx.savepoint((sp) -> work());
			tx.afterCommit(() -> work());
		});
	}

	private static String work() {
		return "";
	}

	private static void tidy() {
	}

	private static void log(@Nullable Throwable failure) {
	}

	private static Link connect() {
		return (commit) -> {
		};
	}

	record Export(Resource<Path> file, Resource<Lock> lock) {

		void run() throws IOException {
			ResourceScope.run((scope) -> {
				Path written = scope.enter(this.file);
				scope.enter(this.lock);
				Files.writeString(written, "rows");
			});
		}

	}

	interface Link {

		void close(boolean commit);

	}

	interface Sender {

		String getHost();

		void setHost(String host);

		int getPort();

		void setPort(int port);

	}

	interface Engine {

		void stop();

	}

	interface Index {

		void add(Path path);

	}

	record NewOrder(String sku, int quantity) {
	}

	record Order(long id) {
	}

	static class DatabaseError extends RuntimeException {

		DatabaseError(String message) {
			super(message);
		}

		DatabaseError(Throwable cause) {
			super(cause);
		}

	}

	static class OutOfStockException extends Exception {

	}

	interface Locks {

		Lock get(String sku);

	}

	interface Orders {

		Order insert(NewOrder request);

		List<Order> all();

	}

	interface Stock {

		void take(NewOrder request) throws OutOfStockException;

	}

	interface Mail {

		void confirm(Object order);

		void apologize(Object order);

	}

	interface Audit {

		void write(NewOrder request);

	}

	interface Metrics {

		void count(TransactionOutcome outcome);

	}

	interface Coupons {

		void redeem(NewOrder request);

	}

}
