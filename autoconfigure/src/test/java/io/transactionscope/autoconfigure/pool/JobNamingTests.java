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

import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import org.junit.jupiter.api.Test;
import org.quartz.Job;
import org.quartz.JobDataMap;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerBuilder;
import org.quartz.listeners.JobListenerSupport;

import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInterruptedException;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.repository.support.ResourcelessJobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.support.ListItemReader;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.init.DatabasePopulatorUtils;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * In the ledger, jobs have their names.
 */
class JobNamingTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(BorrowerNamingAutoConfiguration.class, PoolAutoConfiguration.class,
				DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class,
				TransactionManagerCustomizationAutoConfiguration.class, TransactionAutoConfiguration.class,
				ScopedTransactionManagerAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true");

	@Test
	void stepOfSpringBatchIsNamedAfterItsJobAndItself() {
		this.runner.run(JobNamingTests::assertThatStepsAreNamed);
		this.runner.withUserConfiguration(StockManager.class).run(JobNamingTests::assertThatStepsAreNamed);
	}

	private static void assertThatStepsAreNamed(ApplicationContext context) {
		JobRepository repository = new ResourcelessJobRepository();
		PlatformTransactionManager transactionManager = context.getBean(PlatformTransactionManager.class);
		JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
		Step chunks = new StepBuilder("load", repository).<String, String>chunk(2)
			.reader(new ListItemReader<>(List.of("one", "two", "three")))
			.writer((chunk) -> jdbc.execute("select 1"))
			.transactionManager(transactionManager)
			.build();
		Step tasklet = new StepBuilder("tidy:partition3", repository).tasklet((contribution, chunk) -> {
			jdbc.execute("select 1");
			TransactionTemplate another = new TransactionTemplate(transactionManager);
			another.setPropagationBehavior(TransactionTemplate.PROPAGATION_REQUIRES_NEW);
			another.executeWithoutResult((status) -> jdbc.execute("select 1"));
			return RepeatStatus.FINISHED;
		}, transactionManager).build();
		assertThat(AskedNames.during(context, () -> run(repository, chunks))).containsExactly("import-orders.load");
		assertThat(AskedNames.during(context, () -> run(repository, tasklet)))
			.containsExactly("JobNamingTests.assertThatStepsAreNamed", "import-orders.tidy");
	}

	private static void run(JobRepository repository, Step step) {
		try {
			JobParameters none = new JobParameters();
			JobExecution execution = repository.createJobExecution(repository.createJobInstance("import-orders", none),
					none, new ExecutionContext());
			new JobBuilder("import-orders", repository).start(step).build().execute(execution);
			assertThat(execution.getStatus()).isEqualTo(BatchStatus.COMPLETED);
		}
		catch (JobInterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	@Test
	void jobOfQuartzIsNamed() {
		this.runner.withUserConfiguration(Quartz.class).run((context) -> {
			JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
			Runnable query = () -> jdbc.execute("select 1");
			assertThat(AskedNames.during(context, () -> run(context, new JobKey("remind"), query)))
				.containsExactly("job remind");
			assertThat(AskedNames.during(context, () -> run(context, new JobKey("remind", "billing"), query)))
				.containsExactly("job billing.remind");
			assertThat(context.getBean(Scheduler.class).getListenerManager().getJobListeners()).hasSize(2);
		});
	}

	@Test
	void whatQuartzBorrowsForItselfIsNamed() {
		this.runner.withUserConfiguration(QuartzOnDatabase.class)
			.run((context) -> await()
				.untilAsserted(() -> assertThat(context.getBean(PoolLedgers.class).all().get(0).snapshot().scopes())
					.extracting(ScopeStatistics::scope)
					.contains("Quartz")));
	}

	@Test
	void schedulerThatIsSwitchedOffStaysSo() {
		this.runner.withBean(SwitchedOff.class).run((context) -> assertThat(context).hasNotFailed());
	}

	private static void run(ApplicationContext context, JobKey key, Runnable work) {
		CountDownLatch done = new CountDownLatch(1);
		JobDataMap data = new JobDataMap();
		data.put("work", (Runnable) () -> {
			work.run();
			done.countDown();
		});
		try {
			context.getBean(Scheduler.class)
				.scheduleJob(org.quartz.JobBuilder.newJob(Working.class).withIdentity(key).usingJobData(data).build(),
						TriggerBuilder.newTrigger().startNow().build());
			assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (SchedulerException | InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	public static class Working implements Job {

		@Override
		public void execute(JobExecutionContext context) {
			((Runnable) Objects.requireNonNull(context.getMergedJobDataMap().get("work"))).run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class StockManager {

		@Bean
		JdbcTransactionManager transactionManager(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class QuartzOnDatabase {

		@Bean
		SchedulerFactoryBean scheduler(DataSource dataSource) {
			DatabasePopulatorUtils.execute(
					new ResourceDatabasePopulator(new ClassPathResource("org/quartz/impl/jdbcjobstore/tables_h2.sql")),
					dataSource);
			SchedulerFactoryBean scheduler = new SchedulerFactoryBean();
			scheduler.setDataSource(dataSource);
			return scheduler;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Quartz {

		@Bean
		SchedulerFactoryBean scheduler() {
			Properties properties = new Properties();
			properties.setProperty("org.quartz.threadPool.threadCount", "1");
			SchedulerFactoryBean scheduler = new SchedulerFactoryBean();
			scheduler.setQuartzProperties(properties);
			scheduler.setGlobalJobListeners(new JobListenerSupport() {

				@Override
				public String getName() {
					return "own";
				}

			});
			return scheduler;
		}

	}

	static class SwitchedOff extends SchedulerFactoryBean {

		@Override
		public void afterPropertiesSet() {
		}

		@Override
		public void start() {
		}

		@Override
		public void destroy() {
		}

	}

}
