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

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Prometheus gets from the service, and adds to it.
 */
final class Scrape {

	private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? \\S+");

	private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"([^\"]*)\"");

	/** The labels of the target. */
	private static final Set<String> OF_TARGET = Set.of("job", "instance");

	/** The values of each label of each meter. */
	private final Map<String, Map<String, Set<String>>> meters = new HashMap<>();

	Scrape(String text) {
		text.lines().filter((line) -> !line.startsWith("#")).forEach(this::add);
	}

	private void add(String line) {
		Matcher sample = SAMPLE.matcher(line);
		if (!sample.matches()) {
			throw new IllegalArgumentException("No sample: " + line);
		}
		Map<String, Set<String>> labels = this.meters.computeIfAbsent(sample.group(1), (name) -> new HashMap<>());
		if (sample.group(2) != null) {
			LABEL.matcher(sample.group(2))
				.results()
				.forEach((label) -> labels.computeIfAbsent(label.group(1), (name) -> new HashSet<>())
					.add(label.group(2)));
		}
	}

	boolean has(String meter) {
		return this.meters.containsKey(meter);
	}

	boolean has(String meter, String label) {
		return OF_TARGET.contains(label) || values(meter).containsKey(label);
	}

	boolean has(String meter, String label, String value) {
		return values(meter).getOrDefault(label, Set.of()).contains(value);
	}

	private Map<String, Set<String>> values(String meter) {
		return this.meters.getOrDefault(meter, Map.of());
	}

}
