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

import java.util.Map;

import io.transactionscope.ActiveScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.InvalidScopedTransactionException;
import io.transactionscope.annotation.ScopedTransaction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Applications in which something is switched off or in the way (T9).
 */
@Tag("once")
class NothingUnscopedTests {

	@ParameterizedTest
	@ValueSource(strings = { "false", "FALSE", "no", "off", "0" })
	void t9FailsTheStartWhenSwitchedOff(String value) {
		assertThatExceptionOfType(InvalidScopedTransactionException.class)
			.isThrownBy(() -> start(Annotated.class, "transaction-scope.enabled=" + value))
			.withMessageContaining("Orders.place() is annotated with @ScopedTransaction, but it would run without "
					+ "its scope: transaction-scope.enabled is false")
			.satisfies((ex) -> assertThat(ex.action())
				.isEqualTo("Set transaction-scope.enabled to true, or leave it out, or remove the annotation."));
	}

	@Test
	void t9FailsTheStartWhenAnAnnotatedBeanIsLazy() {
		assertThatExceptionOfType(InvalidScopedTransactionException.class)
			.isThrownBy(() -> start(LazyAnnotated.class, "transaction-scope.enabled=false"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "true", "1", "yes", "on" })
	void t9IsSwitchedOnByEveryWordForTrue(String value) {
		try (ConfigurableApplicationContext context = start(Annotated.class, "transaction-scope.enabled=" + value,
				"transaction-scope.pool.enabled=" + value)) {
			assertThat(context.getBean(Orders.class).place()).isEqualTo("Orders.place");
			assertThat(context.containsBean("trackedPoolBeanPostProcessor")).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "ja", "2" })
	void t9FailsTheStartWhereASwitchIsNoBoolean(String value) {
		for (String key : new String[] { "transaction-scope.enabled", "transaction-scope.pool.enabled" }) {
			assertThatExceptionOfType(Exception.class).isThrownBy(() -> start(Annotated.class, key + "=" + value))
				.havingRootCause()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, (ex) -> {
					assertThat(ex.getName()).isEqualTo(key);
					assertThat(ex.getValue()).isEqualTo(value);
					assertThat(ex.getReason()).contains("neither true (true, on, yes, 1) nor false");
				});
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration",
			"io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration",
			"io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration,"
					+ "io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration,"
					+ "io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration" })
	void t9FailsTheStartWhenAnAutoConfigurationIsExcluded(String excluded) {
		assertThatExceptionOfType(InvalidScopedTransactionException.class)
			.isThrownBy(() -> start(Annotated.class, "spring.autoconfigure.exclude=" + excluded))
			.withMessageContaining("Orders.place()")
			.satisfies((ex) -> assertThat(ex.action()).contains("io.transactionscope", "or remove the annotation"));
	}

	@Test
	void t9FailsTheStartWithoutAnyAutoConfiguration() {
		assertThatExceptionOfType(InvalidScopedTransactionException.class).isThrownBy(() -> start(Bare.class))
			.withMessageContaining("there is no TransactionScope");
	}

	@Test
	void t9ScopesBesideABeanThatHappensToHaveItsName() {
		try (ConfigurableApplicationContext context = start(NameTaken.class)) {
			assertThat(context.getBean("transactionScope")).isEqualTo("something else");
			assertThat(context.getBean("io.transactionscope.transactionScope")).isInstanceOf(TransactionScope.class);
			assertThat(context.getBean(Orders.class).place()).isEqualTo("Orders.place");
		}
	}

	@Test
	void startsWithMocksOfWhatIsAnnotated() {
		assertThatNoException().isThrownBy(() -> start(Mocked.class, "transaction-scope.enabled=false").close());
	}

	@Test
	void startsWhenSwitchedOffAndNothingIsAnnotated() {
		assertThatNoException().isThrownBy(() -> start(Empty.class, "transaction-scope.enabled=false").close());
	}

	private static ConfigurableApplicationContext start(Class<?> application, String... properties) {
		return new SpringApplicationBuilder(application).web(WebApplicationType.NONE)
			.properties(Map.of("spring.datasource.generate-unique-name", "true", "spring.main.banner-mode", "off",
					"spring.datasource.url", "jdbc:h2:mem:unscoped", "spring.jmx.enabled", "false",
					"spring.autoconfigure.exclude", R2dbcAutoConfiguration.class.getName()))
			.properties(properties)
			.run();
	}

	static class Orders {

		@ScopedTransaction
		public String place() {
			return ActiveScope.current().name();
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	static class Bare {

		@Bean
		Orders orders() {
			return new Orders();
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Empty {

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Annotated {

		@Bean
		Orders orders() {
			return new Orders();
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class LazyAnnotated {

		@Bean
		@Lazy
		Orders orders() {
			return new Orders();
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class NameTaken {

		@Bean
		Orders orders() {
			return new Orders();
		}

		@Bean
		String transactionScope() {
			return "something else";
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Mocked {

		@Bean
		Orders orders() {
			return Mockito.mock(Orders.class);
		}

	}

}
