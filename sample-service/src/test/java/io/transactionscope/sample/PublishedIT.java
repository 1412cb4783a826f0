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

package io.transactionscope.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What others are given of the library, as the build has left it: the jars, the
 * documentation with all that it links to, and what is told to their build.
 */
@Tag("once")
class PublishedIT {

	private static final Path TOP = Path.of("..").toAbsolutePath().normalize();

	private static final String LIBRARY = "autoconfigure";

	private static final String STARTER = "starter";

	private static final Pattern ANCHOR = Pattern.compile("\\s(?:id|name)=\"([^\"]+)\"");

	private static final Pattern LINK = Pattern.compile("\\s(?:href|src)=\"([^\"]+)\"");

	private static final Pattern LOADED = Pattern
		.compile("<(?:script|img|iframe)[^>]*\\ssrc=\"[a-z]*:?//[^>]*>|<link[^>]*\\shref=\"[a-z]*:?//[^>]*>");

	@ParameterizedTest
	@ValueSource(strings = { LIBRARY, STARTER })
	void eachJarHasItsLicense(String module) throws IOException {
		for (Path each : List.of(jar(module, ""), jar(module, "-sources"), jar(module, "-javadoc"))) {
			try (JarFile jar = new JarFile(each.toFile())) {
				assertThat(text(jar, "META-INF/LICENSE")).as(each + "!LICENSE")
					.isEqualTo(Files.readString(TOP.resolve("LICENSE")));
				assertThat(text(jar, "META-INF/NOTICE")).as(each + "!NOTICE").startsWith("TransactionScope\nCopyright");
			}
		}
	}

	@Test
	void eachJarHasAModuleNameAndAVersion() throws IOException {
		assertThat(manifest(LIBRARY).getValue("Automatic-Module-Name")).isEqualTo("io.transactionscope");
		assertThat(manifest(STARTER).getValue("Automatic-Module-Name")).isEqualTo("io.transactionscope.starter");
		assertThat(List.of(manifest(LIBRARY), manifest(STARTER)))
			.extracting((manifest) -> manifest.getValue(Attributes.Name.IMPLEMENTATION_VERSION))
			.allSatisfy((version) -> assertThat(jar(LIBRARY, "")).asString().endsWith("-" + version + ".jar"));
	}

	@Test
	void theSourcesAreThoseOfTheClasses() throws IOException {
		try (JarFile classes = new JarFile(jar(LIBRARY, "").toFile());
				JarFile sources = new JarFile(jar(LIBRARY, "-sources").toFile())) {
			List<String> java = classes.stream()
				.map(ZipEntry::getName)
				.filter((name) -> name.endsWith(".class") && !name.contains("$") && !name.endsWith("Kt.class"))
				.map((name) -> name.replace(".class", ".java"))
				.toList();
			assertThat(java).hasSizeGreaterThan(300);
			assertThat(sources.stream().map(ZipEntry::getName)).containsAll(java)
				.anyMatch((name) -> name.endsWith(".kt"));
		}
	}

	@Test
	void theReferenceLeadsNowhereElseThanItSays() throws IOException {
		try (JarFile jar = new JarFile(jar(LIBRARY, "-javadoc").toFile())) {
			String html = text(jar, "reference/index.html");
			Set<String> anchors = anchors(html);
			List<String> links = LINK.matcher(html).results().map((match) -> match.group(1)).toList();
			assertThat(links).filteredOn((link) -> link.startsWith("#")).hasSizeGreaterThan(100);
			assertThat(links).allSatisfy((link) -> {
				if (link.startsWith("#")) {
					assertThat(anchors).contains(link.substring(1));
				}
				else if (!link.matches("https?://.*")) {
					assertThat(leads(jar, "reference/", link)).as(link).isTrue();
				}
			});
		}
	}

	@Test
	void theDocumentationLoadsNothingFromElsewhere() throws IOException {
		try (JarFile jar = new JarFile(jar(LIBRARY, "-javadoc").toFile())) {
			for (String each : List.of("index.html", "reference/index.html",
					"io/transactionscope/TransactionScope.html")) {
				assertThat(LOADED.matcher(text(jar, each)).results().map(MatchResult::group)).as(each).isEmpty();
			}
			assertThat(jar.stream().map(ZipEntry::getName)).noneMatch((name) -> name.contains("banner-logo"));
		}
	}

	@Test
	void theOverviewLeadsToTheReference() throws IOException {
		try (JarFile jar = new JarFile(jar(LIBRARY, "-javadoc").toFile())) {
			assertThat(text(jar, "index.html")).contains("href=\"reference/index.html\"");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { LIBRARY, STARTER })
	void eachModuleHasABillOfMaterials(String module) throws IOException {
		String bill = Files.readString(jar(module, "")
			.resolveSibling(jar(module, "").getFileName().toString().replace(".jar", "-cyclonedx.json")));
		assertThat(bill).contains("\"bomFormat\" : \"CycloneDX\"").contains("pkg:maven/com.zaxxer/HikariCP@");
	}

	@Test
	void theBomHasThePublishedModulesAndNothingElse() throws IOException {
		String bom = Files.readString(TOP.resolve("starter/bom/target/.flattened-pom.xml"));
		assertThat(bom).doesNotContain("<parent>").contains("<url>", "<license>", "<developer>", "<scm");
		assertThat(
				Pattern.compile("<artifactId>(.*)</artifactId>").matcher(bom).results().map((match) -> match.group(1)))
			.containsExactlyInAnyOrder("transaction-scope-bom", "transaction-scope-spring-boot-starter",
					"transaction-scope-spring-boot-autoconfigure");
	}

	@Test
	void theStarterBringsNoAspectJ() {
		assertThat(ClassUtils.isPresent("org.aspectj.weaver.Advice", null)).isFalse();
	}

	private static boolean leads(JarFile jar, String folder, String link) throws IOException {
		String[] parts = link.split("#", 2);
		String path = Path.of("/" + folder).resolve(parts[0]).normalize().toString().substring(1);
		if (jar.getEntry(path) == null) {
			return false;
		}
		return parts.length == 1 || anchors(text(jar, path)).contains(parts[1]);
	}

	private static Set<String> anchors(String html) {
		return ANCHOR.matcher(html)
			.results()
			.map((match) -> match.group(1).replace("&lt;", "<").replace("&gt;", ">"))
			.collect(Collectors.toSet());
	}

	private static Attributes manifest(String module) throws IOException {
		try (JarFile jar = new JarFile(jar(module, "").toFile())) {
			return jar.getManifest().getMainAttributes();
		}
	}

	private static Path jar(String module, String classifier) {
		Path target = TOP.resolve(module).resolve("target");
		try (Stream<Path> files = Files.list(target)) {
			List<Path> found = files
				.filter((file) -> file.getFileName()
					.toString()
					.matches("[a-z-]+-[0-9.]+(-SNAPSHOT)?" + classifier + "\\.jar"))
				.toList();
			assertThat(found).as("%s's jar%s, which the build of the whole leaves in %s", module, classifier, target)
				.hasSize(1);
			return found.get(0);
		}
		catch (IOException ex) {
			throw new IllegalStateException("Build the whole first: " + ex, ex);
		}
	}

	private static String text(JarFile jar, String name) throws IOException {
		ZipEntry entry = jar.getEntry(name);
		assertThat(entry).as(jar.getName() + "!" + name).isNotNull();
		return new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
	}

}
