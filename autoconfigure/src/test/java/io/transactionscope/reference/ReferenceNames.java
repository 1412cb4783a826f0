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
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.docs.MeterDocumentation;
import io.micrometer.observation.docs.ObservationDocumentation;
import io.transactionscope.metrics.PoolMeterDocumentation;
import io.transactionscope.metrics.SuppressionMeterDocumentation;
import io.transactionscope.observation.DefaultScopeRetryObservationConvention;
import io.transactionscope.observation.ScopeObservationDocumentation;
import io.transactionscope.reference.Line.Kind;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;

import org.springframework.boot.json.JsonParserFactory;
import org.springframework.util.StreamUtils;

/**
 * The configuration keys and the meters that the reference speaks of.
 */
final class ReferenceNames {

	private static final Pattern KEY = Pattern
		.compile("(?<![\\w/${-])(?:-D)?(transaction-scope\\.[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*)(\\.?\\*)?");

	private static final Pattern METER = Pattern.compile("(?<!\\w)(transaction[._]scope(?:[._][a-z0-9]+)*)([._]?\\*)?");

	private static final Pattern PROMETHEUS = Pattern
		.compile("\\.(seconds|total|sum|count|max|bucket)(\\.(sum|count|max|bucket))?$");

	private static final Set<String> KEYS = read("properties");

	private static final Set<String> GROUPS = read("groups");

	private final Reference reference;

	ReferenceNames(Reference reference) {
		this.reference = reference;
	}

	/**
	 * Return the keys of the library that there are not.
	 */
	List<String> unknownKeys() {
		List<String> findings = new ArrayList<>(
				this.reference.findings(KEY, (line, key) -> wrongWithKey(key), Kind.TEXT, Kind.CODE));
		yaml().flatMap(ReferenceNames::flatten)
			.filter((key) -> key.startsWith("transaction-scope.") && !KEYS.contains(key))
			.forEach(findings::add);
		return findings;
	}

	private static @Nullable String wrongWithKey(MatchResult key) {
		String name = key.group(1);
		boolean right = KEYS.contains(name) || GROUPS.contains(name) || (key.group(2) != null && isPrefix(name, KEYS))
				|| isOfTheBuild(key.group());
		return right ? null : key.group();
	}

	/**
	 * What tests are told, by a command that the build's files have, too, or to record.
	 */
	private static boolean isOfTheBuild(String name) {
		try {
			return name.equals("-D" + RecordedText.PROPERTY)
					|| (name.startsWith("-D") && Files.readString(Path.of("pom.xml")).contains(name));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean isPrefix(String name, Set<String> known) {
		return known.stream().anyMatch((each) -> each.startsWith(name));
	}

	/**
	 * Return the keys that there are, those of Boot and others not among them.
	 */
	static Set<String> keys() {
		return Set.copyOf(KEYS);
	}

	private static Set<String> read(String what) {
		try {
			return Collections
				.list(ReferenceNames.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))
				.stream()
				.flatMap((metadata) -> namesIn(metadata, what))
				.filter((name) -> name.startsWith("transaction-scope."))
				.collect(Collectors.toCollection(TreeSet::new));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Stream<String> namesIn(URL metadata, String what) {
		try (var content = metadata.openStream()) {
			Map<String, Object> parsed = JsonParserFactory.getJsonParser()
				.parseMap(StreamUtils.copyToString(content, StandardCharsets.UTF_8));
			return ((List<?>) parsed.getOrDefault(what, List.of())).stream()
				.map((property) -> (String) Objects.requireNonNull(((Map<?, ?>) property).get("name")));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private Stream<Object> yaml() {
		List<Object> documents = new ArrayList<>();
		StringBuilder block = new StringBuilder();
		this.reference.lines(Kind.TEXT, Kind.CODE).forEach((line) -> {
			if (line.kind() == Kind.CODE && line.language().startsWith("y")) {
				block.append(line.text()).append('\n');
			}
			else if (!block.isEmpty()) {
				parse(block.toString(), documents);
				block.setLength(0);
			}
		});
		parse(block.toString(), documents);
		return documents.stream();
	}

	private static void parse(String block, List<Object> documents) {
		try {
			new Yaml().loadAll(block).forEach(documents::add);
		}
		catch (YAMLException ex) {
			documents.add(Map.of("transaction-scope.", Map.of(String.valueOf(ex.getMessage()), "")));
		}
	}

	private static Stream<String> flatten(@Nullable Object node) {
		if (!(node instanceof Map<?, ?> map)) {
			return Stream.empty();
		}
		return map.entrySet().stream().flatMap((entry) -> {
			String key = String.valueOf(entry.getKey());
			return (entry.getValue() instanceof Map<?, ?> below) ? flatten(below).map((rest) -> key + "." + rest)
					: Stream.of(key);
		});
	}

	/**
	 * Return the meters of the library that there are not.
	 */
	List<String> unknownMeters() {
		Set<String> known = meters().collect(Collectors.toCollection(TreeSet::new));
		known.addAll(observed().toList());
		return this.reference.findings(METER, (line, meter) -> {
			String name = PROMETHEUS.matcher(meter.group(1).replace('_', '.')).replaceFirst("");
			boolean property = meter.start() > 0 && line.text().charAt(meter.start() - 1) == '.';
			boolean right = known.contains(name) || ((property || meter.group(2) != null) && isPrefix(name, known));
			return right ? null : meter.group();
		}, Kind.TEXT, Kind.CODE);
	}

	/**
	 * Return the names of the meters.
	 */
	static Stream<String> meters() {
		Stream<MeterDocumentation> all = Stream.concat(Arrays.stream(PoolMeterDocumentation.values()),
				Arrays.stream(SuppressionMeterDocumentation.values()));
		return all.map(MeterDocumentation::getName);
	}

	/** The names of observations, of what counts those under way, and of their keys. */
	private static Stream<String> observed() {
		return Arrays.stream(ScopeObservationDocumentation.values()).flatMap((observation) -> {
			String name = (observation != ScopeObservationDocumentation.RETRY) ? observation.getPrefix()
					: new DefaultScopeRetryObservationConvention().getName();
			Stream<String> events = Arrays.stream(observation.getEvents()).map((event) -> name + "." + event.getName());
			return Stream.concat(Stream.concat(Stream.of(name, name + ".active"), events), keyNames(observation));
		});
	}

	private static Stream<String> keyNames(ObservationDocumentation observation) {
		return Stream.of(observation.getLowCardinalityKeyNames(), observation.getHighCardinalityKeyNames())
			.flatMap(Arrays::stream)
			.map(KeyName::asString);
	}

}
