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

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.PropertyNamesAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeProperties;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.lint.PoolLintAutoConfiguration;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.transaction.TransactionTimedOutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * What the chapter "Configuration" says of properties together, and of those of others.
 */
@Tag("once")
@ExtendWith(OutputCaptureExtension.class)
class ConfigurationExampleTests {

	private static final Path CHAPTER = Path.of("src", "docs", "asciidoc", "configuration.adoc");

	private static final Pattern BLOCK = Pattern.compile("\\[source,(properties|yaml),.*]\\R----\\R((?s:.*?))\\R----");

	private final ApplicationContextRunner application = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class,
				TransactionManagerCustomizationAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class,
				TransactionScopeAutoConfiguration.class, PoolAutoConfiguration.class,
				ObservationAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true");

	@Test
	void propertiesAndYamlSayTheSame() throws IOException {
		List<MatchResult> blocks = BLOCK.matcher(Files.readString(CHAPTER)).results().toList();
		Properties properties = new Properties();
		properties.load(new StringReader(blocks.get(0).group(2)));
		YamlPropertiesFactoryBean yaml = new YamlPropertiesFactoryBean();
		yaml.setResources(new ByteArrayResource(blocks.get(1).group(2).getBytes(StandardCharsets.UTF_8)));
		assertThat(properties).hasSize(3).isEqualTo(yaml.getObject());
		this.application.withPropertyValues(properties.entrySet().stream().map(Object::toString).toArray(String[]::new))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void poolThatDoesNotFitFailsTheStart(CapturedOutput output) {
		assertThatException()
			.isThrownBy(() -> start("transaction-scope.lint.mode=fail", "transaction-scope.lint.threads=20",
					"transaction-scope.lint.connections-per-thread=2", "spring.datasource.hikari.pool-name=orders"));
		String failure = output.getAll().substring(output.getAll().indexOf("***"));
		RecordedText.of("configuration-lint.txt").verify(failure);
	}

	@Test
	void misspelledKeyIsTold(CapturedOutput output) {
		start("transaction-scope.pool.leak-treshold=2m");
		String line = output.getAll()
			.lines()
			.filter((each) -> each.contains("There is no property"))
			.findFirst()
			.orElseThrow();
		RecordedText.of("configuration-misspelled.txt").verify(line.substring(line.indexOf("There is")));
	}

	private static void start(String... properties) {
		new SpringApplicationBuilder(Application.class)
			.properties("spring.main.banner-mode=off", "spring.main.web-application-type=none",
					"spring.datasource.generate-unique-name=true")
			.run(Arrays.stream(properties).map((each) -> "--" + each).toArray(String[]::new))
			.close();
	}

	@Test
	void durationWithoutUnitIsInMilliseconds() {
		this.application
			.withPropertyValues("transaction-scope.slow-threshold=1500",
					"spring.datasource.hikari.connection-timeout=2000")
			.withUserConfiguration(Application.class)
			.run((context) -> {
				assertThat(context.getBean(HikariDataSource.class).getConnectionTimeout()).isEqualTo(2000);
				assertThat(context.getBean(TransactionScopeProperties.class).getSlowThreshold())
					.isEqualTo(Duration.ofMillis(1500));
			});
	}

	@ParameterizedTest
	@MethodSource("managers")
	void defaultTimeoutIsADeadlineForScopesAndTheirWaits(List<Class<?>> autoConfigurations) {
		hurried(autoConfigurations).run((context) -> {
			TransactionScope transactions = context.getBean(TransactionScope.class);
			try (Connection held = context.getBean(DataSource.class).getConnection()) {
				assertThat(held.isClosed()).isFalse();
				long start = System.nanoTime();
				CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> transactions.run(() -> {
				}));
				assertThatExceptionOfType(CompletionException.class).isThrownBy(waiting::join)
					.withCauseInstanceOf(TransactionTimedOutException.class);
				assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
			}
		});
	}

	@ParameterizedTest
	@MethodSource("managers")
	void defaultTimeoutRollsBackAScopeThatReturnsLate(List<Class<?>> autoConfigurations) {
		hurried(autoConfigurations).run((context) -> {
			TransactionScope transactions = context.getBean(TransactionScope.class);
			// First, as the pool starts with it, for which a second may be too short.
			assertThatNoException().isThrownBy(() -> transactions.timeout(Duration.ofSeconds(30))
				.run((tx) -> transactions.run(() -> assertThat(pass(Duration.ofMillis(1020))).isTrue())));
			assertThatExceptionOfType(TransactionTimedOutException.class)
				.isThrownBy(() -> transactions.named("late")
					.run((tx) -> transactions.named("joined")
						.run(() -> assertThat(pass(Duration.ofMillis(1020))).isTrue())))
				.withMessageContaining("Scope 'joined' passed its deadline of PT1S in its body");
		});
	}

	static Stream<Named<List<Class<?>>>> managers() {
		return Stream.of(Named.of("JDBC", List.of(ScopedTransactionManagerAutoConfiguration.class)),
				Named.of("JDBC of Spring's", List.of()),
				Named.of("JPA",
						List.of(HibernateJpaAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class)),
				Named.of("JPA of Spring's", List.of(HibernateJpaAutoConfiguration.class)));
	}

	private static ApplicationContextRunner hurried(List<Class<?>> autoConfigurations) {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class,
					TransactionManagerCustomizationAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
					PoolAutoConfiguration.class))
			.withConfiguration(AutoConfigurations.of(autoConfigurations.toArray(Class<?>[]::new)))
			.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.transaction.default-timeout=1s",
					"spring.datasource.hikari.maximum-pool-size=1");
	}

	private static boolean pass(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		while (System.nanoTime() - end < 0) {
			LockSupport.parkNanos(end - System.nanoTime());
		}
		return true;
	}

	@Test
	void observationsOfScopesCanBeSwitchedOff() {
		this.application.run((context) -> assertThat(isObserved(context)).isTrue());
		this.application.withPropertyValues("management.observations.enable.transaction.scope=false")
			.run((context) -> assertThat(isObserved(context)).isFalse());
	}

	private static boolean isObserved(ApplicationContext context) {
		AtomicBoolean observed = new AtomicBoolean();
		context.getBean(ObservationRegistry.class).observationConfig().observationHandler((each) -> {
			observed.set(true);
			return false;
		});
		context.getBean(TransactionScope.class).run(() -> {
		});
		return observed.get();
	}

	@Test
	void defaultsOfHikariAreAsShown() throws IOException {
		HikariConfig defaults = new HikariConfig();
		defaults.setJdbcUrl("jdbc:h2:mem:defaults");
		defaults.validate();
		assertThat(defaults.getMaximumPoolSize()).isEqualTo(10);
		assertThat(defaults.getConnectionTimeout()).isEqualTo(30_000);
		assertThat(defaults.getMaxLifetime()).isEqualTo(Duration.ofMinutes(30).toMillis());
		assertThat(defaults.getKeepaliveTime()).isEqualTo(Duration.ofMinutes(2).toMillis());
		assertThat(defaults.getLeakDetectionThreshold()).isZero();
		assertThat(Files.readString(CHAPTER)).contains("maximum-pool-size`\n|`10`", "connection-timeout`\n|`30s`",
				"max-lifetime`\n|`30m`", "keepalive-time`\n|`2m`");
		assertThat(Objects.requireNonNull(defaults.getPoolName())).startsWith("HikariPool-");
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DataSourceAutoConfiguration.class, PoolAutoConfiguration.class,
			PoolLintAutoConfiguration.class, PropertyNamesAutoConfiguration.class })
	static class Application {

	}

}
