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

import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The order of the packages: upper ones know lower ones, and never the other way round.
 */
class ArchitectureTests {

	private static final String ROOT = "io.transactionscope";

	private final JavaClasses classes = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages(ROOT);

	@Test
	void packagesFormNoRings() {
		slices().assignedFrom(new EachPackage()).should().beFreeOfCycles().check(this.classes);
	}

	@Test
	void nobodyKnowsTheWiring() {
		noClasses().that()
			.resideOutsideOfPackage(ROOT + ".autoconfigure..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage(ROOT + ".autoconfigure..")
			.check(this.classes);
	}

	@Test
	void theLeavesKnowNoOtherPackageOfOurs() {
		for (String leaf : new String[] { "pool.report", "observation" }) {
			noClasses().that()
				.resideInAPackage(ROOT + "." + leaf)
				.should()
				.dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe("other packages of ours",
						(type) -> type.getPackageName().startsWith(ROOT)
								&& !type.getPackageName().equals(ROOT + "." + leaf)))
				.check(this.classes);
		}
	}

	@Test
	void theLedgerKnowsNothingButItsReports() {
		noClasses().that()
			.resideInAPackage(ROOT + ".pool")
			.should()
			.dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe("packages above",
					(type) -> type.getPackageName().startsWith(ROOT)
							&& !type.getPackageName().matches("io\\.transactionscope\\.pool(\\.report)?")))
			.check(this.classes);
	}

	@Test
	void theWatchOverJdbcKnowsNothingButTheLedger() {
		noClasses().that()
			.resideInAPackage(ROOT + ".pool.tracked")
			.should()
			.dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe("packages above",
					(type) -> type.getPackageName().startsWith(ROOT)
							&& !type.getPackageName().matches("io\\.transactionscope\\.pool(\\.report|\\.tracked)?")))
			.check(this.classes);
	}

	@Test
	void theFactsOfAPoolKnowTheJdkAlone() {
		classes().that()
			.resideInAPackage(ROOT + ".pool.report")
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("java..", "org.jspecify..", ROOT + ".pool.report")
			.check(this.classes);
	}

	@Test
	void theResourcesKnowTheJdkAndTheLogAlone() {
		String resource = ROOT + ".resource";
		mayKnow(resource, "org.slf4j..", resource + ".file", resource + ".bucket4j");
		mayKnow(resource + ".file");
		mayKnow(resource + ".bucket4j", "io.github.bucket4j..");
	}

	@Test
	void whatIsOfOneOptionalLibraryStaysInItsPackage() {
		classes().that()
			.resideOutsideOfPackages(ROOT + ".autoconfigure..", ROOT + ".jpa")
			.should()
			.onlyDependOnClassesThat()
			.resideOutsideOfPackages("jakarta.persistence..", "org.hibernate..", "org.springframework.orm..")
			.check(this.classes);
	}

	/** Check that a package knows nothing but the JDK, itself and some others. */
	private void mayKnow(String user, String... used) {
		classes().that()
			.resideInAPackage(user)
			.should()
			.onlyDependOnClassesThat(JavaClass.Predicates.resideInAnyPackage("java..", "org.jspecify..", user)
				.or(JavaClass.Predicates.resideInAnyPackage(used)))
			.check(this.classes);
	}

	@Test
	void noPublicApiMentionsTheEngine() {
		List<String> mentions = this.classes.stream()
			.map(JavaClass::reflect)
			.filter((type) -> isPublic(type) && !EngineTypes.contains(type))
			.flatMap((type) -> Stream.concat(supertypes(type), members(type)))
			.filter((mention) -> mention.contains(EngineTypes.PACKAGE))
			.toList();
		assertThat(mentions).isEmpty();
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

	private static final class EachPackage implements SliceAssignment {

		@Override
		public SliceIdentifier getIdentifierOf(JavaClass type) {
			return SliceIdentifier.of(type.getPackageName());
		}

		@Override
		public String getDescription() {
			return "each package";
		}

	}

}
