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
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.transactionscope.pool.diagnosis.Diagnosis;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whoever has met an exception, a diagnosis, a property or a meter finds it in the
 * reference: by its anchor, or by its name in the chapter that has all of its kind.
 */
@Tag("once")
class ReferenceCompletenessTests {

	private static final Pattern EXCEPTION = Pattern.compile("(?m)^public (?:final )?class (\\w+)Exception\\b");

	private static final Reference EMPTY = Reference.of("");

	@Test
	void eachDiagnosisHasItsSection() throws IOException {
		assertThat(missingDiagnoses(Reference.read())).isEmpty();
		assertThat(missingDiagnoses(EMPTY)).contains("diagnoses-held-but-idle", "diagnoses-starved-of-cpu");
	}

	private static List<String> missingDiagnoses(Reference reference) {
		return missing(reference, Stream.of(Diagnosis.class.getPermittedSubclasses())
			.map((kind) -> "diagnoses-" + inLowerCase(kind.getSimpleName())));
	}

	@Test
	void eachExceptionHasItsSection() throws IOException {
		assertThat(missingExceptions(Reference.read())).isEmpty();
		assertThat(missingExceptions(EMPTY)).hasSizeGreaterThan(8)
			.contains("exceptions-commit-failed", "exceptions-pool-exhausted");
	}

	private static List<String> missingExceptions(Reference reference) throws IOException {
		try (Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
			List<Path> files = sources.filter((file) -> file.toString().endsWith("Exception.java")).toList();
			Stream.Builder<String> anchors = Stream.builder();
			for (Path file : files) {
				Matcher exception = EXCEPTION.matcher(Files.readString(file));
				if (exception.find()) {
					anchors.add("exceptions-" + inLowerCase(exception.group(1)));
				}
			}
			return missing(reference, anchors.build());
		}
	}

	@Test
	void eachPropertyIsExplained() throws IOException {
		assertThat(missingKeys(Reference.read())).isEmpty();
		assertThat(missingKeys(EMPTY)).hasSizeGreaterThan(20).contains("transaction-scope.pool.leak-threshold");
	}

	private static List<String> missingKeys(Reference reference) {
		String chapter = reference.content("configuration.adoc");
		return ReferenceNames.keys()
			.stream()
			.filter((key) -> !chapter.contains("`%s`".formatted(key)))
			.sorted()
			.toList();
	}

	@Test
	void eachMeterIsExplained() throws IOException {
		assertThat(missingMeters(Reference.read())).isEmpty();
		assertThat(missingMeters(EMPTY)).contains("transaction.scope.pool.wait", "transaction.scope.suppressed");
	}

	private static List<String> missingMeters(Reference reference) {
		String chapter = reference.content("observability.adoc");
		return ReferenceNames.meters().filter((meter) -> !chapter.contains("`%s`".formatted(meter))).toList();
	}

	private static List<String> missing(Reference reference, Stream<String> anchors) {
		Set<String> there = new ReferenceLinks(reference).anchors().collect(Collectors.toSet());
		return anchors.filter((anchor) -> !there.contains(anchor)).sorted().toList();
	}

	private static String inLowerCase(String name) {
		return name.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
	}

}
