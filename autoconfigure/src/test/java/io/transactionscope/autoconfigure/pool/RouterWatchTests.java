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

import java.sql.Connection;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.baomidou.dynamic.datasource.DynamicRoutingDataSource;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import org.h2.Driver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

import static io.transactionscope.test.RoutedPools.pool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Pools that a router is given while the application runs have ledgers soon, and those
 * that it no longer has leave none behind.
 */
@Tag("once")
@ExtendWith(OutputCaptureExtension.class)
class RouterWatchTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class));

	@Test
	void tenantsThatARouterIsGivenLaterHaveLedgers(CapturedOutput output) {
		HikariDataSource first = pool("first");
		this.runner.withBean(Router.class, () -> new Router(Map.of("first", first))).run((context) -> {
			Router router = context.getBean(Router.class);
			PoolLedger ledger = ledger(context, "first");
			HikariDataSource second = pool("second");
			try (Connection earlier = second.getConnection()) {
				router.lead(Map.of("first", first, "second", second), pool("fallback"));
				awaitLedgers(context, "fallback", "first", "second");
				assertThat(ledger(context, "first")).as("of the pool that has one already").isSameAs(ledger);
				assertThatTheLedgerTells(context, router, "second");
				assertThatTheLedgerTells(context, router, "fallback");
				assertThat(earlier.isClosed()).as("whoever had borrowed goes on").isFalse();
			}
			assertThatTheLedgerTells(context, router, "first");
			await().untilAsserted(() -> assertThat(output.getOut()).contains(
					"Pools with a ledger from now on, behind a router: second, fallback. Data sources without one: none."));
		});
	}

	@Test
	void loggerThatFailsEndsNoLooks() {
		Logger logger = (Logger) LoggerFactory.getLogger(RouterWatch.class);
		AtomicInteger told = new AtomicInteger();
		AppenderBase<ILoggingEvent> failing = new AppenderBase<>() {

			@Override
			protected void append(ILoggingEvent event) {
				told.incrementAndGet();
				throw new AssertionError("the logger's");
			}

		};
		failing.start();
		logger.addAppender(failing);
		HikariDataSource first = pool("first");
		HikariDataSource second = pool("second");
		try {
			this.runner.withBean(Router.class, () -> new Router(Map.of("first", first))).run((context) -> {
				Router router = context.getBean(Router.class);
				router.lead(Map.of("first", first, "second", second), first);
				await().until(() -> told.get() > 0);
				router.lead(Map.of("first", first, "second", second, "third", pool("third")), first);
				awaitLedgers(context, "first", "second", "third");
			});
		}
		finally {
			logger.detachAppender(failing);
		}
	}

	@Test
	void tenantThatIsClosedLeavesNothingBehind() {
		HikariDataSource first = pool("first");
		HikariDataSource second = pool("second");
		this.runner.withBean(Router.class, () -> new Router(Map.of("first", first, "second", second)))
			.run((context) -> {
				awaitLedgers(context, "first", "second");
				PoolLedger ledger = ledger(context, "second");
				Router router = context.getBean(Router.class);
				router.lead(Map.of("first", first), first);
				second.close();
				awaitLedgers(context, "first");
				await().until(() -> !isRunning("second:ledger"));
				assertThat(ledger.hikari().isClosed()).isTrue();
				router.lead(Map.of("first", first, "second", second), first);
				TrackedPoolBeanPostProcessor pools = context.getBean(TrackedPoolBeanPostProcessor.class);
				assertThat(pools.watched(second)).as("one that is closed gets no other").isSameAs(second);
				awaitLedgers(context, "first");
			});
	}

	@Test
	void routerWithoutPoolsAtTheStartIsFollowed(CapturedOutput output) {
		Router router = new Router(Map.of());
		router.afterPropertiesSet();
		this.runner.withBean(LazyConnectionDataSourceProxy.class, () -> new LazyConnectionDataSourceProxy(router))
			.run((context) -> {
				assertThat(output.getOut()).contains(" (it leads nowhere yet)");
				SimpleDriverDataSource other = new SimpleDriverDataSource(new Driver(), "jdbc:h2:mem:other");
				router.lead(Map.of("tenant", pool("tenant"), "other", other), other);
				awaitLedgers(context, "tenant");
				assertThatTheLedgerTells(context, router, "tenant");
				await().untilAsserted(() -> assertThat(output.getOut()).containsOnlyOnce(
						"Pools with a ledger from now on, behind a router: tenant. Data sources without one: "
								+ SimpleDriverDataSource.class.getName() + " is no pool of HikariCP's."));
			});
	}

	@Test
	void whatDynamicDatasourceAddsAndRemovesIsFollowed() {
		this.runner
			.withBean(DynamicRoutingDataSource.class,
					() -> new DynamicRoutingDataSource(List.of(() -> Map.of("master", pool("master")))))
			.run((context) -> {
				DynamicRoutingDataSource router = context.getBean(DynamicRoutingDataSource.class);
				HikariDataSource tenant = pool("tenant_1");
				router.addDataSource("tenant_1", tenant);
				awaitLedgers(context, "master", "tenant_1");
				// The router leads there a little later than there is a ledger.
				await().untilAsserted(() -> {
					try (Connection connection = router.getDataSource("tenant").getConnection()) {
						assertThat(connection.getMetaData().getURL()).isEqualTo("jdbc:h2:mem:tenant_1");
						assertThat(ledger(context, "tenant_1").snapshot().leases()).hasSize(1);
					}
				});
				router.removeDataSource("tenant_1");
				assertThat(tenant.isClosed()).isTrue();
				awaitLedgers(context, "master");
			});
	}

	@Test
	void nobodyLooksWithoutARouterNorWhenTheContextHasGone() {
		// That of the test before may be about to end.
		await().until(() -> !isRunning(RouterWatch.THREAD));
		this.runner.withBean("pool", HikariDataSource.class, () -> pool("pool")).run((context) -> {
			ledger(context, "pool");
			assertThat(isRunning(RouterWatch.THREAD)).isFalse();
		});
		HikariDataSource late = pool("late");
		this.runner.withBean(Router.class, () -> new Router(Map.of("pool", pool("pool")))).run((context) -> {
			Router router = context.getBean(Router.class);
			assertThat(isRunning(RouterWatch.THREAD)).isTrue();
			context.close();
			await().until(() -> !isRunning(RouterWatch.THREAD));
			router.lead(Map.of("late", late), late);
			try (Connection connection = router.getConnection()) {
				assertThat(connection.isValid(10)).isTrue();
			}
		});
		late.close();
	}

	@Test
	void nothingThatARouterIsGivenMeanwhileIsLost() throws Exception {
		Router router = new Router(Map.of());
		router.afterPropertiesSet();
		AtomicBoolean done = new AtomicBoolean();
		FutureTask<Void> looks = new FutureTask<>(() -> {
			while (!done.get()) {
				replace(router);
			}
		}, null);
		new Thread(looks).start();
		for (int i = 0; i < 20_000; i++) {
			DataSource given = new SimpleDriverDataSource();
			router.lead(Map.of("one", given, "other", given), given);
			assertThat(behind(router.getResolvedDefaultDataSource())).isSameAs(given);
			assertThat(router.getResolvedDataSources().values()).extracting(RouterWatchTests::behind)
				.containsExactly(given, given);
		}
		done.set(true);
		looks.get(20, TimeUnit.SECONDS);
		replace(router);
		assertThat(router.getResolvedDefaultDataSource()).isInstanceOf(Front.class);
		assertThat(router.getResolvedDataSources().values()).hasOnlyElementsOfType(Front.class);
	}

	private static void replace(Router router) {
		try {
			DataSourceTargets.replace(router, (target) -> (target instanceof Front) ? target : new Front(target));
		}
		catch (ConcurrentModificationException ex) {
			// As it may be set up at this moment. The next look does it.
		}
	}

	private static @Nullable DataSource behind(@Nullable DataSource target) {
		return (target instanceof Front front) ? front.getTargetDataSource() : target;
	}

	/** The router leads there a little later than there is a ledger. */
	private static void assertThatTheLedgerTells(ApplicationContext context, Router router, String pool) {
		router.destination = pool;
		await().untilAsserted(() -> {
			try (Connection connection = router.getConnection()) {
				assertThat(connection.getMetaData().getURL()).isEqualTo("jdbc:h2:mem:" + pool);
				assertThat(ledger(context, pool).snapshot().leases()).hasSize(1);
			}
		});
		assertThat(ledger(context, pool).snapshot().leases()).isEmpty();
	}

	private static void awaitLedgers(ApplicationContext context, String... pools) {
		await().untilAsserted(() -> assertThat(context.getBean(PoolLedgers.class).all()).extracting(PoolLedger::pool)
			.containsExactly(pools));
	}

	private static PoolLedger ledger(ApplicationContext context, String pool) {
		return context.getBean(PoolLedgers.class).find(pool).orElseThrow();
	}

	private static boolean isRunning(String thread) {
		return Thread.getAllStackTraces().keySet().stream().anyMatch((each) -> each.getName().equals(thread));
	}

	/**
	 * Is set up anew for each tenant that it is given.
	 */
	static class Router extends AbstractRoutingDataSource {

		private volatile String destination = "";

		Router(Map<Object, Object> targets) {
			setTargetDataSources(targets);
		}

		void lead(Map<Object, Object> targets, Object fallback) {
			setTargetDataSources(targets);
			setDefaultTargetDataSource(fallback);
			afterPropertiesSet();
		}

		@Override
		protected Object determineCurrentLookupKey() {
			return this.destination;
		}

	}

	/**
	 * Is in the place of what a router has been given.
	 */
	static class Front extends DelegatingDataSource {

		Front(DataSource target) {
			super(target);
		}

	}

}
