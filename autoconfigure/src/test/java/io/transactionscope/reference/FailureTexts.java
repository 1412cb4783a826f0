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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The texts of failures as the chapter on exceptions shows them: recorded from a run, and
 * compared with each later one, so that the page cannot go stale. With the system
 * property {@code reference.record} they are written anew.
 */
final class FailureTexts {

	private static final Path DIRECTORY = Path.of("src/docs/asciidoc/reports");

	private static final int WIDTH = 100;

	/** What differs from run to run: times, and identities of objects. */
	private static final Pattern VARYING = Pattern
		.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z?|\\b[0-9][0-9.,]* (?:of [0-9.,]+ )?(?:µs|ms|s|%)(?!\\w)"
				+ "|(?<=after )[0-9]+ms|@[0-9a-f]{5,8}\\b|\\.java:[0-9]+");

	private FailureTexts() {
	}

	/**
	 * Require that a failure reads as it is shown.
	 * @param name the name of the file
	 * @param failure the failure, which is shown as it is printed, without stack traces
	 */
	static void verify(String name, Throwable failure) throws IOException {
		StringBuilder text = new StringBuilder();
		append(text, "", "", failure);
		verify(name, text.toString());
	}

	private static void append(StringBuilder text, String indent, String label, Throwable failure) {
		text.append(indent).append(label).append(failure).append('\n');
		for (Throwable suppressed : failure.getSuppressed()) {
			append(text, indent + "    ", "Suppressed: ", suppressed);
		}
		if (failure.getCause() != null) {
			append(text, indent, "Caused by: ", failure.getCause());
		}
	}

	/**
	 * Require that a text reads as it is shown.
	 * @param name the name of the file
	 * @param text the text
	 */
	static void verify(String name, String text) throws IOException {
		Path file = DIRECTORY.resolve(name + ".txt");
		String readable = text.strip()
			.replace("\r", "")
			.lines()
			.map(FailureTexts::wrapped)
			.collect(Collectors.joining("\n", "", "\n"));
		if (Boolean.getBoolean("reference.record")) {
			Files.createDirectories(DIRECTORY);
			Files.writeString(file, readable);
		}
		assertThat(normalized(readable)).isEqualTo(normalized(Files.readString(file)));
	}

	/** For those who read it on a page; what is compared has no line ends. */
	private static String wrapped(String line) {
		String indent = line.substring(0, line.length() - line.stripLeading().length());
		StringBuilder text = new StringBuilder(indent);
		int column = indent.length();
		for (String word : StringUtils.delimitedListToStringArray(line.strip(), " ")) {
			if (column > indent.length() && column + word.length() > WIDTH) {
				text.append('\n').append(indent).append("    ");
				column = indent.length() + 4;
			}
			else if (column > indent.length()) {
				text.append(' ');
				column++;
			}
			text.append(word);
			column += word.length();
		}
		return text.toString();
	}

	private static String normalized(String text) {
		return VARYING.matcher(text.replaceAll("\\s+", " ")).replaceAll("~");
	}

}
