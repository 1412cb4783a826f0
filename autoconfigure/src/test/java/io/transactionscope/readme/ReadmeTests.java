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

package io.transactionscope.readme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each Java block of the README stands in code that is compiled.
 */
class ReadmeTests {

	private static final Path TOP = Path.of("").toAbsolutePath().resolve("..").normalize();

	private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	/** The second cell of a row of the map. */
	private static final Pattern MAP_ROW = Pattern
		.compile("(?s:<!-- map -->.*?|\\G)\\R\\|[^|\\n]*\\|([^|\\n]*)\\|(?=\\R)");

	private static final Pattern CODE = Pattern.compile("`([^`]+)`");

	@ParameterizedTest
	@MethodSource("javaBlocks")
	void isCompiled(String block) throws IOException {
		assertThat(normalized(Files
			.readString(Path.of("src", "test", "java", "io", "transactionscope", "readme", "ReadmeExamples.java"))))
			.contains(normalized(block));
	}

	@ParameterizedTest
	@MethodSource("codeOfTheMap")
	void isCompiledInTheMap(String code) throws IOException {
		assertThat(normalized(Files
			.readString(Path.of("src", "test", "java", "io", "transactionscope", "readme", "ReadmeExamples.java"))))
			.contains(normalized(code));
	}

	@Test
	void thereAreBlocks() throws IOException {
		assertThat(javaBlocks()).hasSizeGreaterThan(4);
		assertThat(codeOfTheMap()).hasSizeGreaterThan(30);
	}

	static Stream<String> javaBlocks() throws IOException {
		return JAVA_BLOCK.matcher(Files.readString(TOP.resolve("README.md"))).results().map((match) -> match.group(1));
	}

	static Stream<String> codeOfTheMap() throws IOException {
		return MAP_ROW.matcher(Files.readString(TOP.resolve("README.md")))
			.results()
			.flatMap((row) -> CODE.matcher(row.group(1)).results())
			.map((code) -> code.group(1));
	}

	/** Without comments and white space, which the formatter arranges. */
	private static String normalized(String code) {
		return code.replaceAll("(?m)//.*$", "").replaceAll("\\s+", "");
	}

}
