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

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each block of the README in Java or Kotlin stands in code that is compiled.
 */
@Tag("once")
class ReadmeTests {

	private static final Path TOP = Path.of("").toAbsolutePath().resolve("..").normalize();

	private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	private static final Pattern KOTLIN_BLOCK = Pattern.compile("```kotlin\n(.*?)```", Pattern.DOTALL);

	private static final Pattern MAP = Pattern.compile("(?s)<!-- map -->(.*)<!-- /map -->");

	/** Its second cell, below the one that names what it is in Python. */
	private static final Pattern MAP_ROW = Pattern.compile("(?m)^\\|[^|\\n]*\\|([^|\\n]*)\\|$");

	private static final Pattern CODE = Pattern.compile("`([^`]+)`");

	@ParameterizedTest
	@MethodSource("javaBlocks")
	void isCompiled(String block) throws IOException {
		assertThat(source(ReadmeExamples.class)).contains(normalized(block));
	}

	@ParameterizedTest
	@MethodSource("kotlinBlocks")
	void isCompiledByKotlin(String block) throws IOException {
		assertThat(normalized(Files.readString(
				Path.of("src", "test", "kotlin", "io", "transactionscope", "readme", "ReadmeKotlinExamples.kt"))))
			.contains(normalized(block));
	}

	@ParameterizedTest
	@MethodSource("codeOfTheMap")
	void isRunAsARowOfTheMap(String code) throws IOException {
		String examples = code.startsWith("@") ? source(ReadmeExamples.class) : source(ReadmeMapTests.class);
		assertThat(examples).contains(normalized(code));
	}

	@Test
	void thereAreBlocks() throws IOException {
		assertThat(javaBlocks()).hasSizeGreaterThan(4);
		assertThat(codeOfTheMap()).hasSizeGreaterThan(60);
	}

	static Stream<String> javaBlocks() throws IOException {
		return blocks(JAVA_BLOCK);
	}

	static Stream<String> kotlinBlocks() throws IOException {
		return blocks(KOTLIN_BLOCK);
	}

	private static Stream<String> blocks(Pattern pattern) throws IOException {
		return pattern.matcher(Files.readString(TOP.resolve("README.md"))).results().map((match) -> match.group(1));
	}

	static Stream<String> codeOfTheMap() throws IOException {
		return MAP.matcher(Files.readString(TOP.resolve("README.md")))
			.results()
			.flatMap((map) -> MAP_ROW.matcher(map.group(1)).results())
			.flatMap((row) -> CODE.matcher(row.group(1)).results())
			.map((code) -> code.group(1));
	}

	private static String source(Class<?> type) throws IOException {
		return normalized(Files.readString(
				Path.of("src", "test", "java", "io", "transactionscope", "readme", type.getSimpleName() + ".java")));
	}

	/** Without comments and white space, which the formatter arranges. */
	private static String normalized(String code) {
		return code.replaceAll("(?m)//.*$", "").replaceAll("\\s+", "");
	}

}
