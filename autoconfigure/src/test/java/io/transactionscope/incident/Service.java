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

package io.transactionscope.incident;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.transactionscope.TransactionScope;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.PostgresServer;
import org.postgresql.ds.PGSimpleDataSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/**
 * A running service on PostgreSQL, with a pool of five and a short patience, and what
 * those read who are woken by it: the log, the exception, its health, the JSON of its
 * page, and its meters.
 */
final class Service implements AutoCloseable {

	static final String POOL = "orders";

	static final int CONNECTIONS = 5;

	private final LinkProxy link = PostgresServer.running().link();

	private final List<Thread> threads = new ArrayList<>();

	private final ServiceLog log = new ServiceLog();

	private final ConfigurableApplicationContext context;

	private final ServiceEndpoints endpoints;

	/**
	 * Start one.
	 * @param properties of the application, as {@code key=value}, beside and before the
	 * usual ones
	 */
	Service(String... properties) {
		this(List.of(), properties);
	}

	/**
	 * Start one that has more in it.
	 * @param more configuration of the application
	 * @param properties of the application, as {@code key=value}
	 */
	Service(List<Class<?>> more, String... properties) {
		PGSimpleDataSource target = (PGSimpleDataSource) PostgresServer.running().dataSource(this.link);
		SpringApplication application = new SpringApplicationBuilder(Application.class)
			.sources(more.toArray(Class<?>[]::new))
			.web(WebApplicationType.SERVLET)
			.properties("spring.datasource.url=" + target.getUrl(), "spring.datasource.username=" + target.getUser(),
					"spring.datasource.password=" + target.getPassword(), "spring.datasource.hikari.pool-name=" + POOL,
					"spring.datasource.hikari.maximum-pool-size=" + CONNECTIONS,
					"spring.datasource.hikari.connection-timeout=1000", "server.port=0",
					"management.endpoints.web.exposure.include=*", "management.endpoint.health.show-details=always",
					"management.endpoint.pools.access=unrestricted", "spring.main.banner-mode=off",
					"spring.main.log-startup-info=false", "spring.jmx.enabled=false")
			// By then, Boot has set up the log anew.
			.listeners((ApplicationPreparedEvent event) -> this.log.start())
			.build();
		application.setRegisterShutdownHook(false);
		this.context = application.run(arguments(properties));
		this.endpoints = new ServiceEndpoints(this.context);
	}

	private static String[] arguments(String... properties) {
		String[] arguments = new String[properties.length];
		for (int i = 0; i < properties.length; i++) {
			arguments[i] = "--" + properties[i];
		}
		return arguments;
	}

	/** The link to the database, which can be frozen and cut. */
	LinkProxy link() {
		return this.link;
	}

	TransactionScope transactions() {
		return bean(TransactionScope.class);
	}

	JdbcTemplate jdbc() {
		return bean(JdbcTemplate.class);
	}

	DataSource dataSource() {
		return bean(DataSource.class);
	}

	/** Borrow past the ledger, as who has HikariCP's own pool in hand. */
	Connection borrowAround() throws SQLException {
		HikariPool running = (HikariPool) Objects.requireNonNull(pool().getHikariPoolMXBean(), "not started");
		return running.getConnection();
	}

	HikariDataSource pool() {
		return ledger().hikari();
	}

	PoolLedger ledger() {
		return bean(PoolLedgers.class).find(POOL).orElseThrow();
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	<T> T bean(String name, Class<T> type) {
		return this.context.getBean(name, type);
	}

	/** The database, past the service. */
	static JdbcClient database() {
		return JdbcClient.create(PostgresServer.running().dataSource());
	}

	/** Do something on a thread of that name, which is interrupted at the end. */
	<T> FutureTask<T> begin(String thread, Callable<T> work) {
		FutureTask<T> task = new FutureTask<>(work);
		Thread worker = new Thread(task, thread);
		worker.setDaemon(true);
		this.threads.add(worker);
		worker.start();
		return task;
	}

	/**
	 * Do something on as many threads, and return once each has said that it is there.
	 */
	List<FutureTask<Void>> crowd(int size, String thread, Member member) throws InterruptedException {
		CountDownLatch there = new CountDownLatch(size);
		List<FutureTask<Void>> crowd = new ArrayList<>();
		for (int i = 0; i < size; i++) {
			crowd.add(begin(thread + "-" + i, () -> {
				member.act(there::countDown);
				return null;
			}));
		}
		there.await();
		return crowd;
	}

	/** Somebody who asks for a connection, and gives it back at once. */
	void borrow() throws SQLException {
		try (Connection connection = dataSource().getConnection()) {
			connection.isReadOnly();
		}
	}

	/** Somebody who asks again and again, until there is a connection. */
	FutureTask<Void> insist() {
		return begin("insisting", () -> {
			while (true) {
				try {
					borrow();
					return null;
				}
				catch (PoolExhaustedException ex) {
					// Once more
				}
			}
		});
	}

	/** Answer requests for a path by a method of an object. */
	void answer(String path, Object handler, Method method) {
		// The first request starts the servlet.
		health();
		Objects.requireNonNull(bean(DispatcherServlet.class).getHandlerMappings())
			.stream()
			.filter((mapping) -> mapping.getClass() == RequestMappingHandlerMapping.class)
			.map(RequestMappingHandlerMapping.class::cast)
			.findFirst()
			.orElseThrow()
			.registerMapping(RequestMappingInfo.paths(path).build(), handler, method);
	}

	/** Those who tell of what happens from now on. */
	Witnesses witnesses() {
		return witnesses(POOL);
	}

	/** The same of one of several pools. */
	Witnesses witnesses(String pool) {
		return Witnesses.fromNow(this.log, this.endpoints, pool);
	}

	/** Those who have been there since the service began to start. */
	Witnesses witnessesSinceStart() {
		return Witnesses.sinceStart(this.log, this.endpoints, POOL);
	}

	/** What has been logged by us, by HikariCP and by the application, one by one. */
	List<String> events() {
		return this.log.events();
	}

	/** The same as text. */
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

	JsonNode page(String pool) {
		return this.endpoints.page(pool);
	}

	/** What the page shows of all pools. */
	JsonNode pages() {
		return this.endpoints.pages();
	}

	boolean isMetered(String pool) {
		return this.endpoints.isMetered(pool);
	}

	/** The value of a gauge or a counter of the pool. */
	double meter(String name, String... tags) {
		return this.endpoints.meter(POOL, name, tags);
	}

	double meterOf(String pool, String name, String... tags) {
		return this.endpoints.meter(pool, name, tags);
	}

	JsonNode get(String path) {
		return this.endpoints.get(path);
	}

	/** What the service answers to who can read text alone. */
	String text(String path) {
		return this.endpoints.get(path, "text/plain");
	}

	URI uri(String path) {
		return this.endpoints.uri(path);
	}

	@Override
	public void close() throws IOException {
		this.threads.forEach(Thread::interrupt);
		this.link.mend();
		this.context.close();
		this.link.close();
		this.log.stop();
	}

	/**
	 * One of a crowd.
	 */
	interface Member {

		/**
		 * Act.
		 * @param there to be run once what the incident needs is done
		 */
		void act(Runnable there) throws Exception;

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(excludeName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration")
	static class Application {

	}

}
