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
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.transactionscope.reference.Line.Kind;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * The code that the reference shows, and the tests that it names.
 */
final class ReferenceCode {

	private static final Pattern INCLUDE = Pattern.compile("^include::([^\\[]+)\\[(.*)]$");

	private static final Pattern TAGS = Pattern.compile("\\btags?=(\"[^\"]*\"|[^,]*)");

	private static final Pattern BEGIN = Pattern.compile("\\btag::([\\w-]+)\\[]");

	private static final Pattern TESTED = Pattern.compile("^//\\s*tested\\b(.*)$");

	private static final Pattern TEST = Pattern.compile("(\\w+(?:Tests|IT))(?:#(\\w+))?");

	private static final Pattern SUPERTYPES = Pattern.compile("\\b(?:extends|implements) ([\\w, ]+)");

	private static final Pattern LISTING = Pattern.compile("\\[source,\\s*(java|kotlin)\\b.*");

	private static final Pattern IMPORT = Pattern.compile("import (?:static )?([\\w.]+(?:\\.\\*)?);?");

	private static final List<Path> TESTS = List.of(Path.of("src", "test", "java"), Path.of("src", "test", "kotlin"),
			Path.of("..", "sample-service", "src", "test", "java"),
			Path.of("..", "sample-service", "reactive", "src", "test", "java"));

	private final Reference reference;

	ReferenceCode(Reference reference) {
		this.reference = reference;
	}

	/**
	 * Return what is included and not there.
	 */
	List<String> unknownIncludes() {
		return this.reference.findings(INCLUDE, (line, include) -> {
			Path path = this.reference.path(include.group(1));
			if (!Files.isRegularFile(path)) {
				return include.group(1);
			}
			Set<String> there = tags(path);
			List<String> missing = tagsOf(include).stream().filter((tag) -> !there.contains(tag)).toList();
			return missing.isEmpty() ? null : "%s has no %s".formatted(include.group(1), missing);
		}, Kind.TEXT, Kind.CODE);
	}

	/**
	 * Return the tags of examples that no page includes.
	 * @param examples where the examples are
	 */
	List<String> unusedTags(Path examples) {
		Set<String> used = new HashSet<>();
		this.reference.lines(Kind.CODE, Kind.TEXT)
			.flatMap((line) -> INCLUDE.matcher(line.text()).results())
			.forEach((include) -> tagsOf(include)
				.forEach((tag) -> used.add(this.reference.path(include.group(1)).getFileName() + " " + tag)));
		return sources(List.of(examples))
			.flatMap((source) -> tags(source).stream().map((tag) -> source.getFileName() + " " + tag))
			.filter((tag) -> !used.contains(tag))
			.sorted()
			.toList();
	}

	private static List<String> tagsOf(MatchResult include) {
		Matcher tags = TAGS.matcher(include.group(2));
		return !tags.find() ? List.of()
				: Arrays.stream(tags.group(1).replace("\"", "").split("[;,]")).map(String::strip).toList();
	}

	/** Those that also end. */
	private static Set<String> tags(Path source) {
		String content = content(source);
		Set<String> tags = new HashSet<>();
		BEGIN.matcher(content)
			.results()
			.map((tag) -> tag.group(1))
			.filter((tag) -> content.contains("end::%s[]".formatted(tag)))
			.forEach(tags::add);
		return tags;
	}

	/**
	 * Return the lines of listings in Java or Kotlin that nobody has compiled.
	 */
	List<String> uncompiled() {
		List<String> findings = new ArrayList<>();
		boolean announced = false;
		for (Line line : (Iterable<Line>) this.reference.lines(Kind.TEXT, Kind.CODE)::iterator) {
			boolean code = line.language().equals("java") || line.language().equals("kotlin");
			if ((line.kind() == Kind.CODE && code && !isCompiled(line.text()))
					|| (announced && line.language().isEmpty()) || line.text().startsWith("```")) {
				findings.add(line.finding(line.text()));
			}
			announced = LISTING.matcher(line.text()).matches() || (announced && code && line.text().startsWith("."));
		}
		return findings;
	}

	/** Or says where it stands, and what it needs. */
	private static boolean isCompiled(String text) {
		Matcher needed = IMPORT.matcher(text);
		return text.isBlank() || text.startsWith("package ") || INCLUDE.matcher(text).matches()
				|| (needed.matches() && isThere(needed.group(1)));
	}

	private static boolean isThere(String imported) {
		String outer = imported.replaceFirst("\\.[^.]*$", "");
		return ClassUtils.isPresent(imported, null) || ClassUtils.isPresent(outer, null) || Stream.of("java", "kotlin")
			.anyMatch((language) -> isDirectory(Path.of("src", "main", language), outer));
	}

	/** Where there are extensions, for one. */
	private static boolean isDirectory(Path sources, String name) {
		return Files.isDirectory(sources.resolve(name.replace('.', '/')));
	}

	/**
	 * Return the tests that the reference relies on, and that there are not.
	 */
	List<String> unknownTests() {
		return this.reference.findings(TESTED, (line, tested) -> {
			String names = tested.group(1);
			if (!names.startsWith(": ")) {
				return line.text();
			}
			List<String> wrong = Arrays.stream(names.substring(2).split(", *"))
				.filter((name) -> !isTest(name.strip()))
				.toList();
			return wrong.isEmpty() ? null : wrong.toString();
		}, Kind.COMMENT);
	}

	/**
	 * Return whether there is a test of that name, as {@code Class#method} or
	 * {@code Class}.
	 */
	static boolean isTest(String name) {
		Matcher test = TEST.matcher(name);
		return test.matches() && source(test.group(1)) != null
				&& (test.group(2) == null || hasMethod(test.group(1), test.group(2)));
	}

	private static boolean hasMethod(String type, String method) {
		Path source = source(type);
		if (source == null) {
			return false;
		}
		String content = content(source);
		return Pattern.compile("\\b(void|fun) " + method + "\\(").matcher(content).find() || SUPERTYPES.matcher(content)
			.results()
			.flatMap((match) -> Stream.of(match.group(1).split(",")))
			.map(String::strip)
			.anyMatch((supertype) -> !supertype.equals(type) && hasMethod(supertype, method));
	}

	private static @Nullable Path source(String type) {
		return sources(TESTS).filter((file) -> file.getFileName().toString().matches(type + "\\.(java|kt)"))
			.findFirst()
			.orElse(null);
	}

	private static Stream<Path> sources(List<Path> directories) {
		return directories.stream().filter(Files::isDirectory).flatMap((directory) -> {
			try (Stream<Path> files = Files.walk(directory)) {
				return files.filter(Files::isRegularFile).toList().stream();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
	}

	private static String content(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
