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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Pattern;

import javax.sql.DataSource;

import io.transactionscope.reference.shop.ShopApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the chapter "Production checklist" says of a service that has its baseline, and
 * whose pool is dry.
 */
@Tag("once")
class ProductionExampleTests {

	private static final Pattern BASELINE = Pattern.compile("\\[source,properties.*]\\R----\\R((?s:.*?))\\R----");

	private static final HttpClient HTTP = HttpClient.newHttpClient();

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() throws IOException {
		Properties baseline = new Properties();
		baseline.load(new StringReader(BASELINE.matcher(Reference.read().content("production.adoc"))
			.results()
			.findFirst()
			.orElseThrow()
			.group(1)));
		// R2DBC, which is on the class path of the tests, would be in the way.
		context = new SpringApplicationBuilder(ShopApplication.class, NoConnectionAdvice.class).properties(baseline)
			.run("--server.port=0", "--spring.main.banner-mode=off", "--spring.jmx.enabled=false",
					"--spring.application.name=shop", "--spring.sql.init.mode=never",
					"--spring.datasource.hikari.maximum-pool-size=1",
					"--spring.datasource.hikari.connection-timeout=250",
					"--spring.autoconfigure.exclude=org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration");
	}

	@AfterAll
	static void stop() {
		context.close();
	}

	@Test
	void whoGetsNoConnectionIsToldSo() throws Exception {
		try (Connection connection = context.getBean(DataSource.class).getConnection()) {
			assertThat(connection).isNotNull();
			HttpResponse<String> answer = ask("POST", "/orders?sku=kettle&quantity=3");
			assertThat(answer.statusCode()).isEqualTo(503);
			assertThat(answer.body()).contains("Try again").doesNotContain("Holders", "place-order");
		}
	}

	@Test
	void whoIsNotLoggedInSeesTheDiagnosisOfThePoolAndNotItsHealth() throws Exception {
		try (Connection connection = context.getBean(DataSource.class).getConnection()) {
			assertThat(connection.createStatement().execute("select 1")).isTrue();
			HttpResponse<String> health = ask("GET", "/actuator/health/pool");
			assertThat(health.statusCode()).isEqualTo(404);
			assertThat(health.body()).isEmpty();
			assertThat(ask("GET", "/actuator/health").body()).contains("\"status\":\"UP\"")
				.doesNotContain("components", "diagnosis");
			HttpResponse<String> pool = ask("GET", "/actuator/pools/orders");
			assertThat(pool.statusCode()).isEqualTo(200);
			JsonNode facts = JsonMapper.builder().build().readTree(pool.body());
			assertThat(List.of("/diagnosis/summary", "/diagnosis/advice", "/snapshot/sinceDatabaseAnswered"))
				.allMatch((path) -> facts.at(path).isString());
			assertThat(ask("GET", "/actuator/prometheus").statusCode()).isEqualTo(200);
		}
	}

	private static HttpResponse<String> ask(String method, String path) throws Exception {
		int port = Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer()).getPort();
		return HTTP.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
			.method(method, BodyPublishers.noBody())
			.build(), BodyHandlers.ofString());
	}

}
