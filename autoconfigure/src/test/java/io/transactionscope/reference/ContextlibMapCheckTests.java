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
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each piece of code in the reference's map of Python's context managers is one that
 * {@link ContextlibMapTests}, or a chapter's examples, run.
 */
@Tag("once")
class ContextlibMapCheckTests {

	private static final List<String> CHAPTERS = List.of("resources", "asynchronous");

	private static final List<Class<?>> SOURCES = List.of(ContextlibMapTests.class, ResourcesExampleTests.class);

	private static final Pattern MAP = Pattern.compile("(?ms)^// map$(.*?)^// end map$");

	/** Its second cell, below the one that names what it is in Python. */
	private static final Pattern ROW = Pattern.compile("(?m)^\\|(?!===)(.+?) \\|(.+)$");

	private static final Pattern CODE = Pattern.compile("`\\+(.+?)\\+`");

	@ParameterizedTest
	@MethodSource("codeOfTheMap")
	void isRun(String code) {
		assertThat(SOURCES).extracting(ContextlibMapCheckTests::source)
			.anySatisfy((source) -> assertThat(source).contains(normalized(code)));
	}

	@Test
	void thereIsMuchOfIt() {
		assertThat(codeOfTheMap()).hasSizeGreaterThan(75);
	}

	/** In any other form, `->` and `(c)` would become characters that are none of it. */
	@ParameterizedTest
	@MethodSource("rows")
	void isCodeThatNothingIsReplacedIn(String cell) {
		assertThat(cell).contains("`+");
		assertThat(CODE.matcher(cell).replaceAll("")).doesNotContain("`", "->");
	}

	static Stream<String> rows() {
		return CHAPTERS.stream()
			.map((chapter) -> read(Path.of("src", "docs", "asciidoc", chapter + ".adoc")))
			.flatMap((text) -> MAP.matcher(text).results())
			.flatMap((map) -> ROW.matcher(map.group(1)).results())
			.map((row) -> row.group(2))
			.filter((cell) -> !cell.equals("Here"));
	}

	static Stream<String> codeOfTheMap() {
		return rows().flatMap((cell) -> CODE.matcher(cell).results()).map((code) -> code.group(1));
	}

	private static String source(Class<?> type) {
		return normalized(read(
				Path.of("src", "test", "java", "io", "transactionscope", "reference", type.getSimpleName() + ".java")));
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Without comments and white space, which the formatter arranges. */
	private static String normalized(String code) {
		return code.replaceAll("(?m)//.*$", "").replaceAll("\\s+", "");
	}

}
