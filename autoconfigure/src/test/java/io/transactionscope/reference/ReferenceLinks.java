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
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.transactionscope.reference.Line.Kind;
import io.transactionscope.reference.Reference.Check;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Where the reference leads to.
 */
final class ReferenceLinks {

	private static final Path SOURCES = Path.of("src", "main", "java");

	private static final Pattern LINK = Pattern.compile("(?:<<|xref:)([^,>\\[\\s]+)(?:,[^>]*>>|>>|\\[)");

	private static final Pattern ANCHOR = Pattern.compile("(?:^\\[#|^\\[\\[|\\[\\[|\\[#|anchor:)([\\w-]+)");

	private static final Pattern JAVADOC = Pattern.compile("link:\\{javadoc}/([^\\[#]+)(?:#([^\\[]*))?\\[");

	private static final Pattern IMAGE = Pattern.compile("image:{1,2}([^:\\[\\s]+)\\[");

	private static final Pattern HOST = Pattern.compile("https?://([^/\\s\\[\\]\"'`<>,)]+)");

	private static final Pattern EXCLUDED = Pattern.compile("<excludePackageNames>([^<]*)<");

	/**
	 * Sites that outlive a release. None of them is visited as the reference is built.
	 */
	private static final Set<String> HOSTS = Set.of("bucket4j.com", "github.com", "docs.spring.io", "docs.oracle.com",
			"docs.python.org", "dev.mysql.com", "grafana.com", "keepachangelog.com", "mariadb.com", "maven.apache.org",
			"micrometer.io", "prometheus.io", "semver.org", "start.spring.io", "www.apache.org", "www.pgbouncer.org",
			"www.postgresql.org");

	private final Reference reference;

	ReferenceLinks(Reference reference) {
		this.reference = reference;
	}

	/**
	 * Return the references to anchors that are nowhere.
	 */
	List<String> unknownAnchors() {
		Set<String> anchors = anchors().collect(Collectors.toSet());
		return this.reference.findings(LINK, Check.that(anchors::contains), Kind.TEXT);
	}

	/**
	 * Return the anchors that are there twice.
	 */
	List<String> ambiguousAnchors() {
		Set<String> anchors = new HashSet<>();
		return this.reference.findings(ANCHOR, Check.that(anchors::add), Kind.TEXT);
	}

	/**
	 * Return the anchors that do not begin with that of their chapter, and so may be
	 * those of another one some day.
	 */
	List<String> strayAnchors() {
		return this.reference.findings(ANCHOR, (line, match) -> {
			String chapter = line.file().replace(".adoc", "");
			String anchor = match.group(1);
			return (anchor.equals(chapter) || anchor.startsWith(chapter + "-")) ? null : anchor;
		}, Kind.TEXT);
	}

	/**
	 * Return the anchors.
	 */
	Stream<String> anchors() {
		return this.reference.lines(Kind.TEXT)
			.flatMap((line) -> ANCHOR.matcher(line.text()).results())
			.map((match) -> match.group(1));
	}

	/**
	 * Return the links to Javadoc that is not there.
	 */
	List<String> unknownJavadoc() {
		return this.reference.findings(JAVADOC, ReferenceLinks::wrongWithJavadoc, Kind.TEXT);
	}

	private static @Nullable String wrongWithJavadoc(Line line, MatchResult link) {
		String page = link.group(1);
		if (page.equals("index.html")) {
			return null;
		}
		boolean excluded = excluded().contains(page.replaceFirst("/[^/]*$", ""));
		if (!excluded && page.endsWith("/package-summary.html")) {
			String info = page.replace("package-summary.html", "package-info.java");
			return Files.exists(SOURCES.resolve(info)) ? null : page;
		}
		Class<?> type = excluded ? null : type(page);
		if (type == null || !isPublic(type)) {
			return page;
		}
		String member = link.group(2);
		return (member == null || members(type).contains(member)) ? null : page + "#" + member;
	}

	/** As the Javadoc leaves them out. */
	private static Set<String> excluded() {
		try {
			return EXCLUDED.matcher(Files.readString(Path.of("..", "pom.xml")))
				.results()
				.flatMap((match) -> Stream.of(match.group(1).split(":")))
				.map((name) -> name.strip().replace('.', '/'))
				.collect(Collectors.toSet());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Those in Java alone, as the Javadoc has no others. */
	private static @Nullable Class<?> type(String page) {
		String name = page.replaceFirst("\\.html$", "");
		String outermost = name.replaceFirst("\\.\\w.*$", "");
		if (!page.endsWith(".html") || !Files.exists(SOURCES.resolve(outermost + ".java"))) {
			return null;
		}
		try {
			return ClassUtils.forName(name.replace('.', '$').replace('/', '.'), null);
		}
		catch (ClassNotFoundException ex) {
			return null;
		}
	}

	private static boolean isPublic(Class<?> type) {
		Class<?> outer = type.getEnclosingClass();
		boolean open = Modifier.isPublic(type.getModifiers()) || Modifier.isProtected(type.getModifiers());
		return open && (outer == null || isPublic(outer));
	}

	/** As the Javadoc has them: a method by the types of its parameters. */
	private static List<String> members(Class<?> type) {
		List<String> members = new ArrayList<>();
		Arrays.stream(type.getDeclaredFields()).map((field) -> field.getName()).forEach(members::add);
		Arrays.stream(type.getDeclaredMethods()).forEach((method) -> {
			members.add(method.getName() + parameters(method, method.getParameterTypes()));
			members.add(method.getName() + parameters(method, method.getGenericParameterTypes()));
			if (type.isAnnotation()) {
				members.add(method.getName());
			}
		});
		Arrays.stream(type.getDeclaredConstructors())
			.forEach((constructor) -> members.add("<init>" + parameters(constructor, constructor.getParameterTypes())));
		return members;
	}

	private static String parameters(Executable executable, Type[] types) {
		String all = Arrays.stream(types)
			.map((type) -> type.getTypeName().replaceAll("<.*>", "").replace('$', '.'))
			.collect(Collectors.joining(",", "(", ")"));
		return executable.isVarArgs() ? all.replaceFirst("\\[]\\)$", "...)") : all;
	}

	/**
	 * Return the images that are not there.
	 */
	List<String> unknownImages() {
		return this.reference.findings(IMAGE, Check.that((image) -> Files.isRegularFile(this.reference.path(image))),
				Kind.TEXT);
	}

	/**
	 * Return the links to sites that may not be there for long.
	 */
	List<String> unknownHosts() {
		return this.reference.findings(HOST, Check.that((host) -> HOSTS.contains(host) || host.startsWith("localhost")),
				Kind.TEXT);
	}

	/**
	 * Return the chapters that are not included.
	 */
	List<String> lostChapters() {
		return this.reference.fileNames()
			.stream()
			.filter((file) -> !file.equals(Reference.INDEX)
					&& !this.reference.content(Reference.INDEX).contains("include::" + file + "["))
			.toList();
	}

}
