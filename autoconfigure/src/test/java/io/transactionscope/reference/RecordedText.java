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
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A text that the reference shows as it came out of a run, and that is compared with each
 * later one, so that no page goes stale. With the system property
 * {@code transaction-scope.test.record}, those that differ are written anew.
 */
public final class RecordedText {

	static final String PROPERTY = "transaction-scope.test.record";

	/** Where a frame is in its source. */
	static final String LINE_NUMBERS = "(?<=\\.java:)\\d+";

	/** What {@link Object#toString()} tells objects apart by. */
	static final String IDENTITIES = "(?<=@)[0-9a-f]{5,8}\\b";

	private static final String MOMENTS = "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z?";

	private static final String TIMES = "(?<![\\w.])\\d[\\d.,]* ?(?:µs|ms|s|%)(?!\\w)|(?<=\")PT[\\dHMS.]+(?=\")";

	/**
	 * What a change would bring, which is reckoned from times, and told if it is much.
	 */
	private static final Pattern GAIN = Pattern.compile(" That would let about [\\d.]+ times as many through\\.");

	private static final String GAIN_DETAIL = "(?<=\"gain\" : )(?:null|[\\d.]+)";

	private static final Pattern CALLOUTS = Pattern.compile("(?m)( <\\d+>)+$");

	private static final Path DIRECTORY = Reference.DIRECTORY.resolve("reports");

	private static final int WIDTH = 100;

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final String file;

	private final boolean wrapped;

	private final List<Pattern> ignored;

	private RecordedText(String file, boolean wrapped, List<Pattern> ignored) {
		this.file = file;
		this.wrapped = wrapped;
		this.ignored = ignored;
	}

	/**
	 * Have the text of a file, each character of which counts. JSON is compared as such,
	 * so that its layout does not.
	 */
	public static RecordedText of(String file) {
		return new RecordedText(file, false, List.of());
	}

	/**
	 * Have the text of a file whose long lines are broken, and where it does not count
	 * how.
	 */
	static RecordedText wrapped(String file) {
		return new RecordedText(file, true, List.of());
	}

	/**
	 * Have when something was, for how long, for which share of the time, and what that
	 * comes to, ignored.
	 */
	RecordedText ignoringTimes() {
		return ignoring(MOMENTS, TIMES, GAIN_DETAIL);
	}

	/**
	 * Have what differs from run to run ignored.
	 * @param patterns match this alone, and not what is around it
	 */
	RecordedText ignoring(String... patterns) {
		return new RecordedText(this.file, this.wrapped,
				Stream.concat(this.ignored.stream(), Stream.of(patterns).map(Pattern::compile)).toList());
	}

	/**
	 * Verify that a failure reads as it is shown.
	 * @param failure is shown as it is printed, without stack traces
	 */
	void verify(Throwable failure) {
		StringBuilder text = new StringBuilder();
		append(text, "", "", failure);
		verify(text.toString());
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
	 * Verify that a text reads as it is shown.
	 */
	public void verify(String text) {
		Path path = DIRECTORY.resolve(this.file);
		String compared = compared(text);
		try {
			if (Boolean.getBoolean(PROPERTY) && !(Files.exists(path) && compared.equals(recorded(path)))) {
				Files.writeString(path, readable(text.strip().replace("\r", "")) + "\n");
			}
			assertThat(compared).as("%s, which now reads%n%s", this.file, text).isEqualTo(recorded(path));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private String recorded(Path path) throws IOException {
		return compared(CALLOUTS.matcher(Files.readString(path)).replaceAll(""));
	}

	private String compared(String text) {
		String compared = isJson() ? JSON.readTree(text).toPrettyString() : text.strip().replace("\r", "");
		if (this.wrapped) {
			compared = compared.replaceAll("\\s+", " ");
		}
		if (!this.ignored.isEmpty()) {
			compared = GAIN.matcher(compared).replaceAll("");
		}
		for (Pattern each : this.ignored) {
			compared = each.matcher(compared).replaceAll("#");
		}
		return compared;
	}

	private boolean isJson() {
		return this.file.endsWith(".json");
	}

	private String readable(String text) {
		if (isJson()) {
			return indented(JSON.readTree(text), "");
		}
		return this.wrapped ? text.lines().map(RecordedText::broken).collect(Collectors.joining("\n")) : text;
	}

	/** Each object and array that is short on a line of its own. */
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

	private static String broken(String line) {
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

}
