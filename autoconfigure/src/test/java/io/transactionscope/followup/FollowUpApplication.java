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

package io.transactionscope.followup;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.Waiter;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.CommitResolutionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import org.awaitility.core.ThrowingRunnable;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.context.annotation.Configurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.context.annotation.UserConfigurations;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application that keeps its orders, its events and its jobs in one database.
 */
final class FollowUpApplication implements AutoCloseable {

	private final JdbcClient outside;

	private final String schema;

	private final HikariDataSource pool;

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	/**
	 * Start it.
	 * @param outside connections to its database beside its own
	 * @param driver beneath its pool
	 * @param schema where its tables are
	 * @param jpa whether its transactions are Hibernate's
	 * @param connections how many its pool has
	 * @param settings of Spring Modulith's, for example
	 */
	FollowUpApplication(DataSource outside, DataSource driver, String schema, boolean jpa, int connections,
			String... settings) {
		this.outside = JdbcClient.create(outside);
		this.schema = schema;
		this.pool = pool(driver, schema, connections);
		TestPropertyValues
			.of("spring.jpa.hibernate.ddl-auto=none", "spring.modulith.events.externalization.enabled=false",
					"spring.modulith.events.jdbc.schema-initialization.enabled=false")
			.and(settings)
			.applyTo(this.context);
		this.context.registerBean("dataSource", DataSource.class, () -> this.pool);
		this.context.register(Configurations.getClasses(UserConfigurations.of(Configured.class),
				AutoConfigurations.of(autoConfigurations(jpa))));
		this.context.refresh();
	}

	/** Await it. */
	static void soon(ThrowingRunnable assertion) {
		await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).untilAsserted(assertion);
	}

	private static HikariDataSource pool(DataSource driver, String schema, int connections) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(driver);
		config.setSchema(schema);
		config.setMaximumPoolSize(connections);
		config.setConnectionTimeout(Duration.ofSeconds(10).toMillis());
		return new HikariDataSource(config);
	}

	private static Class<?>[] autoConfigurations(boolean jpa) {
		List<Class<?>> classes = new ArrayList<>(List.of(AopAutoConfiguration.class, JacksonAutoConfiguration.class,
				TaskExecutionAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
				JdbcClientAutoConfiguration.class, TransactionAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class,
				TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
				CommitResolutionAutoConfiguration.class, PoolAutoConfiguration.class));
		if (jpa) {
			classes.add(HibernateJpaAutoConfiguration.class);
		}
		return Stream.concat(classes.stream(), modulith()).toArray(Class<?>[]::new);
	}

	/** Not all of them are public. */
	private static Stream<Class<?>> modulith() {
		ClassLoader loader = FollowUpApplication.class.getClassLoader();
		return ImportCandidates.load(AutoConfiguration.class, loader)
			.getCandidates()
			.stream()
			.filter((name) -> name.startsWith("org.springframework.modulith."))
			.map((name) -> ClassUtils.resolveClassName(name, loader));
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	TransactionScope scope() {
		return bean(TransactionScope.class).named("place-order");
	}

	Orders orders() {
		return bean(Orders.class);
	}

	FollowUps followUps() {
		return bean(FollowUps.class);
	}

	/** Have the jobs done that are due. */
	void doJobs() {
		bean(Scheduler.class).triggerCheckForDueExecutions();
	}

	/** One that has the data source as it is. */
	SchedulerClient unawareJobs() {
		return SchedulerClient.Builder.create(bean(DataSource.class)).build();
	}

	void publish(Object event) {
		this.context.publishEvent(event);
	}

	JdbcClient jdbc() {
		return bean(JdbcClient.class);
	}

	/** What there is, for the transaction of the thread. */
	Rows rows() {
		return Rows.of(jdbc(), "");
	}

	/** What is committed. */
	Rows committed() {
		return Rows.of(this.outside, this.schema + ".");
	}

	String statusOfEvent() {
		return jdbc().sql("select status from event_publication").query(String.class).single();
	}

	/** Have no order, and nothing that was to follow one. */
	void clear() {
		// A look for jobs that comes late would do those of the next test.
		soon(() -> assertThat(bean(Looks.class).isWaiting()).isTrue());
		for (String table : List.of("orders", "event_publication", "scheduled_tasks")) {
			this.outside.sql("delete from %s.%s".formatted(this.schema, table)).update();
		}
		followUps().reset();
	}

	/** Do something while the pool has so many connections for it. */
	void leave(int connections, Runnable something) throws SQLException {
		if (connections == this.pool.getMaximumPoolSize()) {
			something.run();
			return;
		}
		try (Connection occupied = bean(DataSource.class).getConnection()) {
			assertThat(occupied.isClosed()).isFalse();
			leave(connections + 1, something);
		}
	}

	int connectionsInUse() {
		return this.pool.getHikariPoolMXBean().getActiveConnections();
	}

	@Override
	public void close() {
		this.context.close();
		this.pool.close();
	}

	@Configuration(proxyBeanMethods = false)
	static class Configured {

		@Bean
		FollowUps followUps(TransactionScope transactions, JdbcClient jdbc) {
			return new FollowUps(transactions, jdbc);
		}

		@Bean
		Looks looks() {
			return new Looks();
		}

		@Bean(initMethod = "start", destroyMethod = "stop")
		Scheduler scheduler(DataSource dataSource, FollowUps followUps, Looks looks) {
			return new SchedulerBuilder(new TransactionAwareDataSourceProxy(dataSource),
					List.of(Tasks.oneTime(Orders.SHIP).execute((job, context) -> followUps.ship(job.getId())))) {

				@Override
				protected Waiter buildWaiter() {
					return looks;
				}

			}.threads(1).build();
		}

		@Bean
		Orders orders(JdbcClient jdbc, ApplicationEventPublisher events, Scheduler scheduler) {
			return new Orders(jdbc, events, scheduler);
		}

		@Bean
		Way.Annotated annotated() {
			return new Way.Annotated();
		}

	}

	/**
	 * When the scheduler looks for jobs: as it starts, and when it is asked to.
	 */
	static final class Looks extends Waiter {

		private boolean asked;

		private boolean waiting;

		Looks() {
			super(Duration.ofHours(1));
		}

		@Override
		public synchronized void doWait() throws InterruptedException {
			this.waiting = true;
			while (!this.asked) {
				wait();
			}
			this.asked = false;
			this.waiting = false;
		}

		@Override
		public synchronized void wakeOrSkipNextWait() {
			this.asked = true;
			notifyAll();
		}

		@Override
		public synchronized boolean isWaiting() {
			return this.waiting && !this.asked;
		}

	}

}
