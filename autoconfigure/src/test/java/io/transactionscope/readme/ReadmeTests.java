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
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The README is short, and each thing that it says is tested or names its test: a block
 * of Java stands in {@link ReadmeExampleTests}, what is shown was recorded, and a
 * paragraph or table has a comment below it, or a link in it, with who tests it.
 */
@Tag("once")
class ReadmeTests {

	private static final Path TOP = Path.of("").toAbsolutePath().resolve("..").normalize();

	private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	private static final Pattern TEXT_BLOCK = Pattern.compile("```text\n(.*?)```", Pattern.DOTALL);

	private static final Pattern PARAGRAPH_END = Pattern.compile("\n\\s*\n");

	private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)\\)");

	private static final Pattern TESTED = Pattern.compile("<!-- tested: (.*?) -->");

	private static final Pattern TEST_LINK = Pattern.compile("\\]\\(autoconfigure/src/test/java/\\S+Tests\\.java\\)");

	private static final Pattern VERSION = Pattern
		.compile("(?s)<artifactId>transaction-scope-parent</artifactId>\\s*<version>(.*?)<");

	@Test
	void isShort() throws IOException {
		assertThat(readme().lines()).hasSizeLessThanOrEqualTo(250);
	}

	@ParameterizedTest
	@MethodSource("javaBlocks")
	void isRun(String block) throws IOException {
		String examples = normalized(Files
			.readString(Path.of("src", "test", "java", "io", "transactionscope", "readme", "ReadmeExampleTests.java")));
		for (String part : block.startsWith("import ") ? block.lines().toList() : List.of(block)) {
			assertThat(examples).contains(normalized(part));
		}
	}

	@Test
	void thereAreBlocks() throws IOException {
		assertThat(javaBlocks()).hasSizeGreaterThan(4);
	}

	@Test
	void theReportWasRecorded() throws IOException {
		List<String> recorded = Files.readString(Path.of("src", "docs", "asciidoc", "reports", "pool-report.txt"))
			.lines()
			.map((line) -> line.replaceFirst(" <\\d+>$", ""))
			.toList();
		List<String> shown = TEXT_BLOCK.matcher(readme())
			.results()
			.flatMap((block) -> block.group(1).lines())
			.filter((line) -> !line.isBlank())
			.toList();
		assertThat(shown).hasSizeGreaterThan(10);
		assertThat(recorded).containsSubsequence(shown);
	}

	@ParameterizedTest
	@MethodSource("statements")
	void isTested(String statement) {
		assertThat(statement).satisfiesAnyOf((text) -> assertThat(text).containsPattern(TESTED),
				(text) -> assertThat(text).endsWith(":"), (text) -> assertThat(rowsOf(text)).isNotEmpty()
					.allSatisfy((row) -> assertThat(row).containsPattern(TEST_LINK)));
	}

	@Test
	void aStatementWithoutATestIsFound() {
		assertThat(statementsOf("# Title\n\nIt is fast.\n\n```java\nint i;\n```\n")).containsExactly("It is fast.");
		assertThat(statementsOf("It is fast.\n<!-- tested: SpeedTests -->\n\n## Next\n"))
			.containsExactly("It is fast.\n<!-- tested: SpeedTests -->");
		assertThat(rowsOf("| a | b |\n|---|---|\n| it is fast | |\n")).containsExactly("| it is fast | |");
	}

	@ParameterizedTest
	@MethodSource("tests")
	void theTestExists(String test) throws IOException {
		try (Stream<Path> files = Files.walk(TOP)) {
			assertThat(files.map((file) -> file.getFileName().toString())).containsAnyOf(test + ".java", test + ".kt");
		}
	}

	@ParameterizedTest
	@MethodSource("links")
	void theLinkLeadsSomewhere(String link) {
		assertThat(TOP.resolve(link)).exists();
	}

	@Test
	void theCoordinatesAreThoseOfTheBuild() throws IOException {
		String pom = Files.readString(TOP.resolve("pom.xml"));
		String version = VERSION.matcher(pom).results().findFirst().orElseThrow().group(1);
		assertThat(readme()).contains("<version>%s</version>".formatted(version),
				"implementation 'io.transactionscope:transaction-scope-spring-boot-starter:%s'".formatted(version));
		assertThat(pom).contains("<spring-boot.version>4.1.");
		assertThat(readme()).contains("Spring Boot 4.1");
	}

	static Stream<String> javaBlocks() throws IOException {
		return JAVA_BLOCK.matcher(readme()).results().flatMap((match) -> Arrays.stream(match.group(1).split("\n\n")));
	}

	static List<String> statements() throws IOException {
		// Whose tables the benchmarks check by themselves
		return statementsOf(readme().replaceAll("(?s)<!-- benchmarks -->.*<!-- /benchmarks -->\n", ""));
	}

	static Stream<String> tests() throws IOException {
		return TESTED.matcher(readme())
			.results()
			.flatMap((match) -> Arrays.stream(match.group(1).split(", ")))
			.distinct();
	}

	static Stream<String> links() throws IOException {
		return LINK.matcher(readme()).results().map((match) -> match.group(1)).distinct();
	}

	/**
	 * Paragraphs and tables; a comment below a block of code belongs to what is above.
	 */
	private static List<String> statementsOf(String page) {
		return PARAGRAPH_END.splitAsStream(page.replaceAll("(?s)```.*?```\n", "\n"))
			.map(String::strip)
			.filter((part) -> !part.isEmpty() && !part.startsWith("#") && !part.startsWith("<!--"))
			.toList();
	}

	private static List<String> rowsOf(String statement) {
		return statement.lines().filter((line) -> line.startsWith("|")).skip(2).toList();
	}

	private static String readme() throws IOException {
		return Files.readString(TOP.resolve("README.md"));
	}

	/** Without comments and white space, which the formatter arranges. */
	private static String normalized(String code) {
		return code.replaceAll("(?m)//.*$", "").replaceAll("\\s+", "");
	}

}
