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

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import io.transactionscope.ActiveScope;
import io.transactionscope.OpenScope;
import io.transactionscope.ScopeBoundary;
import io.transactionscope.TransactionScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Scopes that are left open at the end of a request or task of a real application (T9).
 */
@ExtendWith(OutputCaptureExtension.class)
class ScopeBoundaryTests {

	private static ConfigurableApplicationContext application;

	private static JdbcTemplate jdbc;

	private static TransactionScope scope;

	private final List<String> decorated = new CopyOnWriteArrayList<>();

	@BeforeAll
	static void start() {
		application = new SpringApplicationBuilder(Application.class).web(WebApplicationType.SERVLET)
			.properties("server.port=0", "server.tomcat.threads.max=1", "server.tomcat.threads.min-spare=1",
					"spring.datasource.url=jdbc:h2:mem:boundary", "spring.datasource.hikari.maximum-pool-size=2",
					"spring.datasource.hikari.connection-timeout=2000", "spring.jpa.hibernate.ddl-auto=none",
					"spring.task.execution.pool.core-size=1", "spring.task.execution.pool.max-size=1")
			.run();
		jdbc = application.getBean(JdbcTemplate.class);
		scope = application.getBean(TransactionScope.class);
		jdbc.execute("create table item (name varchar(20))");
	}

	@AfterAll
	static void stop() {
		application.close();
	}

	@BeforeEach
	void empty() {
		jdbc.execute("delete from item");
	}

	@Test
	@DisplayName("T9: a request that leaves a scope open is told of; the next one of its thread commits")
	void t9RequestThatLeavesAScopeOpenIsToldOf(CapturedOutput output) throws Exception {
		// Whose answer has been sent by then.
		get("/forgetful");
		assertThat(get("/orderly").statusCode()).isEqualTo(200);
		assertThat(output.getAll())
			.containsPattern("Scope 'forgotten' was left open on thread 'http-nio-auto-\\d+-exec-\\d+'");
		assertThat(rows()).containsExactly("orderly");
	}

	@Test
	@DisplayName("T9: a task that leaves a scope open fails, and says which; the next one of its thread commits")
	void t9TaskThatLeavesAScopeOpenFails() throws Exception {
		AsyncTaskExecutor executor = application.getBean("applicationTaskExecutor", AsyncTaskExecutor.class);
		Future<?> forgetful = executor.submit(() -> {
			OpenScope tx = scope.named("forgotten").open();
			insert("forgotten");
			assertThat(tx.isRollbackOnly()).isFalse();
		});
		assertThatCodeCompletes(forgetful);
		executor.submit(() -> scope.run(() -> insert("orderly"))).get();
		assertThat(rows()).containsExactly("orderly");
	}

	/** What fails after the task's own code is the executor's to report. */
	private static void assertThatCodeCompletes(Future<?> task) throws InterruptedException {
		try {
			task.get();
		}
		catch (ExecutionException ex) {
			assertThat(ex.getCause()).isInstanceOf(IllegalStateException.class).hasMessageContaining("'forgotten'");
		}
	}

	@Test
	@DisplayName("T9: the application's own decorator is the one that is asked for, and decorates inside of the boundary")
	void t9DecoratorOfTheApplicationIsTheOneThatIsAskedFor() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(TaskExecutionAutoConfiguration.class, ScopeBoundaryAutoConfiguration.class))
			.withBean("own", TaskDecorator.class, () -> (task) -> () -> {
				this.decorated.add(Thread.currentThread().getName());
				task.run();
			})
			.run((context) -> {
				assertThat(context.getBean(TaskDecorator.class)).isSameAs(context.getBean("own"));
				context.getBean(AsyncTaskExecutor.class).submit(() -> {
				}).get();
				assertThat(this.decorated).hasSize(1);
			});
	}

	@Test
	@DisplayName("A decorator that another starter has where there is none stays")
	void leavesDecorationToAnotherStarter() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class,
					ScopeBoundaryAutoConfiguration.class, TaskDecoratorOfACompanyAutoConfiguration.class))
			.run((context) -> assertThat(context.getBean(TaskDecorator.class))
				.isSameAs(context.getBean("taskDecoratorOfACompany")));
	}

	@Test
	@DisplayName("A task that is cancelled leaves the queue of its executor")
	void staysAFutureInTheQueueOfAnExecutor() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(TaskExecutionAutoConfiguration.class, ScopeBoundaryAutoConfiguration.class))
			.withPropertyValues("spring.task.execution.pool.core-size=1")
			.run((context) -> {
				ThreadPoolTaskExecutor executor = context.getBean(ThreadPoolTaskExecutor.class);
				CountDownLatch over = new CountDownLatch(1);
				Future<?> first = executor.submit(() -> {
					over.await();
					return null;
				});
				Future<?> waiting = executor.submit(() -> {
				});
				assertThat(executor.getThreadPoolExecutor().getQueue()).singleElement().isInstanceOf(Future.class);
				assertThat(waiting.cancel(true)).isTrue();
				executor.getThreadPoolExecutor().purge();
				assertThat(executor.getThreadPoolExecutor().getQueue()).isEmpty();
				over.countDown();
				first.get();
			});
	}

	@Test
	@DisplayName("T9: all that was opened inside a boundary is rolled back at it, and nothing outside")
	void t9AllThatWasOpenedInsideIsRolledBack() {
		scope.named("outside").run((outside) -> {
			insert("outside");
			assertThatIllegalStateException().isThrownBy(() -> {
				ScopeBoundary boundary = ScopeBoundary.enter();
				try (boundary) {
					scope.named("first").requiresNew().open();
					insert("first");
					scope.named("second").open();
				}
			})
				.withMessageContaining("Scope 'second' was opened and never closed")
				.satisfies((ex) -> assertThat(ex.getSuppressed()).singleElement()
					.satisfies((each) -> assertThat(each).hasMessageContaining("'first'")));
			assertThat(ActiveScope.current()).isSameAs(outside);
		});
		assertThat(rows()).containsExactly("outside");
	}

	@Test
	@DisplayName("T3: a failure inside stays the failure, and carries what was left open")
	void t3FailureInsideStays() {
		IOException failure = new IOException("inside");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			ScopeBoundary boundary = ScopeBoundary.enter();
			try (boundary) {
				scope.named("left").open();
				throw failure;
			}
		}).isSameAs(failure).satisfies((ex) -> assertThat(ex.getSuppressed()).hasSize(1));
	}

	private static void insert(String name) {
		jdbc.update("insert into item values (?)", name);
	}

	private static List<String> rows() {
		return jdbc.queryForList("select name from item", String.class);
	}

	private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
		String port = application.getEnvironment().getProperty("local.server.port");
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).build(),
					HttpResponse.BodyHandlers.ofString());
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = R2dbcAutoConfiguration.class)
	static class Application {

		@RestController
		static class Requests {

			@GetMapping("/forgetful")
			String forgetful() {
				OpenScope tx = scope.named("forgotten").open();
				insert("forgotten");
				return tx.name();
			}

			@GetMapping("/orderly")
			String orderly() {
				scope.run(() -> insert("orderly"));
				return "done";
			}

		}

	}

}
