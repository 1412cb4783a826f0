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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.transactionscope.reference.Line.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The sources of the reference, read line by line: all that is needed to check what they
 * refer to. That they are sound AsciiDoc is seen as they are built, where each warning
 * fails.
 */
final class Reference {

	static final Path DIRECTORY = Path.of("src", "docs", "asciidoc");

	static final String INDEX = "index.adoc";

	private static final Pattern DELIMITER = Pattern.compile("(-{4,}|\\.{4,}|\\+{4,}|/{4,}|```\\w*)");

	private static final Pattern SOURCE = Pattern.compile("\\[source,\\s*\"?(\\w+).*");

	/** The language of a listing that no compiler of ours can read, as its title says. */
	static final String BUILD = ".Gradle";

	private static final Pattern ATTRIBUTE = Pattern.compile("^:([\\w-]+): +(.+)$", Pattern.MULTILINE);

	private static final Pattern ATTRIBUTE_REFERENCE = Pattern.compile("\\{([\\w-]+)}");

	private final Map<String, String> files;

	private final Map<String, String> attributes = new HashMap<>();

	private final List<Line> lines = new ArrayList<>();

	private Reference(Map<String, String> files) {
		this.files = new TreeMap<>(files);
		this.files.forEach((file, content) -> {
			ATTRIBUTE.matcher(content)
				.results()
				.forEach((attribute) -> this.attributes.put(attribute.group(1), attribute.group(2)));
			new Reader(file).read(content);
		});
	}

	/**
	 * Read the reference.
	 */
	static Reference read() throws IOException {
		Map<String, String> files = new HashMap<>();
		try (Stream<Path> all = Files.list(DIRECTORY)) {
			for (Path file : (Iterable<Path>) all.filter((each) -> each.toString().endsWith(".adoc"))::iterator) {
				files.put(file.getFileName().toString(), Files.readString(file));
			}
		}
		return new Reference(files);
	}

	/**
	 * Have one that consists of a chapter, with the attributes of the one that there is.
	 */
	static Reference of(String chapter) {
		try {
			Reference reference = new Reference(Map.of("chapter.adoc", chapter));
			reference.attributes.putAll(read().attributes);
			return reference;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	List<String> fileNames() {
		return List.copyOf(this.files.keySet());
	}

	String content(String file) {
		return this.files.getOrDefault(file, "");
	}

	Stream<Line> lines(Kind... kinds) {
		return this.lines.stream().filter((line) -> List.of(kinds).contains(line.kind()));
	}

	/**
	 * Find what a pattern matches, and what is wrong with it.
	 * @param check returns what is wrong, or {@code null}
	 */
	List<String> findings(Pattern pattern, Check check, Kind... kinds) {
		return lines(kinds)
			.flatMap((line) -> pattern.matcher(line.text()).results().map((match) -> finding(line, match, check)))
			.flatMap(Stream::ofNullable)
			.toList();
	}

	private static @Nullable String finding(Line line, MatchResult match, Check check) {
		String wrong = check.wrongWith(line, match);
		return (wrong != null) ? line.finding(wrong) : null;
	}

	/**
	 * Return a path with the values of its attributes in their places.
	 */
	Path path(String target) {
		return DIRECTORY
			.resolve(ATTRIBUTE_REFERENCE.matcher(target).replaceAll((match) -> Matcher.quoteReplacement(value(match))))
			.normalize();
	}

	private String value(MatchResult attribute) {
		return this.attributes.getOrDefault(attribute.group(1), attribute.group());
	}

	/**
	 * Says what is wrong with a place.
	 */
	@FunctionalInterface
	interface Check {

		@Nullable String wrongWith(Line line, MatchResult match);

		static Check that(Predicate<String> right) {
			return (line, match) -> right.test(match.group(1)) ? null : match.group(1);
		}

	}

	private final class Reader {

		private final String file;

		private @Nullable String delimiter;

		private String language = "";

		private String title = "";

		Reader(String file) {
			this.file = file;
		}

		void read(String content) {
			int number = 0;
			for (String text : (Iterable<String>) content.lines()::iterator) {
				number++;
				Kind kind = kind(text);
				Reference.this.lines.add(new Line(this.file, number, text, kind, this.language));
			}
		}

		private Kind kind(String text) {
			if (this.delimiter != null) {
				return inside(text, this.delimiter);
			}
			Matcher source = SOURCE.matcher(text);
			if (source.matches()) {
				this.language = source.group(1);
			}
			else if (text.matches("\\.\\w.*")) {
				this.title = text;
			}
			else if (DELIMITER.matcher(text).matches()) {
				this.delimiter = text;
				if (this.title.startsWith(BUILD)) {
					this.language = BUILD;
				}
			}
			else if (text.startsWith("//")) {
				return Kind.COMMENT;
			}
			else if (!text.startsWith("[")) {
				this.language = "";
				this.title = "";
			}
			return Kind.TEXT;
		}

		private Kind inside(String text, String delimiter) {
			if (text.equals(delimiter) || (delimiter.startsWith("```") && text.equals("```"))) {
				this.delimiter = null;
				this.language = "";
				this.title = "";
				return Kind.TEXT;
			}
			return delimiter.startsWith("/") ? Kind.COMMENT : Kind.CODE;
		}

	}

}
