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
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.support.PropertiesLoaderUtils;
import org.springframework.core.type.filter.AssignableTypeFilter;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The chapter on exceptions has a section on each one that an application can get, with
 * its superclass and what is in it.
 */
@Tag("once")
class ReferenceExceptionsTests {

	private static final Path CHAPTER = Path.of("src/docs/asciidoc/exceptions.adoc");

	private static final Pattern SECTION = Pattern.compile("(?m)^\\[#(exceptions-[a-z0-9-]+)]\\R=+ .*\\R");

	private static final Pattern HEADING_OF_EXCEPTION = Pattern.compile("(?m)^=+ \\w+Exception$");

	/** The text of each section, up to the next one, by its anchor. */
	private static Map<String, String> sections = Map.of();

	@BeforeAll
	static void read() throws IOException {
		String chapter = Files.readString(CHAPTER);
		List<Integer> starts = SECTION.matcher(chapter).results().map((section) -> section.start()).toList();
		sections = Stream.iterate(0, (i) -> i < starts.size(), (i) -> i + 1)
			.map((i) -> chapter.substring(starts.get(i),
					(i + 1 < starts.size()) ? starts.get(i + 1) : chapter.length()))
			.collect(Collectors.toMap(ReferenceExceptionsTests::anchor, Function.identity()));
	}

	private static String anchor(String section) {
		Matcher anchor = SECTION.matcher(section);
		assertThat(anchor.lookingAt()).isTrue();
		return anchor.group(1);
	}

	static Stream<Class<?>> exceptions() {
		ClassPathScanningCandidateComponentProvider provider = new ClassPathScanningCandidateComponentProvider(false) {

			@Override
			protected boolean isCandidateComponent(AnnotatedBeanDefinition definition) {
				return definition.getMetadata().isIndependent();
			}

		};
		provider.addIncludeFilter(new AssignableTypeFilter(Throwable.class));
		return provider.findCandidateComponents("io.transactionscope")
			.stream()
			.filter((definition) -> !String.valueOf(definition.getResourceDescription()).contains("test-classes"))
			.map(BeanDefinition::getBeanClassName)
			.<Class<?>>map((name) -> ClassUtils.resolveClassName(String.valueOf(name), null))
			.filter((type) -> Modifier.isPublic(type.getModifiers()));
	}

	@ParameterizedTest
	@MethodSource("exceptions")
	void hasASectionWithItsSuperclass(Class<?> type) {
		String name = type.getSimpleName();
		String anchor = "exceptions-" + kebab(name.replaceFirst("Exception$", ""));
		assertThat(sections).containsKey(anchor);
		assertThat(sections.get(anchor)).as(name)
			.contains("link:{javadoc}/%s.html[%s]".formatted(type.getName().replace('.', '/'), name))
			.containsPattern("extends .*`?\\b%s\\b".formatted(type.getSuperclass().getSimpleName()));
	}

	@ParameterizedTest
	@MethodSource("exceptions")
	void tellsWhatIsInIt(Class<?> type) {
		String section = sections.get("exceptions-" + kebab(type.getSimpleName().replaceFirst("Exception$", "")));
		Arrays.stream(type.getDeclaredMethods())
			.filter((method) -> Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers()))
			.forEach((method) -> assertThat(section).contains("`" + method.getName() + "()`"));
	}

	@Test
	void findsThemAll() {
		assertThat(exceptions()).hasSizeGreaterThan(10);
	}

	@Test
	void tellsWhetherTheDataIsCommitted() {
		assertThat(sections.values()).filteredOn((section) -> HEADING_OF_EXCEPTION.matcher(section).find())
			.hasSizeGreaterThan(15)
			.allSatisfy((section) -> assertThat(section).contains("Is the data committed?::", "What it means::",
					"What to do::", "Cause and suppressed::"));
	}

	/** Each has a recorded text, which {@link StartUpFailuresExampleTests} keeps true. */
	@Test
	void showsWhatEachFailureAnalyzerSays() throws IOException {
		Properties factories = PropertiesLoaderUtils
			.loadProperties(new FileSystemResource("src/main/resources/META-INF/spring.factories"));
		assertThat(factories.getProperty(FailureAnalyzer.class.getName()).split("\\s*,\\s*"))
			.extracting((name) -> name.substring(name.lastIndexOf('.') + 1))
			.containsExactlyInAnyOrder("UnsupportedBootVersionFailureAnalyzer", "InvalidAnnotatedMethodFailureAnalyzer",
					"SelfInvocationFailureAnalyzer", "PoolLintFailureAnalyzer", "PoolStartFailureAnalyzer");
		assertThat(sections).containsKeys("exceptions-start-boot", "exceptions-invalid-annotated-method",
				"exceptions-start-self-invocation", "exceptions-start-lint", "exceptions-start-database");
	}

	private static String kebab(String name) {
		return name.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
	}

}
