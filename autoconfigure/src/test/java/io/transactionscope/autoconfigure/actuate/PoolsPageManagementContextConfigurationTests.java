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

package io.transactionscope.autoconfigure.actuate;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page, served for real, wherever an application may have its endpoints.
 */
@Tag("once")
class PoolsPageManagementContextConfigurationTests {

	private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

	private static final List<String> PROPERTIES = List.of("server.port=0",
			"management.endpoints.web.exposure.include=pools", "spring.datasource.hikari.pool-name=a/b;c",
			"spring.main.banner-mode=off", "spring.main.log-startup-info=false", "spring.jmx.enabled=false");

	static final List<Place> PLACES = List
		.of(new Place(WebApplicationType.SERVLET, "/actuator/pools"),
				new Place(WebApplicationType.SERVLET, "/shop/web/manage/db", "server.servlet.context-path=/shop",
						"spring.mvc.servlet.path=/web", "management.endpoints.web.base-path=/manage",
						"management.endpoints.web.path-mapping.pools=db"),
				new Place(WebApplicationType.SERVLET, "/inner/pools", "server.servlet.context-path=/shop",
						"management.server.port=0", "management.server.base-path=/inner",
						"management.endpoints.web.base-path=/"),
				new Place(WebApplicationType.REACTIVE, "/actuator/pools"),
				new Place(WebApplicationType.REACTIVE, "/shop/manage/db", "spring.webflux.base-path=/shop",
						"management.endpoints.web.base-path=/manage", "management.endpoints.web.path-mapping.pools=db"),
				new Place(WebApplicationType.REACTIVE, "/inner/actuator/pools", "management.server.port=0",
						"management.server.base-path=/inner",
						// A server for either kind is here, of which Boot takes one.
						"spring.autoconfigure.exclude=org.springframework.boot.tomcat.autoconfigure.actuate.web.server."
								+ "TomcatReactiveManagementContextAutoConfiguration"));

	private final HttpClient http = HttpClient.newHttpClient();

	@ParameterizedTest
	@FieldSource("PLACES")
	void isServedWithItsFilesAndItsHeadersAndNothingElseIs(Place place) throws Exception {
		try (ConfigurableApplicationContext context = place.open()) {
			URI uri = place.uri(context);
			HttpResponse<String> page = get(uri, BROWSER);
			assertThat(page.statusCode()).isEqualTo(200);
			assertHeaders(page, "text/html;charset=UTF-8");
			assertThat(page.body()).startsWith("<!DOCTYPE html>");
			List<String> files = files(page.body());
			assertThat(files).hasSize(4);
			for (String file : files) {
				HttpResponse<String> part = get(uri.resolve(file), "*/*");
				assertThat(part.statusCode()).as(file).isEqualTo(200);
				assertHeaders(part, type(file));
			}

			HttpResponse<String> json = get(uri, "application/json");
			assertHeaders(json, "application/json");
			assertThat(json.body()).startsWith("{\"pools\":[{\"snapshot\":{\"pool\":\"a/b;c\"");
			assertThat(get(URI.create(uri + "?pool=a%2Fb%3Bc"), "application/json").body())
				.startsWith("{\"snapshot\":{\"pool\":\"a/b;c\"");
			assertThat(get(URI.create(uri + "?pool=a%2Fb%3Bc"), BROWSER).body()).isEqualTo(page.body());
			assertThat(get(URI.create(uri + "?pool=other"), "application/json").statusCode()).isEqualTo(404);
			assertThat(get(URI.create(uri + "?pool=a%2Fb%3Bc&lease=0-1"), "application/json").statusCode())
				.isEqualTo(404);

			for (String path : List.of("page/page.html", "page/", "page", "page/..%2fPoolsPage.class",
					"page/%2e%2e/PoolsPage.class", "page/../PoolsPage.class", "page/..%5cPoolsPage.class",
					"page/main.js/", "page//main.js", "page/main.js%00", "page/missing.js")) {
				HttpResponse<String> answer = get(URI.create(uri + "/" + path), BROWSER);
				assertThat(answer.statusCode()).as(path).isBetween(400, 499);
				assertThat(answer.body()).as(path)
					.doesNotContain("import {", "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset");
			}
			HttpRequest post = HttpRequest.newBuilder(uri)
				.header("Accept", BROWSER)
				.POST(HttpRequest.BodyPublishers.noBody())
				.build();
			assertThat(this.http.send(post, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void isNotThereWhereTheEndpointIsNot(WebApplicationType type) throws Exception {
		Place place = new Place(type, "/actuator/pools");
		try (ConfigurableApplicationContext context = place.open("management.endpoints.web.exposure.exclude=pools",
				"management.endpoints.web.exposure.include=health")) {
			assertThat(get(place.uri(context), BROWSER).statusCode()).isEqualTo(404);
		}
		try (ConfigurableApplicationContext context = place.open("transaction-scope.enabled=false")) {
			assertThat(get(place.uri(context), BROWSER).statusCode()).isEqualTo(404);
		}
	}

	private HttpResponse<String> get(URI uri, String accept) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(uri).header("Accept", accept).build();
		return this.http.send(request, HttpResponse.BodyHandlers.ofString());
	}

	private static void assertHeaders(HttpResponse<String> response, String type) {
		Map<String, List<String>> headers = response.headers().map();
		assertThat(headers.get("content-type")).containsExactly(type);
		assertThat(headers.get("content-security-policy")).singleElement().asString().startsWith("default-src 'none'");
		assertThat(headers.get("x-frame-options")).containsExactly("DENY");
		assertThat(headers.get("x-content-type-options")).containsExactly("nosniff");
		assertThat(headers.get("cache-control")).containsExactly("no-store");
		assertThat(headers.get("vary")).contains("Accept");
	}

	private static List<String> files(String page) {
		return Stream.of(page.split("\"")).filter((text) -> text.contains("/page/")).toList();
	}

	private static String type(String file) {
		return switch (file.substring(file.lastIndexOf('.') + 1)) {
			case "js" -> "text/javascript;charset=UTF-8";
			case "css" -> "text/css;charset=UTF-8";
			default -> "image/svg+xml";
		};
	}

	record Place(WebApplicationType type, String path, List<String> properties) {

		Place(WebApplicationType type, String path, String... properties) {
			this(type, path, List.of(properties));
		}

		ConfigurableApplicationContext open(String... more) {
			String[] arguments = Stream
				.of(PROPERTIES, this.properties, List.of(more),
						List.of("spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID()))
				.flatMap(List::stream)
				.map("--"::concat)
				.toArray(String[]::new);
			return new SpringApplicationBuilder(Application.class).web(this.type)
				.registerShutdownHook(false)
				.run(arguments);
		}

		URI uri(ConfigurableApplicationContext context) {
			String port = context.getEnvironment()
				.getProperty("local.management.port",
						context.getEnvironment().getRequiredProperty("local.server.port"));
			return URI.create("http://localhost:" + port + this.path);
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(excludeName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration")
	static class Application {

	}

}
