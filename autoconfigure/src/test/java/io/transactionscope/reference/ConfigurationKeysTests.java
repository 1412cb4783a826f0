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
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.boot.json.JsonParserFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The chapter "Configuration" has each key of the metadata, and its default.
 */
@Tag("once")
class ConfigurationKeysTests {

	private static final Path CHAPTER = Path.of("src", "docs", "asciidoc", "configuration.adoc");

	private static final Pattern ROW = Pattern
		.compile("(?m)^\\|\\[\\[configuration-[a-z-]+]]`(transaction-scope\\.[a-z.-]+)`\\R\\|(.*)$");

	private static final Pattern DEFAULT = Pattern.compile("`([^`]+)`");

	/** Where no metadata can say what it is. */
	private static final Map<String, String> COMPUTED = Map.of("transaction-scope.advisor.order", "2147483647");

	@Test
	void haveTheDefaultsOfTheMetadata() throws IOException {
		Map<String, String> metadata = metadata();
		assertThat(metadata).hasSizeGreaterThan(25);
		assertThat(documented()).isEqualTo(metadata);
	}

	private static Map<String, String> documented() throws IOException {
		Map<String, String> documented = new TreeMap<>();
		ROW.matcher(Files.readString(CHAPTER)).results().forEach((row) -> {
			Matcher value = DEFAULT.matcher(row.group(2));
			documented.put(row.group(1), value.find() ? value.group(1) : "none");
		});
		return documented;
	}

	private static Map<String, String> metadata() throws IOException {
		Map<String, String> defaults = new TreeMap<>();
		for (Map<?, ?> property : properties()) {
			String name = String.valueOf(property.get("name"));
			Object value = property.get("defaultValue");
			if (name.startsWith("transaction-scope.")) {
				defaults.put(name, (value != null) ? value.toString() : COMPUTED.getOrDefault(name, "none"));
			}
		}
		return defaults;
	}

	private static List<Map<?, ?>> properties() throws IOException {
		List<Map<?, ?>> properties = new ArrayList<>();
		for (URL each : Collections.list(ConfigurationKeysTests.class.getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json"))) {
			try (var content = each.openStream()) {
				Object list = JsonParserFactory.getJsonParser()
					.parseMap(new String(content.readAllBytes(), StandardCharsets.UTF_8))
					.get("properties");
				for (Object property : (list instanceof List<?> all) ? all : List.of()) {
					properties.add((Map<?, ?>) property);
				}
			}
		}
		return properties;
	}

}
