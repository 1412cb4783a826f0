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

package io.transactionscope.javadoc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.web.util.HtmlUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the Javadoc says where doclint does not look: since when each public type is
 * there, and samples that stand in tests beside this one, which run them.
 */
@Tag("once")
class JavadocTests {

	private static final Path SOURCES = Path.of("src", "main");

	private static final Path SAMPLES = Path.of("src", "test", "java", "io", "transactionscope", "javadoc");

	/** Where somebody begins who has not read anything else. */
	private static final Set<String> ENTRIES = Set.of("TransactionScope", "ActiveScope", "OpenScope", "ScopeBoundary",
			"ScopedTransaction", "WithResource", "ScopedJdbcTransactionManager", "ScopedJpaTransactionManager",
			"ScopedR2dbcTransactionManager", "ReactiveTransactionScope", "ReactiveActiveScope", "ReactiveResources",
			"AdvisoryLocks", "Resource", "ResourceScope", "Resources", "Around", "Decorator", "Outcome",
			"AsyncResourceScope", "AsyncResource", "BlockFuture", "LockResources", "FileResources", "SettingResources",
			"RateLimitResources", "ObservedResources", "SpringResources", "PoolLedgers", "PoolLedger",
			"TrackedDataSource", "Borrower", "ResourceFaults", "DatabaseFaults", "FaultPoint", "DatabaseFaultPoint",
			"AfterCommitCallbacks", "ScopeRecords", "ScopeRecordsAssert", "ScopeDeadlines", "TransactionScopes",
			"RecordScopes", "AutoConfigureDatabaseFaults");

	private static final Pattern SAMPLE = Pattern.compile("(?s)<pre class=\"code\">(.*?)</pre>");

	private static final Pattern MARGIN = Pattern.compile("(?m)^\\s*\\* ?");

	private static final Pattern TYPE = Pattern
		.compile("^(\\t*)((?:[a-z-]+ )*)(class|interface|enum|record|@interface) (\\w+)");

	private static final Pattern KOTLIN_MEMBER = Pattern.compile("(?m)^public .*$");

	private static final Pattern LEFT_OUT = Pattern.compile("<excludePackageNames>(.*)</excludePackageNames>");

	private static final Pattern FOR_US_ALONE = Pattern
		.compile("(?i)for applications|public for (the ledger|the packages of this project)");

	@ParameterizedTest
	@MethodSource("javaFiles")
	void eachPublicTypeSaysSinceWhenItIsThere(Path file) throws IOException {
		List<String> lines = Files.readAllLines(file);
		Deque<Type> around = new ArrayDeque<>();
		List<String> without = new ArrayList<>();
		for (int i = 0; i < lines.size(); i++) {
			Matcher matcher = TYPE.matcher(lines.get(i));
			if (matcher.find()) {
				int depth = matcher.group(1).length();
				while (around.size() > depth) {
					around.pop();
				}
				Type type = new Type(matcher, around.peek());
				around.push(type);
				if (type.isShown && !commentBefore(lines, i).contains("@since 0.")) {
					without.add(type.name);
				}
			}
		}
		assertThat(without).isEmpty();
	}

	@Test
	void eachPublicMemberInKotlinSaysSinceWhenItIsThere() throws IOException {
		for (Path file : files(SOURCES, ".kt").toList()) {
			String source = Files.readString(file);
			int members = (int) KOTLIN_MEMBER.matcher(source).results().count();
			assertThat(source.split("@since 0\\.", -1)).as(file.toString()).hasSize(members + 1);
		}
	}

	@ParameterizedTest
	@MethodSource("samples")
	void eachSampleIsRun(String file, String sample) {
		List<String> parts = Stream.of(sample.split("\\n\\s*\\n")).map(JavadocTests::normalized).toList();
		assertThat(files(SAMPLES, ".java").filter((test) -> parts.stream().allMatch(source(test)::contains)))
			.as("tests with the sample of %s:%s", file, sample)
			.isNotEmpty();
	}

	@Test
	void eachEntryHasASample() throws IOException {
		assertThat(samples().map((sample) -> (String) sample[0])).containsAll(ENTRIES);
	}

	@Test
	void whatIsLeftOutSaysThatItIsForUsAlone() throws IOException {
		Matcher matcher = LEFT_OUT.matcher(Files.readString(Path.of("..", "pom.xml")));
		assertThat(matcher.find()).isTrue();
		for (String name : matcher.group(1).split(":", -1)) {
			Path folder = SOURCES.resolve("java").resolve(name.replace('.', '/'));
			assertThat(MARGIN.matcher(Files.readString(folder.resolve("package-info.java")))
				.replaceAll("")
				.replaceAll("\\s+", " ")).as(name).containsPattern(FOR_US_ALONE);
		}
	}

	static Stream<Path> javaFiles() {
		return files(SOURCES.resolve("java"), ".java").filter((file) -> !file.endsWith("package-info.java"));
	}

	static Stream<Object[]> samples() {
		return files(SOURCES, ".java", ".html").filter((file) -> !file.startsWith(SOURCES.resolve("resources")))
			.flatMap((file) -> SAMPLE.matcher(read(file))
				.results()
				.map((sample) -> new Object[] { nameOf(file), code(file, sample) }));
	}

	private static String code(Path file, MatchResult sample) {
		String text = sample.group(1);
		return HtmlUtils.htmlUnescape(file.toString().endsWith(".java") ? MARGIN.matcher(text).replaceAll("") : text);
	}

	private static String nameOf(Path file) {
		return file.getFileName().toString().replaceFirst("\\..*", "");
	}

	private static String source(Path file) {
		return normalized(read(file));
	}

	/** Without comments and white space, which the formatter arranges. */
	private static String normalized(String code) {
		return code.replaceAll("(?m)//.*$", "").replaceAll("\\s+", "");
	}

	private static String commentBefore(List<String> lines, int declaration) {
		int end = declaration;
		while (end > 0 && !lines.get(end - 1).isBlank() && !lines.get(end - 1).endsWith("*/")) {
			end--;
		}
		int begin = end;
		while (begin > 0 && !lines.get(begin).strip().startsWith("/*")) {
			begin--;
		}
		return String.join("\n", lines.subList(begin, end));
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Stream<Path> files(Path folder, String... endings) {
		try (Stream<Path> files = Files.walk(folder)) {
			return files.filter((file) -> Stream.of(endings).anyMatch(file.toString()::endsWith)).toList().stream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** A declaration, and whether others see it. */
	private static final class Type {

		private final String name;

		private final boolean isInterface;

		private final boolean isShown;

		private Type(MatchResult declaration, Type around) {
			List<String> modifiers = List.of(declaration.group(2).split(" "));
			this.name = declaration.group(4);
			this.isInterface = declaration.group(3).endsWith("interface");
			boolean open = modifiers.contains("public") || modifiers.contains("protected")
					|| (around != null && around.isInterface);
			this.isShown = open && (around == null || around.isShown);
		}

	}

}
