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

package io.transactionscope.autoconfigure.reactive;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.RemoteCall;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Remote calls in the transactions of a reactive service, as Boot arranges it.
 */
@Tag("once")
@Timeout(60)
class ReactiveRemoteCallsTests {

	private static final List<String> IN_TRANSACTION = List.of("transactional", "scoped", "declared");

	private final AtomicInteger requests = new AtomicInteger();

	private final Sinks.Empty<Void> answer = Sinks.empty();

	private final DisposableServer warehouse = HttpServer.create()
		.host("localhost")
		.port(0)
		.handle((request, response) -> {
			this.requests.incrementAndGet();
			return this.answer.asMono().then(response.status(204).send());
		})
		.bindNow();

	private @Nullable ConfigurableApplicationContext service;

	private ConfigurableApplicationContext start(String policy) {
		SpringApplication application = new SpringApplicationBuilder(Service.class).web(WebApplicationType.REACTIVE)
			.build();
		application.setRegisterShutdownHook(false);
		ConfigurableApplicationContext service = application.run("--server.port=0",
				"--spring.r2dbc.url=r2dbc:h2:mem:///remote-calls",
				"--spring.http.serviceclient.warehouse.base-url=http://localhost:" + this.warehouse.port(),
				"--spring.main.banner-mode=off", "--spring.main.log-startup-info=false",
				"--transaction-scope.pool.remote-calls=" + policy);
		this.service = service;
		return service;
	}

	@AfterEach
	void close() {
		this.answer.tryEmitEmpty();
		if (this.service != null) {
			this.service.close();
		}
		this.warehouse.disposeNow();
	}

	@Test
	void callsOfEachKindOfMethodAndClientAreNoticed() {
		ConfigurableApplicationContext service = start("note");
		PoolLedger ledger = service.getBean(PoolLedgers.class)
			.all()
			.stream()
			.filter((each) -> each.pool().equals("connectionFactory"))
			.findFirst()
			.orElseThrow();
		List<Disposable> running = IN_TRANSACTION.stream().map((path) -> request(service, path).subscribe()).toList();
		await().untilAsserted(() -> assertThat(ledger.snapshot().leases()).hasSize(3)
			.allSatisfy((lease) -> assertThat(lease.calls()).singleElement()
				.returns("POST localhost", RemoteCall::name)
				.returns(1L, RemoteCall::count)
				.returns(true, RemoteCall::underWay)
				.returns(true, RemoteCall::awaited))
			.extracting(ReactiveRemoteCallsTests::method)
			.containsExactlyInAnyOrder("transactional", "scoped", "declared"));
		this.answer.tryEmitEmpty();
		await().until(() -> running.stream().allMatch(Disposable::isDisposed));
		assertThat(ledger.snapshot().calls()).hasSize(3)
			.allSatisfy((scope, calls) -> assertThat(calls).singleElement()
				.returns(1L, RemoteCall::count)
				.returns(false, RemoteCall::underWay));
		assertThat(request(service, "outside").block()).isEqualTo(HttpStatus.OK);
		assertThat(ledger.snapshot().calls()).hasSize(3);
	}

	@Test
	void forbiddenCallFailsItsRequest() {
		this.answer.tryEmitEmpty();
		ConfigurableApplicationContext service = start("fail");
		for (String path : IN_TRANSACTION) {
			assertThat(request(service, path).block()).isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR);
		}
		assertThat(this.requests).hasValue(0);
		assertThat(request(service, "outside").block()).isEqualTo(HttpStatus.OK);
		assertThat(this.requests).hasValue(1);
	}

	@Test
	void clientsStayAsTheyAreWithoutPoolsOrWithoutBootsModule() {
		ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
				AutoConfigurations.of(PoolAutoConfiguration.class, ReactiveRemoteCallsAutoConfiguration.class));
		runner.run((context) -> assertThat(context).hasSingleBean(WebClientCustomizer.class));
		runner.withPropertyValues("transaction-scope.pool.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(WebClientCustomizer.class));
		runner.withClassLoader(new FilteredClassLoader(WebClientCustomizer.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ReactiveRemoteCallsAutoConfiguration.class));
	}

	private static String method(Lease lease) {
		String scope = String.valueOf(lease.scope());
		return scope.substring(scope.lastIndexOf('.') + 1);
	}

	private static Mono<HttpStatusCode> request(ConfigurableApplicationContext service, String path) {
		return WebClient.create()
			.get()
			.uri("http://localhost:{port}/{path}", service.getEnvironment().getProperty("local.server.port"), path)
			.exchangeToMono((response) -> Mono.just(response.statusCode()));
	}

	@ImportHttpServices(group = "warehouse", types = Warehouse.class, clientType = ClientType.WEB_CLIENT)
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(excludeName = {
			"org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration",
			"org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
			"org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration",
			"org.springframework.boot.batch.autoconfigure.BatchAutoConfiguration" })
	static class Service {

		@Bean
		Orders orders(DatabaseClient database, WebClient.Builder builder, Warehouse warehouse,
				@Value("${spring.http.serviceclient.warehouse.base-url}") String url) {
			return new Orders(database, builder, warehouse, url);
		}

		@Bean
		OrderController orderController(Orders orders) {
			return new OrderController(orders);
		}

	}

	interface Warehouse {

		@PostExchange("/declared")
		Mono<Void> reserve();

	}

	static class Orders {

		private final DatabaseClient database;

		private final WebClient client;

		private final Warehouse warehouse;

		private final String url;

		Orders(DatabaseClient database, WebClient.Builder builder, Warehouse warehouse, String url) {
			this.database = database;
			this.url = url;
			this.client = builder.build();
			this.warehouse = warehouse;
		}

		@Transactional
		Mono<Void> transactional() {
			return select().then(outside());
		}

		@ScopedTransaction
		Mono<Void> scoped() {
			return select().then(outside());
		}

		@Transactional
		Mono<Void> declared() {
			return select().then(this.warehouse.reserve());
		}

		Mono<Void> outside() {
			return this.client.post().uri(this.url).retrieve().toBodilessEntity().then();
		}

		private Mono<?> select() {
			return this.database.sql("select 1").fetch().one();
		}

	}

	@RestController
	static class OrderController {

		private final Orders orders;

		OrderController(Orders orders) {
			this.orders = orders;
		}

		@GetMapping("/{kind}")
		Mono<Void> place(@PathVariable String kind) {
			return switch (kind) {
				case "transactional" -> this.orders.transactional();
				case "scoped" -> this.orders.scoped();
				case "declared" -> this.orders.declared();
				default -> this.orders.outside();
			};
		}

	}

}
