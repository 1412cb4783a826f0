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

package io.transactionscope;

import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The order of the packages: upper ones know lower ones, and never the other way round.
 * And what keeps each of them one that can be read.
 */
@Tag("once")
class ArchitectureTests {

	private static final String ROOT = "io.transactionscope";

	/** From the top. */
	private static final List<String> PACKAGES = List.of(".test.spring", ".test.assertj", ".test.scope", ".test",
			".autoconfigure.reactive", ".autoconfigure.actuate", ".autoconfigure.health", ".autoconfigure.metrics",
			".autoconfigure.pool.lint", ".autoconfigure.pool.r2dbc", ".autoconfigure.pool", ".autoconfigure.lint",
			".autoconfigure", ".actuate", ".health", ".metrics", ".kotlin", ".annotation", ".postgresql", ".reactive",
			".reactive.managed", ".r2dbc", ".r2dbc.resolution", ".reactive.engine", "", ".retry", ".managed", ".jpa",
			".jdbc", ".resolution", ".engine.rehearsal", ".engine", ".transaction", ".observation", ".pool.tracked",
			".pool.remote", ".pool.r2dbc", ".pool.r2dbc.inquiry", ".pool.naming", ".pool", ".pool.inquiry",
			".pool.incident", ".pool.report", ".pool.examination", ".pool.diagnosis", ".pool.figures", ".pool.snapshot",
			".resource.observation", ".resource.spring", ".resource.ratelimit", ".resource.async", ".resource.lock",
			".resource.setting", ".resource.file", ".resource", ".resource.fork", ".resource.failure",
			".resource.release", ".text");

	private static final int MOST_TYPES = 25;

	private static final int MOST_LINES = 449;

	private static final int LARGEST_RING = 5;

	private static final int MOST_PERCENT_IN_RINGS = 19;

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages(ROOT);

	@Test
	void upperPackagesKnowLowerOnesAndNeverTheOtherWayRound() {
		assertThat(CLASSES).extracting((type) -> type.getPackageName().substring(ROOT.length())).isSubsetOf(PACKAGES);
		for (int i = 0; i < PACKAGES.size(); i++) {
			String[] above = PACKAGES.subList(0, i).stream().map(ROOT::concat).toArray(String[]::new);
			classes().that()
				.resideInAPackage(ROOT + PACKAGES.get(i))
				.should()
				.onlyDependOnClassesThat()
				.resideOutsideOfPackages(above)
				.check(CLASSES);
		}
	}

	@Test
	void theLeavesKnowNoOtherPackageOfOurs() {
		mayKnowOfOurs(".observation");
		mayKnowOfOurs(".transaction");
		mayKnowOfOurs(".text");
		mayKnowOfOurs(".pool.figures", ".pool.snapshot");
		mayKnowOfOurs(".pool.inquiry", ".pool.snapshot", ".text");
		mayKnowOfOurs(".pool", ".pool.inquiry", ".pool.figures", ".pool.incident", ".pool.report", ".pool.examination",
				".pool.diagnosis", ".pool.snapshot", ".text");
		mayKnowOfOurs(".pool.tracked", ".pool", ".pool.inquiry", ".pool.snapshot");
		mayKnowOfOurs(".pool.r2dbc", ".pool", ".pool.r2dbc.inquiry", ".pool.naming", ".pool.inquiry", ".pool.report",
				".pool.diagnosis", ".pool.snapshot", ".text");
		mayKnowOfOurs(".pool.r2dbc.inquiry", ".pool.inquiry", ".pool.snapshot");
		mayKnowOfOurs(".pool.naming", ".pool");
		mayKnowOfOurs(".pool.remote", ".pool", ".pool.r2dbc", ".text");
		mayKnowOfOurs(".resource.failure");
		mayKnowOfOurs(".resource.release", ".text");
		mayKnowOfOurs(".resource.fork", ".resource.release");
		mayKnowOfOurs(".resource", ".resource.fork", ".resource.failure", ".resource.release", ".text");
		mayKnowOfOurs(".resource.file", ".resource");
		mayKnowOfOurs(".resource.setting", ".resource");
		mayKnowOfOurs(".resource.lock", ".resource", ".text");
		mayKnowOfOurs(".resource.async", ".resource", ".resource.failure", ".resource.release");
		mayKnowOfOurs(".resource.ratelimit", ".resource", ".resource.async", ".resource.lock", ".text");
		mayKnowOfOurs(".test", ".resource", ".resource.failure");
	}

	@Test
	void theFactsAndTheResourcesKnowLittleBesideTheJdk() {
		mayKnow(".text");
		mayKnow(".pool.snapshot", ROOT + ".text");
		mayKnow(".pool.diagnosis", ROOT + ".pool.snapshot");
		mayKnow(".pool.examination", ROOT + ".pool.diagnosis", ROOT + ".pool.snapshot");
		mayKnow(".pool.report", ROOT + ".pool.diagnosis", ROOT + ".pool.snapshot");
		mayKnow(".pool.incident", ROOT + ".pool.report", ROOT + ".pool.diagnosis", ROOT + ".pool.snapshot",
				"org.slf4j..");
		mayKnow(".resource.failure", "org.slf4j..");
		mayKnow(".resource.release", ROOT + ".text", "org.slf4j..");
		mayKnow(".resource.fork", ROOT + ".resource.release");
		mayKnow(".resource", ROOT + ".resource.fork", ROOT + ".resource.failure", ROOT + ".resource.release",
				ROOT + ".text", "org.slf4j..");
		mayKnow(".resource.file", ROOT + ".resource");
		mayKnow(".resource.setting", ROOT + ".resource", "org.slf4j..");
		mayKnow(".resource.lock", ROOT + ".resource", ROOT + ".text");
		mayKnow(".resource.async", ROOT + ".resource", ROOT + ".resource.failure", ROOT + ".resource.release",
				"org.slf4j..");
		mayKnow(".resource.ratelimit", ROOT + ".resource", ROOT + ".resource.async", ROOT + ".resource.lock",
				ROOT + ".text", "io.github.bucket4j..");
		mayKnow(".test", ROOT + ".resource", ROOT + ".resource.failure", "javax.sql");
	}

	@Test
	void whatIsOfOneOptionalLibraryStaysInItsPackage() {
		staysIn("jakarta.persistence..", ROOT + ".jpa", ROOT + ".autoconfigure..");
		staysIn("org.hibernate..", ROOT + ".jpa", ROOT + ".autoconfigure..");
		staysIn("org.springframework.orm..", ROOT + ".jpa", ROOT + ".autoconfigure..");
		staysIn("org.springframework.data..", ROOT + ".autoconfigure..");
		staysIn("org.springframework.batch..", ROOT + ".pool.naming", ROOT + ".autoconfigure..");
		staysIn("org.quartz..", ROOT + ".pool.naming", ROOT + ".autoconfigure..");
		staysIn("io.github.bucket4j..", ROOT + ".resource.ratelimit");
		staysIn("org.springframework.test..", ROOT + ".test.spring");
		staysIn("org.assertj..", ROOT + ".test.assertj");
		staysIn("kotlin..", ROOT + ".kotlin");
		staysIn("com.arjuna..", ROOT + ".managed");
		staysIn("reactor..", ROOT + ".kotlin", ROOT + ".reactive..", ROOT + ".r2dbc..", ROOT + ".annotation..",
				ROOT + ".pool.r2dbc..", ROOT + ".pool.remote", ROOT + ".autoconfigure.reactive",
				ROOT + ".autoconfigure.pool.r2dbc");
		staysIn("io.r2dbc..", ROOT + ".reactive", ROOT + ".r2dbc..", ROOT + ".pool.r2dbc..",
				ROOT + ".autoconfigure.reactive", ROOT + ".autoconfigure.pool.r2dbc");
		staysIn("org.springframework.r2dbc..", ROOT + ".r2dbc", ROOT + ".pool.r2dbc", ROOT + ".autoconfigure.reactive",
				ROOT + ".autoconfigure.pool.r2dbc");
	}

	@Test
	void noPackageHasMoreTypesThanOneCanSurvey() {
		Map<String, Long> crowded = types()
			.collect(Collectors.groupingBy(JavaClass::getPackageName, TreeMap::new, Collectors.counting()));
		crowded.values().removeIf((types) -> types <= MOST_TYPES);
		assertThat(crowded).isEmpty();
	}

	@Test
	void fewTypesKnowEachOtherInRings() {
		List<Set<String>> rings = Rings.of(CLASSES);
		long percent = 100L * rings.stream().mapToInt(Set::size).sum() / types().count();
		assertThat(rings.stream().filter((ring) -> ring.size() > LARGEST_RING)).as("large rings").isEmpty();
		assertThat(percent).as("percent of the types in %s", rings).isLessThanOrEqualTo(MOST_PERCENT_IN_RINGS);
	}

	@Test
	void noFileIsLongerThanOneReadsInOneGo() throws IOException {
		Map<Path, Integer> lines = new TreeMap<>();
		for (String language : List.of("java", "kotlin")) {
			try (Stream<Path> files = Files.walk(Path.of("src", "main", language)).filter(Files::isRegularFile)) {
				for (Path file : (Iterable<Path>) files::iterator) {
					lines.put(file.getFileName(), Files.readAllLines(file).size());
				}
			}
		}
		lines.values().removeIf((number) -> number <= MOST_LINES);
		assertThat(lines).isEmpty();
	}

	@Test
	void noPublicApiMentionsTheEngine() {
		List<String> mentions = CLASSES.stream()
			.map(JavaClass::reflect)
			.filter((type) -> isPublic(type) && !EngineTypes.contains(type))
			.flatMap((type) -> Stream.concat(supertypes(type), members(type)))
			.filter((mention) -> EngineTypes.PACKAGES.stream().anyMatch(mention::contains))
			.toList();
		assertThat(mentions).isEmpty();
	}

	private Stream<JavaClass> types() {
		return CLASSES.stream()
			.filter((type) -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"));
	}

	private void mayKnowOfOurs(String user, String... used) {
		check(user, JavaClass.Predicates.resideOutsideOfPackage(ROOT + "..").or(ours(user, used)));
	}

	/** The JDK, itself, and what is given. */
	private void mayKnow(String user, String... used) {
		check(user,
				JavaClass.Predicates.resideInAnyPackage("java..", "org.jspecify..")
					.or(ours(user))
					.or(JavaClass.Predicates.resideInAnyPackage(used)));
	}

	private static DescribedPredicate<JavaClass> ours(String user, String... others) {
		return JavaClass.Predicates.resideInAnyPackage(
				Stream.concat(Stream.of(user), Stream.of(others)).map(ROOT::concat).toArray(String[]::new));
	}

	private void check(String user, DescribedPredicate<JavaClass> mayBeKnown) {
		classes().that().resideInAPackage(ROOT + user).should().onlyDependOnClassesThat(mayBeKnown).check(CLASSES);
	}

	private void staysIn(String library, String... packages) {
		classes().that()
			.resideOutsideOfPackages(packages)
			.should()
			.onlyDependOnClassesThat()
			.resideOutsideOfPackage(library)
			.check(CLASSES);
	}

	private static boolean isPublic(Class<?> type) {
		return Modifier.isPublic(type.getModifiers())
				&& (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
	}

	private static Stream<String> supertypes(Class<?> type) {
		return Stream.concat(Stream.of(type.getAnnotatedSuperclass()), Stream.of(type.getAnnotatedInterfaces()))
			.filter(Objects::nonNull)
			.map((each) -> type + " is a " + each.getType().getTypeName());
	}

	private static Stream<String> members(Class<?> type) {
		Stream<Executable> executables = Stream.concat(Stream.of(type.getDeclaredConstructors()),
				Stream.of(type.getDeclaredMethods()));
		return Stream.concat(executables.filter(ArchitectureTests::isApi).map(Executable::toGenericString),
				Stream.of(type.getDeclaredFields()).filter(ArchitectureTests::isApi).map(Field::toGenericString));
	}

	private static boolean isApi(Member member) {
		return Modifier.isPublic(member.getModifiers()) || Modifier.isProtected(member.getModifiers());
	}

}
