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

package io.transactionscope.incident.reactive;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import io.transactionscope.incident.ServiceEndpoints;
import io.transactionscope.incident.ServiceLog;
import io.transactionscope.incident.Witnesses;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.PostgresServer;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.server.ServerWebExchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A running service on WebFlux and PostgreSQL, with a pool of two R2DBC connections and a
 * short patience, and what those read who are woken by it. It answers to {@code /quick}
 * with the value of a short statement, and else to what each incident adds.
 */
final class ReactiveService implements AutoCloseable {

	/** The name of Boot's bean. */
	static final String POOL = "connectionFactory";

	static final int CONNECTIONS = 2;

	private static final String QUICK = "/quick";

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private final LinkProxy link = PostgresServer.running().link();

	private final ServiceLog log = new ServiceLog();

	private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

	private final ConfigurableApplicationContext context;

	private final ServiceEndpoints endpoints;

	/**
	 * Start one.
	 * @param part what the service is made of, beside the usual
	 * @param properties of the application, as {@code key=value}, before the usual ones
	 */
	ReactiveService(Class<?> part, String... properties) {
		PGSimpleDataSource target = (PGSimpleDataSource) PostgresServer.running().dataSource(this.link);
		SpringApplication application = new SpringApplicationBuilder(Application.class, part)
			.web(WebApplicationType.REACTIVE)
			.properties(
					"spring.r2dbc.url=r2dbc:postgresql://%s:%d/%s".formatted(this.link.host(), this.link.port(),
							target.getDatabaseName()),
					"spring.r2dbc.username=" + target.getUser(), "spring.r2dbc.password=" + target.getPassword(),
					"spring.r2dbc.pool.initial-size=0", "spring.r2dbc.pool.max-size=" + CONNECTIONS,
					"spring.r2dbc.pool.max-acquire-time=1s", "spring.r2dbc.pool.acquire-retry=0", "server.port=0",
					"management.endpoints.web.exposure.include=*", "management.endpoint.health.show-details=always",
					"management.endpoint.pools.access=unrestricted", "spring.main.banner-mode=off",
					"spring.main.log-startup-info=false", "spring.jmx.enabled=false",
					"logging.config=classpath:logback-test.xml")
			// By then, Boot has set up the log anew.
			.listeners((ApplicationPreparedEvent event) -> this.log.start())
			.build();
		application.setRegisterShutdownHook(false);
		this.context = application.run(Stream.of(properties).map("--"::concat).toArray(String[]::new));
		this.endpoints = new ServiceEndpoints(this.context);
		connect();
	}

	/**
	 * What is loaded for the first connection takes none of the time of who waits for it.
	 */
	private void connect() {
		Mono.from(bean(ConnectionPool.class).unwrap().create())
			.flatMap((connection) -> Mono.from(connection.close()))
			.onErrorComplete()
			.block(PATIENCE);
	}

	/** The link to the database, which can be frozen and cut. */
	LinkProxy link() {
		return this.link;
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	/** The database, past the service. */
	static JdbcClient database() {
		return JdbcClient.create(PostgresServer.running().dataSource());
	}

	/** Send a request, whose answer is not waited for. */
	Request ask(String path) {
		Failures failures = bean(Failures.class);
		String number = failures.next();
		HttpRequest request = HttpRequest.newBuilder(this.endpoints.uri(path)).header(Failures.NUMBER, number).build();
		Request sent = new Request(this.http.sendAsync(request, HttpResponse.BodyHandlers.ofString()),
				() -> failures.of(number));
		this.requests.add(sent);
		return sent;
	}

	/** Send so many at once. */
	List<Request> ask(int requests, String path) {
		return IntStream.range(0, requests).mapToObj((i) -> ask(path)).toList();
	}

	/** Send as many as there are connections, and wait until they hold them all. */
	List<Request> occupy(String path) {
		List<Request> requests = ask(metrics().getMaxAllocatedSize(), path);
		awaitHeld(metrics().getMaxAllocatedSize());
		return requests;
	}

	/** Send somebody who only needs a connection for a moment. */
	Request askQuickly() {
		return ask(QUICK);
	}

	/** Send such people until one gets a connection. */
	void insist() {
		await().atMost(PATIENCE).until(() -> askQuickly().isServed());
	}

	/** Have all hang up who are not served, and wait until the pool is whole. */
	void calm() {
		this.requests.forEach(Request::hangUp);
		this.requests.clear();
		awaitHeld(0);
	}

	void awaitHeld(int connections) {
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(held()).isEqualTo(connections));
	}

	/** How many connections the pool has lent. */
	int held() {
		return metrics().acquiredSize();
	}

	PoolLedger ledger() {
		return bean(PoolLedgers.class).find(POOL).orElseThrow();
	}

	PoolMetrics metrics() {
		return bean(ConnectionPool.class).getMetrics().orElseThrow();
	}

	/** Those who tell of what happens from now on. */
	Witnesses witnesses() {
		return Witnesses.fromNow(this.log, this.endpoints, POOL);
	}

	/** What has been logged by us and by the application, as text. */
	String log() {
		return this.log.text();
	}

	/** The health's component of the pool, as an operator reads it. */
	JsonNode health() {
		return this.endpoints.health(POOL);
	}

	/** What the page shows of the pool. */
	JsonNode page() {
		return this.endpoints.page(POOL);
	}

	/** What a browser is sent for the page. */
	String html() {
		return this.endpoints.get("/actuator/pools", "text/html");
	}

	double meter(String name, String... tags) {
		return this.endpoints.meter(POOL, name, tags);
	}

	@Override
	public void close() throws IOException {
		this.link.mend();
		// Whoever waits for the end of a block that has none would keep it open.
		this.requests.forEach(Request::hangUp);
		this.context.close();
		this.link.close();
		this.log.stop();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(
			excludeName = "org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration")
	static class Application {

		@Bean
		Quick quick(DatabaseClient client) {
			return new Quick(client);
		}

		@Bean
		Failures failures() {
			return new Failures();
		}

	}

	/**
	 * What anybody may want.
	 */
	@RestController
	static class Quick {

		private final DatabaseClient client;

		Quick(DatabaseClient client) {
			this.client = client;
		}

		@GetMapping(QUICK)
		Mono<Integer> quick() {
			return this.client.sql("select 1").mapValue(Integer.class).one();
		}

	}

	/**
	 * What the requests have failed with, as the application's code has seen it.
	 */
	@RestControllerAdvice
	static class Failures {

		private static final String NUMBER = "Request-Number";

		private final Map<String, Throwable> failures = new ConcurrentHashMap<>();

		private int number;

		private synchronized String next() {
			return Integer.toString(++this.number);
		}

		private @Nullable Throwable of(String number) {
			return this.failures.get(number);
		}

		@ExceptionHandler
		ResponseEntity<String> answer(Throwable failure, ServerWebExchange exchange) {
			String number = exchange.getRequest().getHeaders().getFirst(NUMBER);
			if (number != null) {
				this.failures.put(number, failure);
			}
			return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE).body(String.valueOf(failure.getMessage()));
		}

	}

}
