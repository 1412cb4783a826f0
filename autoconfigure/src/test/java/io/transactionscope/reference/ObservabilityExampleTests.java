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
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.example.payments.Checkout;
import com.example.payments.PaymentClient;
import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.metrics.PoolMeterDocumentation;
import io.transactionscope.metrics.PoolMetrics;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the chapters "Health, meters, dashboards and alerts" and "Production checklist"
 * show of a service whose pool is dry.
 */
@Tag("once")
class ObservabilityExampleTests {

	private static final Path CHAPTERS = Path.of("src", "docs", "asciidoc");

	private static final Pattern CURL = Pattern.compile("localhost:8080(/actuator/[^\\s'\"]*)");

	private static final Pattern BASELINE = Pattern.compile("\\[source,properties.*]\\R----\\R((?s:.*?))\\R----");

	private static final Pattern ALERT = Pattern.compile("- alert: ([A-Za-z]+)");

	private static final HttpClient HTTP = HttpClient.newHttpClient();

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final Log LOG = new Log();

	private static final PaymentClient PAYMENTS = new PaymentClient();

	private static ConfigurableApplicationContext context;

	@SuppressWarnings("NullAway.Init") // Before all tests
	private static JsonNode pools;

	@BeforeAll
	static void runDry() {
		context = new SpringApplicationBuilder(Application.class).properties(baseline())
			.listeners((ApplicationPreparedEvent event) -> LOG.begin())
			.run("--server.port=0", "--spring.main.banner-mode=off", "--spring.jmx.enabled=false",
					"--spring.datasource.hikari.connection-timeout=60000", "--spring.transaction.default-timeout=2m",
					"--spring.application.name=shop", "--spring.datasource.url=jdbc:h2:mem:observability",
					"--spring.datasource.hikari.pool-name=orders", "--spring.datasource.hikari.maximum-pool-size=1",
					"--management.endpoints.web.exposure.include=health,metrics,pools,prometheus",
					"--management.endpoint.health.show-details=always", "--transaction-scope.slow-threshold=500ms");
		context.getBean(TransactionScope.class)
			.named("checkout")
			.slowThreshold(Duration.ofMinutes(1))
			.run(() -> context.getBean(JdbcClient.class)
				.sql("select price from item where sku = 'kettle'")
				.query(Integer.class)
				.single());
		FutureTask<Void> holder = begin("http-nio-8080-exec-1");
		await().pollInterval(Duration.ofMillis(20))
			.until(() -> JSON.readTree(get("/actuator/pools")).at("/pools/0/snapshot/leases/0/phase").asString(""),
					"BETWEEN_STATEMENTS"::equals);
		FutureTask<Void> waiter = begin("http-nio-8080-exec-2");
		await().pollInterval(Duration.ofMillis(50)).until(() -> {
			LOG.health = get("/actuator/health/pool");
			return LOG.health.contains("DEGRADED") && LOG.health.contains("HeldButIdle");
		});
		await().pollInterval(Duration.ofMillis(50))
			.until(() -> LOG.lines("WARN").anyMatch((line) -> line.contains("held but idle")));
		// So that the meters of a new scope need not be waited for.
		context.getBean(PoolMetrics.class).bindTo(new SimpleMeterRegistry());
		await().pollInterval(Duration.ofMillis(50)).until(() -> {
			LOG.pools = get("/actuator/pools");
			pools = JSON.readTree(LOG.pools);
			// Not the one that was slow to set up the tables.
			return pools.at("/pools/0/snapshot/scopes/0/scope").asString().equals("checkout");
		});
		LOG.prometheus = get("/actuator/prometheus");
		PAYMENTS.answer();
		await().until(() -> holder.isDone() && waiter.isDone());
	}

	/** What the checklist starts from. */
	private static Properties baseline() {
		Matcher block = BASELINE.matcher(read(CHAPTERS.resolve("production.adoc")));
		assertThat(block.find()).isTrue();
		Properties baseline = new Properties();
		try {
			baseline.load(new StringReader(block.group(1)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return baseline;
	}

	private static FutureTask<Void> begin(String thread) {
		FutureTask<Void> task = new FutureTask<>(() -> {
			context.getBean(Checkout.class).pay("kettle");
			return null;
		});
		Thread worker = new Thread(task, thread);
		worker.setDaemon(true);
		worker.start();
		return task;
	}

	@AfterAll
	static void close() {
		context.close();
		LOG.end();
	}

	@Test
	void healthTellsWhatIsTheMatter() {
		RecordedText.of("observability-health.json")
			.ignoringTimes()
			.ignoring(RecordedText.LINE_NUMBERS)
			.verify(LOG.health.replace("app//", ""));
	}

	@Test
	void endpointTellsWhoHoldsAndWhoWaits() {
		RecordedText.of("observability-pools.json")
			.ignoringTimes()
			.ignoring("(?<=\"id\" : \")[^\"]+", "(?<=\"(connection|idleShare|gain)\" : )[\\d.]+")
			.verify(LOG.pools);
	}

	@Test
	void metersAreThereByScope() {
		String scope = LOG.prometheus.lines()
			.filter((line) -> line.startsWith("transaction_scope_pool_"))
			.filter((line) -> line.contains("scope=\"checkout\"") || line.contains("HeldButIdle")
					|| !line.contains("diagnosis"))
			.filter((line) -> !line.contains("scope=\"unnamed\""))
			.collect(Collectors.joining("\n"));
		RecordedText.of("observability-prometheus.txt")
			.ignoring("(?<=scope=\"checkout\"} )\\d+\\.\\S+",
					"(?<=database_answered_seconds\\{application=\"shop\",pool=\"orders\"} )\\S+")
			.verify(scope);
	}

	@Test
	void logTellsOfTheDroughtAndOfSlowBlocks() {
		RecordedText.of("observability-log.txt")
			.ignoringTimes()
			.verify(LOG.lines("INFO", "WARN")
				.filter((line) -> !line.contains("Incident")
						|| (line.contains("held but idle") && !line.contains("is over")))
				// On a busy machine, something else may be found before.
				.map((line) -> line.replace("more is known after nobody has got one", "nobody has got a connection"))
				.collect(Collectors.joining("\n")));
		RecordedText.of("observability-log-debug.txt")
			.ignoringTimes()
			.verify(LOG.lines("DEBUG").limit(2).collect(Collectors.joining("\n")));
	}

	@Test
	void whatIsAskedForByCurlIsThere() throws IOException {
		List<String> paths = Stream.of("observability.adoc", "production.adoc")
			.map(CHAPTERS::resolve)
			.flatMap((chapter) -> CURL.matcher(read(chapter)).results())
			.map((path) -> path.group(1).replace("{lease}", ""))
			.filter((path) -> !path.endsWith("/"))
			.distinct()
			.toList();
		assertThat(paths).hasSizeGreaterThan(2).allSatisfy((path) -> assertThat(status(path)).isEqualTo(200));
	}

	@Test
	void baselineOfTheChecklistIsKnownAndInForce() {
		Properties baseline = baseline();
		assertThat(baseline).hasSizeGreaterThan(10);
		baseline.stringPropertyNames()
			.forEach((name) -> assertThat(context.getEnvironment().getProperty(name)).as(name).isNotNull());
		assertThat(LOG.lines("WARN")).noneMatch((line) -> line.contains("There is no property"));
		assertThat(get("/actuator/health/db")).contains("sinceAnswered");
		assertThat(LOG.prometheus).contains("application=\"shop\"");
	}

	@Test
	void leaseIsShownWithItsStack() {
		assertThat(pools.at("/pools/0/snapshot/leases/0/thread").asString()).isEqualTo("http-nio-8080-exec-1");
		assertThat(status("/actuator/pools/orders/none")).isEqualTo(404);
	}

	@Test
	void chapterHasAllMetersAndKeysAndAlerts() throws IOException {
		String chapter = Files.readString(CHAPTERS.resolve("observability.adoc"));
		for (PoolMeterDocumentation meter : PoolMeterDocumentation.values()) {
			assertThat(chapter).contains("`" + meter.getName() + "`");
			assertThat(Stream.of(meter.getKeyNames()).map(KeyName::asString))
				.allSatisfy((key) -> assertThat(chapter).contains("`" + key + "`"));
		}
		String alerts = Files
			.readString(Path.of("src/main/resources/META-INF/transaction-scope/prometheus-alerts.yaml"));
		assertThat(ALERT.matcher(alerts).results().map((alert) -> alert.group(1)).toList()).hasSizeGreaterThan(5)
			.allSatisfy((alert) -> assertThat(chapter).contains("`" + alert + "`"));
	}

	@Test
	void conventionOfTheApplicationNamesTheKeys() {
		assertThat(get("/actuator/metrics/transaction.scope")).contains("\"team\"", "transaction.scope.name");
		assertThat(get("/actuator/metrics")).contains("\"transaction.scope.active\"");
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String get(String path) {
		return ask(path).body();
	}

	private static int status(String path) {
		return ask(path).statusCode();
	}

	private static HttpResponse<String> ask(String path) {
		int port = Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer()).getPort();
		try {
			return HTTP.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
				.header("Accept", path.endsWith("prometheus") ? "text/plain" : "application/json")
				.build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = { R2dbcAutoConfiguration.class, HibernateJpaAutoConfiguration.class,
			DataJpaRepositoriesAutoConfiguration.class })
	static class Application {

		@Bean
		Checkout checkout(TransactionScope transactions, JdbcClient jdbc) {
			jdbc.sql("create table item (sku varchar primary key, price int)").update();
			jdbc.sql("insert into item values ('kettle', 4200)").update();
			return new Checkout(transactions, jdbc, PAYMENTS);
		}

		@Bean
		TeamConvention teamConvention() {
			return new TeamConvention();
		}

	}

	/**
	 * What the service has said, of which the library's part is shown.
	 */
	private static final class Log extends AppenderBase<ILoggingEvent> {

		private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

		private String health = "";

		private String pools = "";

		private String prometheus = "";

		void begin() {
			LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
			setContext(context);
			start();
			ours().addAppender(this);
			scopes().setLevel(Level.DEBUG);
		}

		void end() {
			ours().detachAppender(this);
			scopes().setLevel(null);
			stop();
		}

		private static Logger ours() {
			return (Logger) LoggerFactory.getLogger("io.transactionscope");
		}

		private static Logger scopes() {
			return (Logger) LoggerFactory.getLogger("io.transactionscope.TransactionScope");
		}

		@Override
		protected void append(ILoggingEvent event) {
			this.events.add(event);
		}

		Stream<String> lines(String... levels) {
			return this.events.stream()
				.filter((event) -> List.of(levels).contains(event.getLevel().toString()))
				.map((event) -> "%5s %s : %s".formatted(event.getLevel(), event.getLoggerName(),
						event.getFormattedMessage()));
		}

	}

}
