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

package io.transactionscope.javadoc;

import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.transactionscope.resource.Around;
import io.transactionscope.resource.Decorator;
import io.transactionscope.resource.OpenResource;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.observation.ObservedResources;
import io.transactionscope.resource.observation.Timing;
import io.transactionscope.resource.ratelimit.RateLimitByKey;
import io.transactionscope.resource.ratelimit.RateLimitResources;
import io.transactionscope.resource.setting.MathContextHolder;
import io.transactionscope.resource.setting.SettingResources;
import io.transactionscope.resource.spring.SpringResources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;
import org.slf4j.event.Level;

import org.springframework.mock.env.MockEnvironment;

import static io.transactionscope.resource.setting.SettingResources.override;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * The samples of resources.
 */
class ResourceSamplesTests {

	private final List<String> said = new ArrayList<>();

	private final ReentrantLock mutex = new ReentrantLock();

	private final Resource<Lock> lock = LockResources.lock("report", this.mutex, Duration.ofSeconds(1));

	private final Client client = new Client(this.said);

	@TempDir
	@SuppressWarnings("NullAway.Init")
	private Path directory;

	@Test
	void resource() {
		Resource<Session> session = Resource.of(client::login, (opened, outcome) -> opened.logout());
		session.runInside(() -> this.said.add("inside"));
		assertThat(this.said).containsExactly("login", "inside", "logout");
	}

	@Test
	void opened() {
		Resource<Session> resource = Resource.of(client::login,
				(opened, outcome) -> opened.logout(outcome.isSuccess()));
		String message = "hello";
		try (OpenResource<Session> session = resource.open()) {
			session.value().send(message);
			session.complete();
		}
		assertThat(this.said).containsExactly("login", "hello", "logout true");
	}

	@Test
	void resourceScope() throws IOException {
		Path report = this.directory.resolve("report");
		ResourceScope.run((scope) -> {
			scope.enter(lock);
			Writer writer = scope.enter(Files.newBufferedWriter(report));
			scope.onFailure((outcome) -> alarm(outcome.failure()));
			print(writer);
		});
		assertThat(report).hasContent("report");
		assertThat(this.said).containsExactly("locked");
		assertThat(this.mutex.isLocked()).isFalse();
	}

	@Test
	void resourceScopeInTryWithResources() throws IOException {
		Path target = this.directory.resolve("report");
		try (ResourceScope scope = ResourceScope.open()) {
			Path report = scope.enter(FileResources.atomicFile(target));
			print(report);
			scope.complete();
		}
		assertThat(target).hasContent("report");
	}

	@Test
	void detached() throws IOException {
		Path file = this.directory.resolve("journal");
		Journal journal = new Journal(this.said, "host", file);
		assertThat(this.said).isEmpty();
		journal.resources.close();
		assertThat(journal.file.isOpen()).isFalse();
		assertThat(this.said).containsExactly("disconnected from host");
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(() -> new Journal(this.said, "other", this.directory.resolve("none").resolve("journal")));
		assertThat(this.said).containsExactly("disconnected from host", "disconnected from other");
	}

	@Test
	void outcome() {
		Path file = this.directory.resolve("upload");
		assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> {
			uploading(scope, file);
			throw new IOException("cut off");
		}));
		ResourceScope.run((scope) -> uploading(scope, file));
		assertThat(this.said).containsExactly("discarded upload after java.io.IOException: cut off",
				"published upload");
	}

	private void uploading(ResourceScope scope, Path file) {
		scope.onExit((outcome) -> {
			if (outcome.isSuccess()) {
				publish(file);
			}
			else {
				discard(file, outcome.failure());
			}
		});
	}

	@Test
	void resources() throws Exception {
		Path file = Files.writeString(this.directory.resolve("index"), "words");
		index(file);
		assertThat(this.said).containsExactly("started", "words", "stopped");
		this.said.clear();
		index(this.directory.resolve("none"));
		assertThat(this.said).containsExactly("started", "stopped");
		Files.writeString(file, "broken");
		assertThatExceptionOfType(IndexException.class).isThrownBy(() -> index(file))
			.withCauseInstanceOf(SQLException.class);
	}

	private void index(Path file) throws Exception {
		indexing(file, () -> new Engine(this.said));
	}

	private void indexing(Path file, Supplier<Engine> engines) throws Exception {
		ResourceScope.run((scope) -> {
			scope.enter(Resources.translating(SQLException.class, IndexException::new));
			scope.enter(Resources.suppressing(NoSuchFileException.class));
			Engine engine = scope.enter(Resources.closing(engines.get(), Engine::stop));
			engine.index(Files.readString(file));
		});
	}

	@Test
	void translating() {
		assertThatExceptionOfType(IndexException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.translating(SQLException.class, IndexException::new));
			throw new SQLException("no such table");
		}));
	}

	@Test
	void suppressing() {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> migrate("42601"));
		assertThatNoException().isThrownBy(() -> migrate("42P07"));
	}

	private static void migrate(String sqlState) throws SQLException {
		ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(SQLException.class)
				.when((ex) -> "42P07".equals(ex.getSQLState()))
				.named("migration"));
			throw new SQLException("failed", sqlState);
		});
	}

	@Test
	void activityLog() {
		Path file = this.directory.resolve("orders");
		String customer = "acme";
		ResourceScope.run((scope) -> {
			scope.enter(Resources.logged("import of {} for {}", file, customer).failuresAt(Level.ERROR));
			this.said.add("imported");
		});
		assertThat(this.said).containsExactly("imported");
	}

	@Test
	void around() {
		Graph graph = new Graph(this.said);
		String query = "match";
		Around<Transaction> inGraph = (body) -> {
			try (Transaction transaction = graph.beginTx()) {
				body.run(transaction);
				transaction.commit();
			}
		};
		inGraph.run((transaction) -> transaction.execute(query));
		assertThat(this.said).containsExactly("match", "commit", "close");
	}

	@Test
	void decorator() throws IOException {
		Semaphore semaphore = new Semaphore(1);
		Resource<Semaphore> permit = LockResources.permit(semaphore, Duration.ofSeconds(1));
		Supplier<Rates> rates = permit.wrapSupplier(client::rates);
		Decorator.CheckedFunction<Path, String, IOException> read = permit.wrapCheckedFunction(Files::readString);
		assertThat(rates.get()).isEqualTo(new Rates(1));
		assertThat(read.apply(Files.writeString(this.directory.resolve("a"), "text"))).isEqualTo("text");
		semaphore.drainPermits();
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(rates::get);
	}

	@Test
	void lockResources() {
		Lock mutex = this.mutex;
		Resource<Lock> importLock = LockResources.lock("import", mutex, Duration.ofSeconds(2));
		ResourceScope.run((scope) -> {
			scope.enter(importLock);
			importOrders();
		});
		assertThat(this.said).containsExactly("locked");
		assertThat(this.mutex.isLocked()).isFalse();
	}

	@Test
	void fileResources() throws IOException {
		Path target = this.directory.resolve("target");
		ResourceScope.run((scope) -> {
			Path scratch = scope.enter(FileResources.tempDirectory());
			Writer report = scope.enter(FileResources.atomicWriter(target));
			report.write(summary(scratch));
		});
		assertThat(target).hasContent("summary");
		assertThat(Path.of(this.said.get(0))).doesNotExist();
	}

	@Test
	void atomicReplacement() throws IOException {
		Path path = Files.writeString(this.directory.resolve("report"), "old");
		ResourceScope.run((scope) -> {
			Writer report = scope.enter(FileResources.atomicWriter(path).withBackup());
			report.write("new");
		});
		assertThat(path).hasContent("new");
		assertThat(this.directory.resolve("report.bak")).hasContent("old");
	}

	@Test
	void settingResources() {
		Locale before = Locale.getDefault();
		ResourceScope.run((scope) -> {
			scope.enter(SettingResources.mdc("order", "42"));
			scope.enter(SettingResources.systemProperty("user.timezone", "UTC"));
			print();
		});
		assertThat(this.said).containsExactly("42 UTC");
		assertThat(MDC.get("order")).isNull();
		assertThat(Locale.getDefault()).isEqualTo(before);
	}

	@Test
	void overriding() {
		MailSender mail = new MailSender();
		ResourceScope.run((scope) -> {
			scope.enter(override(mail::getHost, mail::setHost, "localhost")
				.and(override(mail::getPort, mail::setPort, 2525)));
			this.said.add(mail.getHost() + ":" + mail.getPort());
		});
		assertThat(this.said).containsExactly("localhost:2525");
		assertThat(mail.getHost() + ":" + mail.getPort()).isEqualTo("mail.example.com:25");
	}

	@Test
	void mathContextHolder() {
		BigDecimal total = BigDecimal.ONE;
		BigDecimal parts = BigDecimal.valueOf(3);
		ResourceScope.run((scope) -> {
			scope.enter(SettingResources.mathContext(MathContext.DECIMAL32));
			BigDecimal share = total.divide(parts, MathContextHolder.get());
			this.said.add(share.toString());
		});
		assertThat(this.said).containsExactly("0.3333333");
	}

	@Test
	void rateLimitResources() {
		RateLimitByKey<String> perUser = RateLimitResources.perKey(10, Duration.ofSeconds(60), Duration.ZERO);
		for (int i = 0; i < 10; i++) {
			search(perUser, "ann", "pen");
		}
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> search(perUser, "ann", "ink"));
		search(perUser, "bob", "cap");
		assertThat(this.said).hasSize(11).endsWith("cap");
	}

	private void search(RateLimitByKey<String> perUser, String user, String query) {
		ResourceScope.run((scope) -> {
			scope.enter(perUser.of(user));
			search(query);
		});
	}

	@Test
	void observedResources() {
		TestObservationRegistry registry = TestObservationRegistry.create();
		ResourceScope.run((scope) -> {
			scope.enter(ObservedResources.timed(registry, "invoice.print", Duration.ofSeconds(2)));
			print(List.of("invoice"));
		});
		assertThat(this.said).containsExactly("[invoice]");
		TestObservationRegistryAssert.assertThat(registry).hasSingleObservationThat().hasNameEqualTo("invoice.print");
	}

	@Test
	void timing() {
		TestObservationRegistry registry = TestObservationRegistry.create();
		List<String> invoices = List.of("invoice");
		Log log = (text, first, second) -> this.said.add(text);
		ResourceScope.run((scope) -> {
			Timing timing = scope.enter(ObservedResources.timed(registry, "invoice.print"));
			print(invoices);
			log.info("{} invoices in {}", invoices.size(), timing.elapsed());
		});
		assertThat(this.said).containsExactly("[invoice]", "{} invoices in {}");
	}

	@Test
	void springResources() {
		MockEnvironment environment = new MockEnvironment();
		Runnable migration = () -> this.said.add("" + environment.getProperty("app.mode"));
		ResourceScope.run((scope) -> {
			scope.enter(SpringResources.property(environment, "app.mode", "maintenance"));
			migration.run();
		});
		assertThat(this.said).containsExactly("maintenance");
		assertThat(environment.getProperty("app.mode")).isNull();
	}

	private void alarm(Throwable failure) {
		this.said.add("alarm: " + failure);
	}

	private void print(Writer writer) throws IOException {
		writer.write("report");
		importOrders();
	}

	private void print(Path report) throws IOException {
		Files.writeString(report, "report");
	}

	private void print() {
		this.said.add(MDC.get("order") + " " + System.getProperty("user.timezone"));
	}

	private void print(List<String> invoices) {
		this.said.add(invoices.toString());
	}

	private void search(String query) {
		this.said.add(query);
	}

	private void importOrders() {
		this.said.add(this.mutex.isHeldByCurrentThread() ? "locked" : "free");
	}

	private String summary(Path scratch) {
		assertThat(scratch).isEmptyDirectory();
		this.said.add(scratch.toString());
		return "summary";
	}

	private void publish(Path file) {
		this.said.add("published " + file.getFileName());
	}

	private void discard(Path file, Throwable failure) {
		this.said.add("discarded " + file.getFileName() + " after " + failure);
	}

	static class Journal {

		private final List<String> said;

		private final Closeable socket;

		private final SeekableByteChannel file;

		private final ResourceScope resources;

		Journal(List<String> said, String address, Path journal) throws IOException {
			this.said = said;
			try (ResourceScope scope = ResourceScope.open()) {
				this.socket = scope.enter(connect(address));
				this.file = scope.enter(Files.newByteChannel(journal, CREATE, WRITE));
				this.resources = scope.detach();
			}
			assertThat(this.socket).isNotNull();
		}

		private Closeable connect(String address) {
			return () -> this.said.add("disconnected from " + address);
		}

	}

	record Client(List<String> said) {

		Session login() {
			this.said.add("login");
			return new Session(this.said);
		}

		Rates rates() {
			return new Rates(1);
		}

	}

	record Session(List<String> said) {

		void send(String message) {
			this.said.add(message);
		}

		void logout() {
			this.said.add("logout");
		}

		void logout(boolean success) {
			this.said.add("logout " + success);
		}

	}

	record Rates(int euro) {
	}

	record Engine(List<String> said) {

		Engine {
			said.add("started");
		}

		void index(String words) throws SQLException {
			if (words.equals("broken")) {
				throw new SQLException(words);
			}
			this.said.add(words);
		}

		void stop() {
			this.said.add("stopped");
		}

	}

	static class IndexException extends RuntimeException {

		IndexException(Throwable cause) {
			super(cause);
		}

	}

	record Graph(List<String> said) {

		Transaction beginTx() {
			return new Transaction(this.said);
		}

	}

	record Transaction(List<String> said) implements AutoCloseable {

		void execute(String query) {
			this.said.add(query);
		}

		void commit() {
			this.said.add("commit");
		}

		@Override
		public void close() {
			this.said.add("close");
		}

	}

	static class MailSender {

		private String host = "mail.example.com";

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

	interface Log {

		void info(String text, Object first, Object second);

	}

}
