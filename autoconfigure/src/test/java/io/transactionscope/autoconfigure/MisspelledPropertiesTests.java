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
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.StreamUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link MisspelledProperties}.
 */
@ExtendWith(OutputCaptureExtension.class)
class MisspelledPropertiesTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PropertyNamesAutoConfiguration.class));

	@ParameterizedTest
	@CsvSource({ "pool.leak-treshold, pool.leak-threshold", "pools.leak-threshold, pool.leak-threshold",
			"leak-threshold, pool.leak-threshold", "enable, enabled",
			"pool.dead-lock-grace-period, pool.deadlock-grace", "lint.thread, lint.threads",
			"health.replace-database, health.replace-db", "slowthreshhold, slow-threshold",
			"test.held-connection, test.held-connections", "test.managed-transactions, test.managed-transaction",
			"test.leaked-connections, test.held-connections" })
	void areToldOnceWithWhatIsMeant(String misspelled, String meant, CapturedOutput output) {
		this.contextRunner.withPropertyValues("transaction-scope." + misspelled + "=1s").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output.toString().split("There is no property transaction-scope\\." + misspelled, -1))
				.hasSize(2);
			assertThat(output).contains("Did you mean transaction-scope." + meant + "?");
		});
	}

	@Test
	void areToldWithoutAGuessWhereNothingIsNear(CapturedOutput output) {
		this.contextRunner.withPropertyValues("transaction-scope.colour=blue")
			.run((context) -> assertThat(output).contains("There is no property transaction-scope.colour")
				.doesNotContain("Did you mean", "blue"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "transaction-scope.pool.leak-threshold", "transaction-scope.pool.leakThreshold",
			"transaction-scope.pool.leak_threshold", "transactionScope.pool.LEAK-THRESHOLD",
			"transaction-scope.pool.long-lived", "transaction-scope.pool.long-lived[0]",
			"transaction-scope.test.heldConnections", "transaction-scope.test.managed-transaction",
			"transaction-scope.test.postgres", "transaction-scope.test.arrangements",
			"transaction-scope.test.storm.hangups", "transaction-scopes.enabled", "my.transaction-scope.colour" })
	void areNoneOfTheseWhichAreWrittenAsTheyMayBe(String name, CapturedOutput output) {
		this.contextRunner.withPropertyValues(name + "=1s")
			.run((context) -> assertThat(output).doesNotContain("There is no property"));
	}

	@Test
	void areNotTheSectionsWhoseLinesAreAllComments(CapturedOutput output) {
		this.contextRunner.withPropertyValues("transaction-scope.pool=")
			.run((context) -> assertThat(output).doesNotContain("There is no property"));
		this.contextRunner.withPropertyValues("transaction-scope.pool=false")
			.run((context) -> assertThat(output).contains("There is no property transaction-scope.pool "));
	}

	@ParameterizedTest
	@CsvSource({ "TRANSACTIONSCOPE_POOL_LEAKTHRESHOLD, false", "TRANSACTION_SCOPE_POOL_LEAK_THRESHOLD, false",
			"TRANSACTIONSCOPE_POOL_LONGLIVED_0, false", "TRANSACTIONSCOPE_POOL_LEAKTRESHOLD, true" })
	void mayComeFromTheEnvironment(String variable, boolean misspelled, CapturedOutput output) {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment", Map.of(variable, "1s"))))
			.run((context) -> assertThat(output.toString().contains("There is no property")).isEqualTo(misspelled));
	}

	@Test
	void areToldOfByTheParentOfTwoContextsAlone(CapturedOutput output) {
		ApplicationContextRunner misspelled = this.contextRunner.withPropertyValues("transaction-scope.enable=no");
		misspelled.run((parent) -> misspelled.withParent(parent)
			.run((child) -> assertThat(output.toString().split("There is no property", -1)).hasSize(2)));
	}

	@Test
	void areAllButThoseOfTheMetadata(CapturedOutput output) throws IOException {
		String[] documented = metadata().map((name) -> name + "=1").toArray(String[]::new);
		assertThat(documented).hasSizeGreaterThan(20);
		this.contextRunner.withPropertyValues(documented)
			.run((context) -> assertThat(output).doesNotContain("There is no property"));
	}

	private static Stream<String> metadata() throws IOException {
		return Collections
			.list(MisspelledPropertiesTests.class.getClassLoader()
				.getResources("META-INF/spring-configuration-metadata.json"))
			.stream()
			.flatMap(MisspelledPropertiesTests::names)
			.filter((name) -> name.startsWith("transaction-scope."));
	}

	private static Stream<String> names(URL metadata) {
		try (var content = metadata.openStream()) {
			Map<String, Object> parsed = JsonParserFactory.getJsonParser()
				.parseMap(StreamUtils.copyToString(content, StandardCharsets.UTF_8));
			return ((List<?>) Objects.requireNonNull(parsed.get("properties"))).stream()
				.map((property) -> (String) Objects.requireNonNull(((Map<?, ?>) property).get("name")));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
