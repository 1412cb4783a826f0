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
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the chapter "The project" tells who works on it to run and to keep to is what the
 * build has.
 */
@Tag("once")
class ProjectExampleTests {

	/** Maven's and its plugins' own, and that of tests. */
	private static final Set<String> KNOWN = Set.of("maven.test.skip", "skipTests", "test", RecordedText.PROPERTY);

	/** What packages say of themselves that are no API as a whole. */
	private static final String[] NO_API = { "Public for the packages of this project", "types may change with",
			"They may change with each release", "For applications there is nothing here",
			"All of this is public for the ledger alone" };

	private static final Path INTERNAL = Path.of("src", "main", "java", "io", "transactionscope");

	@Test
	void commandsAreThoseOfTheBuild() throws IOException {
		String poms = Files.readString(Path.of("pom.xml")) + Files.readString(Path.of("..", "pom.xml"));
		assertThat(all("-P(\\w+)")).isNotEmpty().allMatch((id) -> poms.contains("<id>%s</id>".formatted(id)));
		assertThat(all("\\w+@(\\w+)`")).isNotEmpty().allMatch((id) -> poms.contains("<id>%s</id>".formatted(id)));
		assertThat(all("-D([\\w.-]+)")).hasSizeGreaterThan(3)
			.allMatch((property) -> KNOWN.contains(property) || poms.contains(property));
		assertThat(all("-Dtest=([\\w#]+)")).hasSize(2).allMatch(ReferenceCode::isTest);
	}

	@Test
	void limitsAreThoseOfTheArchitecture() throws IOException {
		String rules = Files
			.readString(Path.of("src", "test", "java", "io", "transactionscope", "ArchitectureTests.java"));
		assertThat(all("more than (\\d+) (?:types|lines)")).hasSize(2)
			.allMatch((number) -> rules.contains(" = %s;".formatted(number)));
	}

	@Test
	void packagesThatAreNoApiSaySo() throws IOException {
		String row = chapter().lines()
			.filter((line) -> line.contains("The packages `engine`"))
			.findFirst()
			.orElseThrow();
		List<String> names = Pattern.compile("`([a-z0-9.]+)`")
			.matcher(row)
			.results()
			.map((name) -> name.group(1))
			.toList();
		assertThat(names).hasSizeGreaterThan(5);
		for (String name : names) {
			Path info = INTERNAL.resolve(name.replace('.', '/')).resolve("package-info.java");
			assertThat(text(info)).as(name).containsAnyOf(NO_API);
		}
		try (Stream<Path> files = Files.walk(INTERNAL)) {
			assertThat(files.filter((file) -> file.endsWith("package-info.java"))
				.filter((file) -> Stream.of(NO_API).anyMatch(text(file)::contains))
				.map((file) -> INTERNAL.relativize(file.resolveSibling("")).toString().replace('/', '.')))
				.containsExactlyInAnyOrderElementsOf(names);
		}
	}

	private static String text(Path info) {
		try {
			return Files.readString(info).replaceAll("\\s+\\*?\\s*", " ");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Set<String> all(String pattern) throws IOException {
		return Pattern.compile(pattern)
			.matcher(chapter())
			.results()
			.map((match) -> match.group(1))
			.collect(Collectors.toSet());
	}

	private static String chapter() throws IOException {
		return Reference.read().content("project.adoc");
	}

}
