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
import java.util.function.Function;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the reference refers to is there: its sources are checked, as what is made of them
 * comes after the tests. And each check finds what is planted for it.
 */
@Tag("once")
class ReferenceTests {

	@Test
	void anchorsAreThereOnce() throws IOException {
		ReferenceLinks links = new ReferenceLinks(Reference.read());
		assertThat(links.unknownAnchors()).isEmpty();
		assertThat(links.ambiguousAnchors()).isEmpty();
		assertThat(links.strayAnchors()).isEmpty();
		assertThat(links.anchors()).hasSizeGreaterThan(15);
	}

	@ParameterizedTest
	@ValueSource(strings = { "<<chapter-nowhere>>", "see <<chapter-nowhere,there>>.", "xref:chapter-nowhere[there]" })
	void anchorsThatAreNowhereAreFound(String line) {
		assertThat(links("[#chapter]\n= Title\n\n" + line).unknownAnchors())
			.containsExactly("chapter.adoc:4: chapter-nowhere");
	}

	@Test
	void anchorsThatCodeAndCommentsSpeakOfAreLeftAlone() {
		assertThat(links("----\na <<b>> c\n----\n// <<d>>\n\n////\n<<e>>\n////").unknownAnchors()).isEmpty();
	}

	@Test
	void anchorsThatAreThereTwiceAreFound() {
		assertThat(links("[#chapter-a]\n== A\n\n[[chapter-a]]\n== B").ambiguousAnchors())
			.containsExactly("chapter.adoc:4: chapter-a");
	}

	@Test
	void anchorsWithoutTheNameOfTheirChapterAreFound() {
		assertThat(links("[#chapter]\n\n[#chapter-a]\n\n[#chapters]").strayAnchors())
			.containsExactly("chapter.adoc:5: chapters");
	}

	@Test
	void javadocIsThere() throws IOException {
		assertThat(new ReferenceLinks(Reference.read()).unknownJavadoc()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "TransactionScope.html", "pool/PoolSettings.DeadlockPolicy.html",
			"pool/package-summary.html", "TransactionScope.html#named(java.lang.String)",
			"annotation/ScopedTransaction.html#timeout()", "resource/lock/LockResources.html" })
	void javadocThatIsThereIsFound(String page) {
		assertThat(javadoc(page)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "NoSuchScope.html", "DefaultTransactionScope.html", "engine/ScopeSettings.html",
			"pool/PoolSettings.Nothing.html", "nothing/package-summary.html", "kotlin/ScopeExtensionsKt.html",
			"TransactionScope.html#named()", "TransactionScope.html#nothing", "TransactionScope" })
	void javadocThatIsNowhereIsFound(String page) {
		assertThat(javadoc(page)).containsExactly("chapter.adoc:1: io/transactionscope/" + page);
	}

	private static List<String> javadoc(String page) {
		return links("A link:{javadoc}/io/transactionscope/%s[link].".formatted(page)).unknownJavadoc();
	}

	@Test
	void imagesAreThere() throws IOException {
		assertThat(new ReferenceLinks(Reference.read()).unknownImages()).isEmpty();
		assertThat(links("image::images/nowhere.svg[]\nimage::images/pools-page.png[]\n").unknownImages())
			.containsExactly("chapter.adoc:1: images/nowhere.svg");
	}

	@Test
	void linksLeadToWellKnownSites() throws IOException {
		assertThat(new ReferenceLinks(Reference.read()).unknownHosts()).isEmpty();
		assertThat(links("https://semver.org[this], http://localhost:8080/, https://somebody.example/page[that]")
			.unknownHosts()).containsExactly("chapter.adoc:1: somebody.example");
	}

	@Test
	void chaptersAreIncluded() throws IOException {
		assertThat(new ReferenceLinks(Reference.read()).lostChapters()).isEmpty();
		assertThat(links("").lostChapters()).containsExactly("chapter.adoc");
	}

	@Test
	void whatIsIncludedIsThere() throws IOException {
		assertThat(new ReferenceCode(Reference.read()).unknownIncludes()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			include::{examples}/Nowhere.java[tag=a]       | {examples}/Nowhere.java
			include::{nowhere}/ReferenceTests.java[]      | {nowhere}/ReferenceTests.java
			include::{examples}/Line.java[tags=a;b]       | {examples}/Line.java has no [a, b]
			include::{examples}/Line.java[indent=0,tag=a] | {examples}/Line.java has no [a]
			""")
	void whatIsIncludedAndNowhereIsFound(String include, String finding) {
		assertThat(code("[source,java]\n----\n" + include + "\n----").unknownIncludes())
			.containsExactly("chapter.adoc:3: " + finding);
	}

	@Test
	void examplesAreShown() throws IOException {
		Reference reference = Reference.read();
		for (String directory : List.of("{examples}", "{kotlin-examples}", "{sample}", "{sample-tests}")) {
			assertThat(new ReferenceCode(reference).unusedTags(reference.path(directory))).isEmpty();
		}
	}

	@Test
	void examplesThatNobodyIsShownAreFound(@TempDir Path examples) throws IOException {
		Files.writeString(examples.resolve("E.java"),
				Stream.of("shown", "hidden")
					.map("// tag::%1$s[]\n// end::%1$s[]\n"::formatted)
					.reduce("", String::concat));
		assertThat(code("include::" + examples.toAbsolutePath() + "/E.java[tag=shown]").unusedTags(examples))
			.containsExactly("E.java hidden");
	}

	@Test
	void codeIsCompiled() throws IOException {
		assertThat(new ReferenceCode(Reference.read()).uncompiled()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "[source,java]\n----\nrun();\n----", "[source,java]\nrun();", "```java\nrun();\n```",
			"[source,kotlin,role=\"secondary\"]\n.Title\n----\ninclude::a[]\nrun()\n----",
			"[source,java]\n----\nimport io.transactionscope.nowhere.Scope;\n----" })
	void codeThatNobodyHasCompiledIsFound(String block) {
		assertThat(code(block).uncompiled()).isNotEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "[source,java]\n----\ninclude::a[]\n\ninclude::b[]\n----",
			"[source,shell]\n----\nls\n----",
			".Title\n[source,java,role=\"primary\"]\n----\ninclude::a[]\n----\n\nText.",
			"[source,java]\n.Title\n----\ninclude::a[]\n----",
			"[source,java]\n----\npackage com.example;\n\nimport io.transactionscope.TransactionScope;\nimport static java.util.Map.entry;\n\ninclude::a[]\n----",
			"[source,kotlin]\n----\nimport io.transactionscope.kotlin.execute\n\ninclude::a[]\n----",
			".Gradle (Kotlin)\n[source,kotlin]\n----\ndependencies {\n}\n----" })
	void otherCodeIsLeftAlone(String block) {
		assertThat(code(block).uncompiled()).isEmpty();
	}

	@Test
	void testsAreThere() throws IOException {
		assertThat(new ReferenceCode(Reference.read()).unknownTests()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "// tested: NowhereTests", "// tested: ReferenceTests, Line",
			"// tested by ReferenceTests", "// tested: ReferenceTests#nowhere", "//tested: NowhereIT" })
	void testsThatThereAreNotAreFound(String comment) {
		assertThat(code(comment).unknownTests()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "// tested: ReferenceTests", "// tested: ReferenceTests#testsAreThere, PoolsPageIT",
			"// what is tested" })
	void testsThatThereAreAreFound(String comment) {
		assertThat(code(comment).unknownTests()).isEmpty();
	}

	@Test
	void keysAndMetersAreThere() throws IOException {
		ReferenceNames names = new ReferenceNames(Reference.read());
		assertThat(names.unknownKeys()).isEmpty();
		assertThat(names.unknownMeters()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "`transaction-scope.pool.nothing`", "`transaction-scope.nothing.*`",
			"----\ntransaction-scope.pool.leakThreshold=1s\n----", "`-Dtransaction-scope.nothing=1`",
			"[source,yaml]\n----\ntransaction-scope:\n  pool:\n    nothing: 1\n----" })
	void keysThatThereAreNotAreFound(String text) {
		assertThat(names(text).unknownKeys()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "`transaction-scope.pool.*`, `transaction-scope.pool.leak-threshold`.",
			"`transaction-scope.pool.long-lived[0]=a`", "`-Dtransaction-scope.test.seed=1`",
			"transaction-scope-spring-boot-starter", "`transaction-scope.lint`", "${transaction-scope.version}",
			"META-INF/transaction-scope/prometheus-alerts.yaml",
			"[source,yaml]\n----\ntransaction-scope:\n  pool:\n    leak-threshold: 1s\n----" })
	void keysThatThereAreAreFound(String text) {
		assertThat(names(text).unknownKeys()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "`transaction.scope.pool.nothing`", "----\ntransaction_scope_pool_weight_seconds\n----",
			"`transaction.scope.pool`", "`transaction.scope.nothing.*`" })
	void metersThatThereAreNotAreFound(String text) {
		assertThat(names(text).unknownMeters()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "`transaction.scope`", "`transaction.scope.pool.wait`.", "`transaction.scope.name`",
			"`transaction.scope.pool.*`", "`transaction_scope_pool_wait_seconds_max`",
			"`management.metrics.distribution.percentiles-histogram.transaction.scope.pool=true`",
			"`io.transactionscope.TransactionScope`" })
	void metersThatThereAreAreFound(String text) {
		assertThat(names(text).unknownMeters()).isEmpty();
	}

	private static ReferenceLinks links(String chapter) {
		return with(chapter, ReferenceLinks::new);
	}

	private static ReferenceCode code(String chapter) {
		return with(chapter, ReferenceCode::new);
	}

	private static ReferenceNames names(String chapter) {
		return with(chapter, ReferenceNames::new);
	}

	private static <T> T with(String chapter, Function<Reference, T> checks) {
		return checks.apply(Reference.of(chapter));
	}

}
