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
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.transactionscope.reference.shop.ShopApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The application of the chapter "Getting started", and what it answers there.
 */
@Tag("once")
@TestMethodOrder(OrderAnnotation.class)
class GettingStartedExampleTests {

	private static final Path CHAPTER = Path.of("src", "docs", "asciidoc", "getting-started.adoc");

	private static final HttpClient HTTP = HttpClient.newHttpClient();

	private static final JsonMapper JSON = JsonMapper.builder().build();

	@SuppressWarnings("NullAway.Init")
	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() throws IOException {
		start(properties("setup"));
	}

	private static void start(String... properties) throws IOException {
		// R2DBC, which is on the class path of the tests, would be in the way.
		context = new SpringApplicationBuilder(ShopApplication.class).properties(properties)
			.run("--server.port=0", "--spring.datasource.hikari.connection-timeout=2500",
					"--spring.main.banner-mode=off", "--spring.jmx.enabled=false",
					"--spring.sql.init.schema-locations=file:" + schema(),
					"--spring.autoconfigure.exclude=org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration");
	}

	@AfterAll
	static void stop() {
		context.close();
	}

	@Test
	@Order(1)
	void aBlockThatFailsIsRolledBackAndItsExceptionArrives() throws Exception {
		assertThat(ask("POST", "/orders?sku=kettle&quantity=3").body()).isEqualTo("Ordered: 3\n");
		assertThat(ask("GET", "/orders").body()).isEqualTo("{\"ORDERS\":1,\"STOCK\":7}");
		HttpResponse<String> refused = ask("POST", "/orders?sku=kettle&quantity=300");
		assertThat(refused.statusCode()).isEqualTo(409);
		assertThat(ask("GET", "/orders").body()).isEqualTo("{\"ORDERS\":1,\"STOCK\":7}");
		String health = await().pollInterval(Duration.ofMillis(20))
			.until(() -> ask("GET", "/actuator/health/pool").body(), (answer) -> answer.contains("\"idle\":10"));
		verify("getting-started-health-up.json", health);
	}

	@Test
	@Order(2)
	void aDryPoolIsToldByHealthAndByThePage() throws Exception {
		stop();
		start(Stream.of("setup", "dry").flatMap((id) -> Stream.of(properties(id))).toArray(String[]::new));
		List<CompletableFuture<Integer>> calls = IntStream.range(0, 5)
			.mapToObj((each) -> CompletableFuture.supplyAsync(() -> ask("POST", "/slow?seconds=4").statusCode()))
			.toList();
		String health = await().pollInterval(Duration.ofMillis(50))
			.until(() -> ask("GET", "/actuator/health/pool").body(),
					(answer) -> Stream.of("DEGRADED", "HeldButIdle", "\"waiting\":3").allMatch(answer::contains));
		verify("getting-started-health-dry.json", health);
		JsonNode pool = JSON.readTree(ask("GET", "/actuator/pools").body()).at("/pools/0");
		assertThat(pool.at("/diagnosis/kind").asString()).isEqualTo("HeldButIdle");
		assertThat(pool.at("/snapshot/leases").size()).isEqualTo(2);
		assertThat(pool.at("/snapshot/waiters").size()).isEqualTo(3);
		assertThat(calls.stream().map(CompletableFuture::join)).containsExactlyInAnyOrder(200, 200, 500, 500, 500);
		JsonNode report = JSON.readTree(ask("GET", "/actuator/pools/" + pool.at("/snapshot/pool").asString()).body())
			.at("/reports/0/text");
		verify("getting-started-report.txt", report.asString());
	}

	/** As the reader has it. Which thread does what is left to chance. */
	private static void verify(String file, String text) {
		RecordedText.of(file)
			.ignoringTimes()
			.ignoring(RecordedText.LINE_NUMBERS, "(?<=http-nio-8080-exec-)\\d+", "(?<=exhausted )(once|\\d+ times)")
			.verify(text.replace("io.transactionscope.reference.shop.", "com.example.shop.")
				.replaceAll("HikariPool-\\d+", "HikariPool-1")
				.replaceAll("http-nio-auto-\\d+", "http-nio-8080"));
	}

	private static HttpResponse<String> ask(String method, String path) {
		int port = Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer()).getPort();
		URI uri = URI.create("http://localhost:" + port + path);
		try {
			return HTTP.send(HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody()).build(),
					BodyHandlers.ofString());
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The properties that the chapter has its reader set. */
	private static String[] properties(String id) {
		return block(id).split("\n");
	}

	private static Path schema() throws IOException {
		Path schema = Files.createTempFile("schema", ".sql");
		schema.toFile().deleteOnExit();
		return Files.writeString(schema, block("schema"));
	}

	private static String block(String id) {
		return Pattern.compile("\\[#getting-started-" + id + "\\]\n.*?----\n(.*?)\n----", Pattern.DOTALL)
			.matcher(chapter())
			.results()
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("No block " + id))
			.group(1);
	}

	private static String chapter() {
		try {
			return Files.readString(CHAPTER);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
