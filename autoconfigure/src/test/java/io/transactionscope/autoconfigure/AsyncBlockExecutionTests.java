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

package io.transactionscope.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.BlockFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Where asynchronous blocks run in an application, and what becomes of them when it ends.
 */
@Timeout(60)
class AsyncBlockExecutionTests {

	private final ApplicationContextRunner withoutExecutor = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
				JdbcClientAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
				TransactionAutoConfiguration.class, PoolAutoConfiguration.class,
				ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class))
		.withPropertyValues("spring.datasource.url=jdbc:h2:mem:async-execution;DB_CLOSE_DELAY=-1");

	private final ApplicationContextRunner runner = this.withoutExecutor
		.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class));

	@Test
	void blocksRunOnTheExecutorOfTheApplication() {
		this.runner.run((context) -> assertThat(context.getBean(TransactionScope.class)
			.named("on")
			.async()
			.call(() -> Thread.currentThread().getName())).succeedsWithin(20, TimeUnit.SECONDS)
			.asString()
			.startsWith("task-"));
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void blocksRunOnVirtualThreadsWhereBootDoes() {
		this.runner.withPropertyValues("spring.threads.virtual.enabled=true")
			.run((context) -> assertThat(
					context.getBean(TransactionScope.class).async().call(() -> Thread.currentThread().toString()).get())
				.startsWith("VirtualThread"));
		this.withoutExecutor.withPropertyValues("spring.threads.virtual.enabled=true")
			.run((context) -> assertThat(
					context.getBean(TransactionScope.class).async().call(() -> Thread.currentThread().toString()).get())
				.startsWith("VirtualThread"));
	}

	@Test
	void withoutAnExecutorTheBlockFailsAndSaysWhatToDo() {
		this.withoutExecutor.run((context) -> assertThat(
				catchThrowable(() -> context.getBean(TransactionScope.class).async().call(() -> "never").await()))
			.isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("name one, async(executor), or define a bean 'applicationTaskExecutor'"));
	}

	@Test
	void executorOfTheApplicationsOwnIsNotInTheWay() {
		this.withoutExecutor.withBean("taskExecutor", Executor.class, () -> (task) -> new Thread(task, "own").start())
			.run((context) -> assertThat(
					context.getBean(TransactionScope.class).async().call(() -> Thread.currentThread().getName()).get())
				.isEqualTo("own"));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void a7ContextThatIsClosedWaitsForOpenBlocks(boolean virtual) {
		CountDownLatch closing = new CountDownLatch(1);
		AtomicReference<BlockFuture<?>> open = new AtomicReference<>();
		this.runner.withPropertyValues("spring.threads.virtual.enabled=" + virtual)
			.withInitializer((context) -> context.addApplicationListener((event) -> {
				if (event instanceof ContextClosedEvent) {
					closing.countDown();
				}
			}))
			.run((context) -> {
				JdbcClient jdbc = context.getBean(JdbcClient.class);
				jdbc.sql("create table if not exists async_execution (n int)").update();
				CountDownLatch begun = new CountDownLatch(1);
				open.set(context.getBean(TransactionScope.class).async().run(() -> {
					begun.countDown();
					closing.await();
					Thread.sleep(200);
					jdbc.sql("insert into async_execution values (1)").update();
				}));
				begun.await();
			});
		assertThat(Objects.requireNonNull(open.get()).ended().toCompletableFuture()).isDone()
			.isCompletedWithValue(Outcome.succeeded());
	}

	@Test
	void a7BlocksInTheQueueOfAnApplicationThatEndsRunOrAreCancelled() {
		List<BlockFuture<?>> queued = new ArrayList<>();
		CountDownLatch closing = new CountDownLatch(1);
		this.runner.withPropertyValues("spring.task.execution.pool.core-size=1")
			.withInitializer((context) -> context.addApplicationListener((event) -> {
				if (event instanceof ContextClosedEvent) {
					closing.countDown();
				}
			}))
			.run((context) -> {
				TransactionScope transactions = context.getBean(TransactionScope.class);
				CountDownLatch begun = new CountDownLatch(1);
				queued.add(transactions.async().run(() -> {
					begun.countDown();
					closing.await();
				}));
				begun.await();
				for (int i = 0; i < 100; i++) {
					queued.add(transactions.async().call(() -> "queued"));
				}
			});
		assertThat(queued).allSatisfy((each) -> {
			Outcome outcome = each.ended().toCompletableFuture().get(20, TimeUnit.SECONDS);
			assertThat(each).isDone();
			assertThat(outcome.isSuccess() || outcome.isCancelled()).as("%s", outcome).isTrue();
		});
	}

}
