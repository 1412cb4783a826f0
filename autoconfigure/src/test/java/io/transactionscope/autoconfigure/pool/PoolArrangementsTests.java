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

package io.transactionscope.autoconfigure.pool;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.ReportGroup;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.Waiter;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.metrics.DataSourcePoolMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.Compiled;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.javapoet.ClassName;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.MvcResult;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.WebApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;

/**
 * In each way to put an application together, the ledger tells who holds the connection,
 * who waits for it, and why there is none.
 */
@Tag("once")
class PoolArrangementsTests {

	private static final String[] ONE_CONNECTION = { "spring.datasource.generate-unique-name=true",
			"spring.datasource.hikari.pool-name=orders", "spring.datasource.hikari.maximum-pool-size=1",
			"spring.datasource.hikari.connection-timeout=300" };

	private static final AutoConfigurations STARTER = AutoConfigurations.of(PoolAutoConfiguration.class,
			DataSourceAutoConfiguration.class, TransactionManagerCustomizationAutoConfiguration.class,
			DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
			ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class);

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(STARTER)
		.withPropertyValues(ONE_CONNECTION);

	private final WebApplicationContextRunner webRunner = new WebApplicationContextRunner().withConfiguration(STARTER)
		.withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class, WebMvcAutoConfiguration.class))
		.withUserConfiguration(Shop.class)
		.withPropertyValues(ONE_CONNECTION);

	@Test
	void pool() {
		this.runner.run(PoolArrangementsTests::assertThatTheLedgerTells);
	}

	@Test
	void lazyConnections() {
		this.runner.withPropertyValues("spring.datasource.connection-fetch=lazy")
			.run(PoolArrangementsTests::assertThatTheLedgerTells);
	}

	@Test
	void jpa() {
		this.runner.withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class)).run((context) -> {
			EntityManager entityManager = SharedEntityManagerCreator
				.createSharedEntityManager(context.getBean(EntityManagerFactory.class));
			assertThatTheLedgerTells(context, "orders", context.getBean(TransactionScope.class),
					() -> entityManager.createNativeQuery("select 1").getSingleResult());
		});
	}

	@Test
	void openInViewBesideAStockManagerHoldsTheConnectionUntilThePageIsRendered() {
		this.webRunner.withUserConfiguration(StockManager.class)
			.withPropertyValues("spring.jpa.open-in-view=true")
			.run((context) -> {
				Shop shop = context.getBean(Shop.class);
				FutureTask<MvcResult> request = shop.request(context);
				await().untilAsserted(() -> {
					PoolReport report = report(catchThrowable(() -> shop.query("cancel-order")));
					assertTells(report, "orders");
					assertThat(report.holders()).singleElement()
						.returns(Phase.AFTER_TRANSACTION, (holder) -> holder.lease().phase());
					assertThat(report.diagnosis()).asInstanceOf(type(HeldButIdle.class))
						.returns("place-order", HeldButIdle::scope)
						.returns(Part.IN_WEB_REQUEST, HeldButIdle::part);
					assertThat(report.text()).contains("If spring.jpa.open-in-view is on, turn it off");
				});
				shop.rendered.countDown();
				assertThat(request.get(20, TimeUnit.SECONDS).getResponse().getStatus()).isEqualTo(200);
				assertAllBack(context, "orders");
			});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void connectionIsBackWhileThePageIsRendered(boolean openInView) {
		this.webRunner.withPropertyValues("spring.jpa.open-in-view=" + openInView).run((context) -> {
			Shop shop = context.getBean(Shop.class);
			FutureTask<MvcResult> request = shop.request(context);
			shop.query("cancel-order");
			assertAllBack(context, "orders");
			shop.rendered.countDown();
			assertThat(request.get(20, TimeUnit.SECONDS).getResponse().getStatus()).isEqualTo(200);
		});
	}

	@Test
	void twoDataSources() {
		this.runner.withUserConfiguration(TwoDataSources.class).run((context) -> {
			for (String name : new String[] { "orders", "stock" }) {
				JdbcTemplate jdbc = new JdbcTemplate(context.getBean(name + "DataSource", DataSource.class));
				assertThatTheLedgerTells(context, name,
						context.getBean(name + "TransactionScope", TransactionScope.class),
						() -> jdbc.execute("select 1"));
			}
		});
	}

	@Test
	void routingDataSource() {
		this.runner.withUserConfiguration(Routing.class).run((context) -> {
			Routing.Router router = context.getBean(Routing.Router.class);
			for (String name : new String[] { "writer", "replica" }) {
				router.destination = name;
				assertThatTheLedgerTells(context, name, context.getBean(TransactionScope.class),
						() -> new JdbcTemplate(router).execute("select 1"));
			}
			assertThat(context.getBean(PoolLedgers.class).find("writer").orElseThrow().reports()).hasSize(1);
		});
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreads() {
		this.runner.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
			.withPropertyValues("spring.threads.virtual.enabled=true")
			.run((context) -> {
				Executor threads = context.getBean("applicationTaskExecutor", Executor.class);
				JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
				assertThatTheLedgerTells(context, "orders", context.getBean(TransactionScope.class), () -> {
					assertThat(Thread.currentThread().toString()).startsWith("VirtualThread");
					jdbc.execute("select 1");
				}, threads);
			});
	}

	@Test
	void metersOfHikariCp() {
		this.runner
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					SimpleMetricsExportAutoConfiguration.class, CompositeMeterRegistryAutoConfiguration.class,
					DataSourcePoolMetricsAutoConfiguration.class))
			.run((context) -> {
				assertThatTheLedgerTells(context);
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				assertThat(registry.get("hikaricp.connections.timeout").tag("pool", "orders").counter().count())
					.isEqualTo(1);
			});
	}

	@Test
	@CompileWithForkedClassLoader
	void afterProcessingAheadOfTime() {
		TestGenerationContext generation = new TestGenerationContext(
				new ClassNameGenerator(ClassName.get(Application.class)));
		ClassName initializer = new ApplicationContextAotGenerator().processAheadOfTime(annotated(), generation);
		generation.writeGeneratedContent();
		TestCompiler.forSystem().with(generation).compile((compiled) -> runOn(compiled, initializer));
	}

	private static GenericApplicationContext annotated() {
		GenericApplicationContext context = new AnnotationConfigApplicationContext();
		TestPropertyValues.of(ONE_CONNECTION).applyTo(context);
		context.registerBean(Application.class);
		return context;
	}

	@SuppressWarnings("unchecked")
	private static void runOn(Compiled compiled, ClassName initializer) {
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			TestPropertyValues.of(ONE_CONNECTION).applyTo(context);
			compiled.getInstance(ApplicationContextInitializer.class, initializer.toString()).initialize(context);
			context.refresh();
			assertThatTheLedgerTells(context);
		}
		catch (Exception ex) {
			throw new AssertionError(ex);
		}
	}

	// What every arrangement shows

	private static void assertThatTheLedgerTells(ApplicationContext context) throws Exception {
		JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
		assertThatTheLedgerTells(context, "orders", context.getBean(TransactionScope.class),
				() -> jdbc.execute("select 1"));
	}

	private static void assertThatTheLedgerTells(ApplicationContext context, String pool, TransactionScope scope,
			Runnable query) throws Exception {
		assertThatTheLedgerTells(context, pool, scope, query, (task) -> new Thread(task).start());
	}

	/**
	 * Let one scope hold a pool's only connection, and another one wait for it in vain.
	 */
	private static void assertThatTheLedgerTells(ApplicationContext context, String pool, TransactionScope scope,
			Runnable query, Executor threads) throws Exception {
		CountDownLatch held = new CountDownLatch(1);
		CountDownLatch done = new CountDownLatch(1);
		FutureTask<Boolean> holder = new FutureTask<>(() -> scope.named("place-order").call(() -> {
			query.run();
			held.countDown();
			return done.await(30, TimeUnit.SECONDS);
		}));
		FutureTask<Throwable> waiter = new FutureTask<>(
				() -> catchThrowable(() -> scope.named("cancel-order").run(query::run)));
		threads.execute(holder);
		assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
		threads.execute(waiter);
		PoolReport report = report(waiter.get(20, TimeUnit.SECONDS));
		assertTells(report, pool);
		assertThat(context.getBean(PoolLedgers.class).find(pool).orElseThrow().reports()).first()
			.extracting(ReportGroup::report)
			.hasToString(report.text());
		done.countDown();
		assertThat(holder.get(20, TimeUnit.SECONDS)).isTrue();
		assertAllBack(context, pool);
	}

	private static PoolReport report(Throwable failure) {
		return assertThat(failure).rootCause().asInstanceOf(type(PoolExhaustedException.class)).actual().report();
	}

	private static void assertTells(PoolReport report, String pool) {
		assertThat(report.pool()).isEqualTo(pool);
		assertThat(report.trigger()).isEqualTo(Trigger.CONNECTION_TIMEOUT);
		assertThat(report.holders()).extracting((holder) -> holder.lease().scope()).containsExactly("place-order");
		assertThat(report.snapshot().waiters()).extracting(Waiter::scope).containsExactly("cancel-order");
		assertThat(report.text()).contains("No connection for scope 'cancel-order'", "'place-order' on ");
	}

	private static void assertAllBack(ApplicationContext context, String pool) {
		assertThat(context.getBean(PoolLedgers.class).find(pool).orElseThrow().snapshot()).satisfies((snapshot) -> {
			assertThat(snapshot.leases()).isEmpty();
			assertThat(snapshot.waiters()).isEmpty();
			assertThat(snapshot.active()).isZero();
		});
	}

	private static HikariDataSource pool(String name) {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:" + name);
		pool.setPoolName(name);
		pool.setMaximumPoolSize(1);
		pool.setConnectionTimeout(300);
		return pool;
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ BorrowerNamingAutoConfiguration.class, PoolAutoConfiguration.class,
			DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
			TransactionAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class,
			TransactionScopeAutoConfiguration.class })
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoDataSources {

		@Bean
		DataSource ordersDataSource() {
			return pool("orders");
		}

		@Bean
		DataSource stockDataSource() {
			return pool("stock");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Routing {

		@Bean(defaultCandidate = false)
		DataSource writer() {
			return pool("writer");
		}

		@Bean(defaultCandidate = false)
		DataSource replica() {
			return pool("replica");
		}

		@Bean
		@Primary
		Router dataSource(@Qualifier("writer") DataSource writer, @Qualifier("replica") DataSource replica) {
			Router router = new Router();
			router.setTargetDataSources(Map.of("writer", writer, "replica", replica));
			return router;
		}

		/**
		 * Leads to the pool that the test asks for.
		 */
		static class Router extends AbstractRoutingDataSource {

			private volatile String destination = "writer";

			@Override
			protected Object determineCurrentLookupKey() {
				return this.destination;
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	static class StockManager {

		@Bean
		JpaTransactionManager transactionManager(EntityManagerFactory entityManagerFactory) {
			return new JpaTransactionManager(entityManagerFactory);
		}

	}

	/**
	 * Renders a page when an order has been placed.
	 */
	@RestController
	static class Shop {

		private final CountDownLatch placed = new CountDownLatch(1);

		private final CountDownLatch rendered = new CountDownLatch(1);

		private final TransactionScope scope;

		private final EntityManager entityManager;

		Shop(TransactionScope scope, EntityManagerFactory factory) {
			this.scope = scope;
			this.entityManager = SharedEntityManagerCreator.createSharedEntityManager(factory);
		}

		@PostMapping("/orders")
		String place() throws InterruptedException {
			query("place-order");
			this.placed.countDown();
			return "placed: " + this.rendered.await(30, TimeUnit.SECONDS);
		}

		void query(String scope) {
			this.scope.named(scope).run(() -> {
				this.entityManager.createNativeQuery("select 1").getSingleResult();
			});
		}

		/**
		 * Place an order, and return as soon as the page is being rendered.
		 */
		FutureTask<MvcResult> request(WebApplicationContext context) throws InterruptedException {
			MockMvc mvc = MockMvcBuilders.webAppContextSetup(context).build();
			FutureTask<MvcResult> request = new FutureTask<>(() -> mvc.perform(post("/orders")).andReturn());
			new Thread(request).start();
			assertThat(this.placed.await(20, TimeUnit.SECONDS)).isTrue();
			return request;
		}

	}

}
