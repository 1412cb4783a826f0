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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A text that the reference shows as it came out of a run. With the system property
 * {@code transaction-scope.test.record} it is written anew.
 */
final class RecordedText {

	private static final boolean RECORD = Boolean.getBoolean("transaction-scope.test.record");

	private static final int WIDTH = 92;

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private RecordedText() {
	}

	/**
	 * Verify that a text is as it was recorded, numbers and white space aside.
	 */
	static void assertAsRecorded(String file, String text) {
		Path recorded = Path.of("src", "docs", "asciidoc", "reports", file);
		try {
			if (RECORD) {
				Files.writeString(recorded, text.strip() + "\n");
			}
			assertThat(text).satisfies(
					(actual) -> assertThat(uniform(actual)).as(actual).isEqualTo(uniform(Files.readString(recorded))));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Each object and array that is short on a line of its own. */
	static String indented(String json) {
		return indented(JSON.readTree(json), "");
	}

	private static String indented(JsonNode node, String indent) {
		String line = node.toString().replace("\":", "\": ").replace(",\"", ", \"").replace("},{", "}, {");
		if (!node.isContainer() || indent.length() + line.length() <= WIDTH) {
			return line;
		}
		String deeper = indent + "  ";
		if (node.isArray()) {
			return node.valueStream()
				.map((each) -> deeper + indented(each, deeper))
				.collect(Collectors.joining(",\n", "[\n", "\n" + indent + "]"));
		}
		return node.propertyStream()
			.map((each) -> "%s\"%s\": %s".formatted(deeper, each.getKey(), indented(each.getValue(), deeper)))
			.collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
	}

	private static String uniform(String text) {
		return text.replaceAll("\"id\": \"[^\"]*\"", "\"id\": #")
			.replaceAll("PT[\\d.HMS]+", "PT#")
			.replaceAll("\\d+([.:-]\\d+)*(E-?\\d+)?", "#")
			.replaceAll("# (µs|ms|s|min)\\b", "#")
			.replaceAll("\\s+", "");
	}

}
