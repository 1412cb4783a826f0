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

package io.transactionscope.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import javax.sql.DataSource;

import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.lint.SelfInvocationLintAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.lint.PoolLintAutoConfiguration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.mockStatic;

/**
 * The failures at start-up of the chapter on exceptions, as whoever starts the
 * application reads them.
 */
@Tag("once")
@ExtendWith(OutputCaptureExtension.class)
class StartUpFailuresExampleTests {

	@Test
	void privateMethod(CapturedOutput output) {
		verify("exceptions-start-private-method", output, PrivateMethod.class);
	}

	@Test
	void methodThatReturnsAFuture(CapturedOutput output) {
		verify("exceptions-start-future", output, ReturnsAFuture.class);
	}

	@Test
	void selfInvocation(CapturedOutput output) {
		verify("exceptions-start-self-invocation", output, CallsItself.class,
				"--transaction-scope.lint.self-invocation=fail");
	}

	@Test
	void poolThatIsTooSmall(CapturedOutput output) {
		verify("exceptions-start-pool-lint", output, Plain.class, "--transaction-scope.lint.mode=fail",
				"--transaction-scope.lint.threads=10", "--transaction-scope.lint.connections-per-thread=2",
				"--spring.datasource.hikari.maximum-pool-size=10");
	}

	@Test
	void databaseThatIsNotThere(CapturedOutput output) {
		verify("exceptions-start-database", output, Borrower.class,
				"--spring.datasource.url=jdbc:postgresql://localhost:1/orders");
	}

	@Test
	void valueThatMakesNoSense(CapturedOutput output) {
		verify("exceptions-start-value", output, Plain.class, "--transaction-scope.pool.max-waiting=0");
	}

	@Test
	void olderBoot(CapturedOutput output) {
		try (var known = mockStatic(SpringBootVersion.class, CALLS_REAL_METHODS)) {
			known.when(SpringBootVersion::getVersion).thenReturn("3.5.9");
			verify("exceptions-start-boot", output, Plain.class);
		}
	}

	private static void verify(String name, CapturedOutput output, Class<?> type, String... arguments) {
		SpringApplication application = new SpringApplication(type);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setDefaultProperties(Map.of("spring.main.banner-mode", "off",
				"spring.datasource.generate-unique-name", "true", "spring.datasource.hikari.pool-name", "orders"));
		assertThatException().isThrownBy(() -> application.run(arguments).close());
		String text = output.getOut().replace("\r", "");
		assertThat(text).contains("APPLICATION FAILED TO START");
		RecordedText.wrapped(name + ".txt")
			.ignoring(RecordedText.LINE_NUMBERS)
			.verify(text.substring(text.indexOf("Description:")));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AopAutoConfiguration.class, DataSourceAutoConfiguration.class,
			DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
			TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
			SelfInvocationLintAutoConfiguration.class, PoolAutoConfiguration.class, PoolLintAutoConfiguration.class })
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@Import(OrderService.class)
	static class PrivateMethod extends Plain {

	}

	static class OrderService {

		public void placeAll() {
			place();
		}

		@ScopedTransaction
		private void place() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LaterOrderService.class)
	static class ReturnsAFuture extends Plain {

	}

	static class LaterOrderService {

		@ScopedTransaction
		public CompletableFuture<String> place() {
			return CompletableFuture.completedFuture("order");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(OrderImport.class)
	static class CallsItself extends Plain {

	}

	static class OrderImport {

		private final List<String> placed = new ArrayList<>();

		public void placeAll() {
			place();
		}

		@Transactional
		public void place() {
			this.placed.add("order");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Borrower extends Plain {

		@Bean
		Object early(DataSource dataSource) throws Exception {
			dataSource.getConnection().close();
			return this;
		}

	}

}
