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
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The chapter on troubleshooting is searched for what a log says: the texts that it has
 * of ours are those that the library logs and throws.
 */
@Tag("once")
class TroubleshootingTextsTests {

	private static final Path CHAPTER = Path.of("src/docs/asciidoc/troubleshooting.adoc");

	private static final Pattern TEXT_IN_HEADING = Pattern.compile("(?m)^=== (.*`.*)$");

	private static final Pattern FIGURE = Pattern.compile("\\d+ (?:ns|ms)|\\d\\.\\d\\d");

	private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

	/** In headings, but what others say, or only a name. */
	private static final List<String> OF_OTHERS = List.of("HikariPool-1", "LazyInitializationException",
			"JDBC rollback failed", "canceling statement", "Could not resolve", "Failed to configure a DataSource",
			"expected single matching bean", "Connection leak detection", "idle in transaction", "NioSocketImpl",
			"/actuator/", "DEGRADED", "OUT_OF_SERVICE", "lock.lock()", "DOWN", "unnamed", "@Async", "@Transactional",
			"@ScopedTransaction", "afterCommit", "PlatformTransactionManager", "PoolDeadlockException",
			"transaction.scope.pool.", "db");

	/** What is put into the texts. */
	private static final Pattern VARYING = Pattern.compile(
			"\\.\\.\\.|1000|java\\.util\\.concurrent\\.CompletableFuture|is private|@ScopedTransaction|4\\.1|Leak, |"
					+ ": |transaction-scope|none\\. ");

	private static String sources = "";

	@BeforeAll
	static void read() throws IOException {
		try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
			sources = files.filter((file) -> file.toString().endsWith(".java"))
				.map(TroubleshootingTextsTests::text)
				// What is written in pieces is one text.
				.map((text) -> text.replaceAll("\"\\s*\\+\\s*\"", ""))
				.collect(Collectors.joining("\n"));
		}
	}

	private static String text(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static Stream<String> texts() throws IOException {
		return TEXT_IN_HEADING.matcher(Files.readString(CHAPTER))
			.results()
			.flatMap((heading) -> QUOTED.matcher(heading.group(1)).results())
			.map((quoted) -> quoted.group(1))
			.filter((text) -> OF_OTHERS.stream().noneMatch(text::startsWith));
	}

	@ParameterizedTest
	@MethodSource("texts")
	void isWhatTheLibrarySays(String text) {
		List<String> fragments = VARYING.splitAsStream(text)
			.map((fragment) -> fragment.strip().replaceAll("^'|'$", "").strip())
			.filter((fragment) -> fragment.length() > 4)
			.toList();
		assertThat(fragments).isNotEmpty().allSatisfy((fragment) -> assertThat(sources).contains(fragment));
	}

	@Test
	void figuresAreThoseThatWereMeasured() throws IOException {
		String measured = Files.readString(Path.of("benchmarks", "results", "README.md"));
		String answer = Files.readString(CHAPTER).replaceFirst("(?s).*\\[#troubleshooting-faq-cost]", "");
		List<String> figures = FIGURE.matcher(answer.substring(0, answer.indexOf("[#")))
			.results()
			.map(MatchResult::group)
			.toList();
		assertThat(figures).hasSizeGreaterThan(15)
			.allMatch((figure) -> Pattern.compile("(?<![\\d.])%s\\b".formatted(Pattern.quote(figure)))
				.matcher(measured)
				.find());
	}

	@Test
	void hasThirtySymptomsAndMore() throws IOException {
		assertThat(Pattern.compile("(?m)^=== ").matcher(Files.readString(CHAPTER)).results().map(MatchResult::group))
			.hasSizeGreaterThan(40);
	}

}
