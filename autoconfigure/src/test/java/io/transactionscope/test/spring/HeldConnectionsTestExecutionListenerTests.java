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

package io.transactionscope.test.spring;

import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.util.ReflectionTestUtils;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of applications that leave connections held.
 */
@ExtendWith(OutputCaptureExtension.class)
class HeldConnectionsTestExecutionListenerTests {

	private final List<Application> tests = new CopyOnWriteArrayList<>();

	@AfterEach
	void giveBack() throws Exception {
		for (Application each : this.tests) {
			each.giveBack();
		}
	}

	@Test
	void failATestThatIsToBeFailed() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> run(Failing.class, "forgetsAConnection"))
			.withMessageStartingWith("Failing.forgetsAConnection has left connections held")
			.withMessageContaining("of pool held: outside of scopes on main, for ")
			.withMessageContaining("last SQL: select ?")
			.withMessageContaining("borrowed")
			.withMessageContaining("Application.forgetsAConnection");
	}

	@Test
	void areNamedByTheirScope() {
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> run(Failing.class, "leavesAScopeOpenOnAnotherThread"))
			.withMessageContaining("of pool held: 'reserve' on ");
	}

	@Test
	void areToldOfOtherwise(CapturedOutput output) throws Exception {
		run(Warning.class, "forgetsAConnection");
		assertThat(output).contains("Warning.forgetsAConnection has left connections held");
	}

	@Test
	void areNobodysBusinessUnlessAsked(CapturedOutput output) throws Exception {
		run(Unconcerned.class, "forgetsAConnection");
		assertThat(output).doesNotContain("has left connections held");
	}

	@Test
	void areNotThoseThatWereHeldBefore() throws Exception {
		TestContextManager manager = new TestContextManager(Failing.class);
		Failing before = prepared(manager, Failing.class);
		before.forgetsAConnection();
		assertThatCode(() -> run(Failing.class, "worksInATransaction")).doesNotThrowAnyException();
	}

	@Test
	void areNotThoseOfAnotherTestThatRunsMeanwhile() throws Exception {
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch done = new CountDownLatch(1);
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			Future<?> another = executor.submit(() -> {
				run(Failing.class, "worksInATransaction", () -> {
					begun.countDown();
					assertThat(done.await(1, TimeUnit.MINUTES)).isTrue();
				});
				return null;
			});
			assertThatCode(() -> run(Failing.class, "worksInATransaction",
					() -> assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue()))
				.doesNotThrowAnyException();
			done.countDown();
			assertThat(another).succeedsWithin(Duration.ofMinutes(1));
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void areNotThoseOfATransactionThatIsRolledBack() {
		assertThatCode(() -> run(Failing.class, "worksInATransaction")).doesNotThrowAnyException();
	}

	@Test
	void areNotThoseOfWorkThatEndsSoon() {
		assertThatCode(() -> run(Failing.class, "leavesWorkThatEndsSoon")).doesNotThrowAnyException();
	}

	@Test
	void needAWordThatIsKnown() {
		assertThatExceptionOfType(BindException.class).isThrownBy(() -> run(Misspelled.class, "worksInATransaction"))
			.withMessageContaining(HeldConnectionsTestExecutionListener.PROPERTY);
	}

	private void run(Class<? extends Application> type, String name) throws Exception {
		run(type, name, () -> {
		});
	}

	private void run(Class<? extends Application> type, String name, TransactionScope.PlainRun<Exception> meanwhile)
			throws Exception {
		TestContextManager manager = new TestContextManager(type);
		Application test = prepared(manager, type);
		Method method = Application.class.getDeclaredMethod(name);
		manager.beforeTestMethod(test, method);
		ReflectionTestUtils.invokeMethod(test, name);
		meanwhile.run();
		manager.afterTestMethod(test, method, null);
	}

	private <T extends Application> T prepared(TestContextManager manager, Class<T> type) throws Exception {
		T test = type.getDeclaredConstructor().newInstance();
		this.tests.add(test);
		manager.prepareTestInstance(test);
		return test;
	}

	@SpringBootTest(classes = Application.Configuration.class,
			properties = { "spring.datasource.generate-unique-name=true", "spring.datasource.hikari.pool-name=held" })
	@SuppressWarnings("NullAway.Init")
	abstract static class Application {

		@Autowired
		DataSource dataSource;

		@Autowired
		TransactionScope scope;

		private @Nullable Connection forgotten;

		private @Nullable Future<Boolean> work;

		private final CountDownLatch done = new CountDownLatch(1);

		private final ExecutorService executor = Executors.newSingleThreadExecutor();

		void forgetsAConnection() throws SQLException {
			this.forgotten = this.dataSource.getConnection();
			this.forgotten.createStatement().execute("select 1");
		}

		void leavesAScopeOpenOnAnotherThread() throws InterruptedException {
			CountDownLatch begun = new CountDownLatch(1);
			this.work = this.executor.submit(() -> this.scope.named("reserve").call((tx) -> {
				boolean valid = tx.connection().isValid(1);
				begun.countDown();
				return valid && this.done.await(1, TimeUnit.MINUTES);
			}));
			assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
		}

		void leavesWorkThatEndsSoon() throws InterruptedException {
			leavesAScopeOpenOnAnotherThread();
			this.done.countDown();
		}

		@Transactional
		void worksInATransaction() {
			new JdbcTemplate(this.dataSource).execute("select 1");
		}

		void giveBack() throws Exception {
			this.done.countDown();
			this.executor.shutdown();
			if (this.work != null) {
				assertThat(this.work.get(10, TimeUnit.SECONDS)).isTrue();
			}
			if (this.forgotten != null) {
				this.forgotten.close();
			}
		}

		@org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
		@ImportAutoConfiguration({ PoolAutoConfiguration.class, DataSourceAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
				ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class })
		static class Configuration {

		}

	}

	@TestPropertySource(properties = HeldConnectionsTestExecutionListener.PROPERTY + "=fail")
	static class Failing extends Application {

	}

	@TestPropertySource(properties = HeldConnectionsTestExecutionListener.PROPERTY + "=warn")
	static class Warning extends Application {

	}

	static class Unconcerned extends Application {

	}

	@TestPropertySource(properties = HeldConnectionsTestExecutionListener.PROPERTY + "=maybe")
	static class Misspelled extends Application {

	}

}
