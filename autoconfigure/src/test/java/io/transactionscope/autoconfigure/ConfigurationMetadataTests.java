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
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.json.JsonParserFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.StreamUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an editor shows of each key: a description that is a sentence, its default, and
 * the values it may have.
 */
class ConfigurationMetadataTests {

	/** What these do by default is to be said by their description. */
	private static final List<String> WITHOUT_DEFAULT = List.of("transaction-scope.slow-threshold",
			"transaction-scope.pool.long-lived", "transaction-scope.pool.max-waiting",
			"transaction-scope.pool.wait-target", "transaction-scope.lint.threads");

	@Test
	void hasAllKeys() {
		assertThat(properties()).extracting((property) -> property.get("name"))
			.doesNotHaveDuplicates()
			.hasSizeGreaterThan(30)
			.contains("management.health.pool.enabled", "management.endpoint.pools.access");
	}

	@ParameterizedTest
	@MethodSource("properties")
	void describesEachByASentence(Map<String, Object> property) {
		assertThat((String) property.get("description")).matches("\\p{Lu}[^\\n]*\\.")
			.doesNotStartWith("A ")
			.doesNotStartWith("An ")
			.doesNotStartWith("The ")
			.doesNotContain("  ", "{@");
		if ("java.lang.Boolean".equals(property.get("type"))) {
			assertThat((String) property.get("description")).startsWith("Whether to ");
		}
	}

	@ParameterizedTest
	@MethodSource("properties")
	void tellsTheDefaultOfEach(Map<String, Object> property) {
		if (WITHOUT_DEFAULT.contains(property.get("name"))) {
			assertThat(property).doesNotContainKey("defaultValue");
			assertThat((String) property.get("description")).contains("by default");
		}
		else {
			assertThat(property.get("defaultValue")).isNotNull();
		}
	}

	@ParameterizedTest
	@MethodSource("hints")
	void describesEachValueByASentence(Map<String, Object> hint) {
		assertThat(properties()).extracting((property) -> property.get("name")).contains(hint.get("name"));
		assertThat(values(hint)).isNotEmpty()
			.allSatisfy((value) -> assertThat((String) value.get("description")).matches("\\p{Lu}.*\\."));
	}

	@ParameterizedTest
	@MethodSource("properties")
	void describesAllValuesOfAnEnumeration(Map<String, Object> property) {
		Class<?> type = ClassUtils.resolveClassName(
				((String) Objects.requireNonNull(property.get("type"))).replaceAll("<.*", ""),
				getClass().getClassLoader());
		if (type.isEnum() && type.getName().startsWith("io.transactionscope.")) {
			List<String> constants = Stream.of(type.getEnumConstants()).map(ConfigurationMetadataTests::key).toList();
			assertThat(hints().filter((hint) -> Objects.equals(hint.get("name"), property.get("name")))).singleElement()
				.satisfies((hint) -> assertThat(values(hint)).extracting((value) -> value.get("value"))
					.containsExactlyInAnyOrderElementsOf(constants));
		}
	}

	private static String key(Object constant) {
		return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	static Stream<Map<String, Object>> properties() {
		return entries("properties").filter((property) -> isOurs((String) property.get("name")));
	}

	static Stream<Map<String, Object>> hints() {
		return entries("hints").filter((hint) -> isOurs((String) hint.get("name")));
	}

	private static boolean isOurs(@Nullable String name) {
		return name != null && (name.startsWith("transaction-scope.") || name.startsWith("management.health.pool.")
				|| name.startsWith("management.endpoint.pools."));
	}

	@SuppressWarnings("unchecked")
	private static List<Map<String, Object>> values(Map<String, Object> hint) {
		return (List<Map<String, Object>>) Objects.requireNonNull(hint.get("values"));
	}

	private static Stream<Map<String, Object>> entries(String kind) {
		try {
			return Collections
				.list(ConfigurationMetadataTests.class.getClassLoader()
					.getResources("META-INF/spring-configuration-metadata.json"))
				.stream()
				.flatMap((metadata) -> entries(metadata, kind));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@SuppressWarnings("unchecked")
	private static Stream<Map<String, Object>> entries(URL metadata, String kind) {
		try (var content = metadata.openStream()) {
			Map<String, Object> parsed = JsonParserFactory.getJsonParser()
				.parseMap(StreamUtils.copyToString(content, StandardCharsets.UTF_8));
			return ((List<Map<String, Object>>) parsed.getOrDefault(kind, List.of())).stream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
