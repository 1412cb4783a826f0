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

package io.transactionscope.autoconfigure.pool.r2dbc;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Pattern;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.annotation.ScopedTransaction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.r2dbc.core.DatabaseClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A WebFlux application whose class path has nothing of JDBC but the package that the JDK
 * has: its R2DBC pool has a ledger, which health, endpoint, page and meters show.
 */
@Tag("once")
class WithoutJdbcTests {

	private static final Pattern JDBC = Pattern
		.compile("jdbc|HikariCP|hibernate|jpa|jooq|mybatis|tomcat|servlet|webmvc|batch|quartz|modulith|integration|"
				+ "flyway|liquibase|dynamic-datasource|shedlock|narayana|jta|spring-orm|testcontainers|kotlin");

	@Test
	void hasALedgerThatHealthEndpointPageAndMetersShow() throws Exception {
		try (URLClassLoader bare = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
			assertThatExceptionOfType(ClassNotFoundException.class)
				.isThrownBy(() -> bare.loadClass("com.zaxxer.hikari.HikariDataSource"));
			assertThatExceptionOfType(ClassNotFoundException.class)
				.isThrownBy(() -> bare.loadClass("org.springframework.jdbc.core.JdbcTemplate"));
			Thread thread = Thread.currentThread();
			ClassLoader previous = thread.getContextClassLoader();
			thread.setContextClassLoader(bare);
			try {
				String[] shown = (String[]) bare.loadClass(Application.class.getName()).getMethod("work").invoke(null);
				assertThat(shown[0]).isEqualTo("place");
				assertThat(shown[1]).contains("\"pool\":{", "\"pool\":\"connectionFactory\"");
				assertThat(shown[2]).contains("\"pool\":\"connectionFactory\"", "\"phase\":\"BEFORE_FIRST_STATEMENT\"");
				assertThat(shown[3]).startsWith("<!DOCTYPE html>");
				assertThat(shown[4]).contains("transaction.scope.pool.exhaustions", "r2dbc.pool.acquired");
			}
			finally {
				thread.setContextClassLoader(previous);
			}
		}
	}

	private static URL[] classPath() {
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.map(File::new)
			.filter((file) -> !file.getName().endsWith(".jar") || !JDBC.matcher(file.getName()).find())
			.map(WithoutJdbcTests::url)
			.toArray(URL[]::new);
	}

	private static URL url(File file) {
		try {
			return file.toURI().toURL();
		}
		catch (MalformedURLException ex) {
			throw new IllegalArgumentException(ex);
		}
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	public static class Application {

		@Bean
		Orders orders(DatabaseClient client) {
			return new Orders(client);
		}

		public static String[] work() throws IOException, InterruptedException {
			try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, "--server.port=0",
					"--spring.r2dbc.generate-unique-name=true", "--spring.r2dbc.pool.initial-size=1",
					"--management.endpoints.web.exposure.include=*", "--management.endpoint.health.show-details=always",
					"--management.endpoint.health.show-components=always", "--spring.main.banner-mode=off")) {
				String name = context.getBean(Orders.class).place().block();
				Connection held = Mono.<Connection>from(context.getBean(ConnectionFactory.class).create()).block();
				URI root = URI.create("http://localhost:%s/actuator/"
					.formatted(context.getEnvironment().getProperty("local.server.port")));
				String[] shown = { Objects.requireNonNull(name), get(root.resolve("health"), "application/json"),
						get(root.resolve("pools"), "application/json"), get(root.resolve("pools"), "text/html"),
						get(root.resolve("metrics"), "application/json") };
				Mono.from(Objects.requireNonNull(held).close()).block();
				return shown;
			}
		}

		private static String get(URI uri, String accept) throws IOException, InterruptedException {
			return HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(uri).header("Accept", accept).build(),
						HttpResponse.BodyHandlers.ofString())
				.body();
		}

	}

	static class Orders {

		private final DatabaseClient client;

		Orders(DatabaseClient client) {
			this.client = client;
		}

		@ScopedTransaction
		public Mono<String> place() {
			return this.client.sql("select 'place'").mapValue(String.class).one();
		}

	}

}
