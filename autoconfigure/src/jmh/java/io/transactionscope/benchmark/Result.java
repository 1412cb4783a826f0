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

package io.transactionscope.benchmark;

import java.util.Collection;
import java.util.List;
import java.util.Map;

import com.jayway.jsonpath.JsonPath;

/**
 * What one benchmark has measured.
 *
 * @param benchmark its class and method, and the parameters other than the subject
 * @param subject what was measured: a peer, for example
 * @param nanos the median time of an operation
 * @param bytes what an operation allocates
 */
record Result(String benchmark, String subject, double nanos, double bytes) {

	private static final List<String> SUBJECTS = List.of("peer", "watch", "entries");

	/** One entry of JMH's JSON. */
	static Result of(Object json) {
		StringBuilder benchmark = new StringBuilder(JsonPath.<String>read(json, "benchmark").replaceFirst(".*benchmark\\.", ""));
		String subject = "";
		for (Map.Entry<String, String> parameter : JsonPath.<Map<String, String>>read(json, "params").entrySet()) {
			if (SUBJECTS.contains(parameter.getKey())) {
				subject = parameter.getValue();
			}
			else {
				benchmark.append('.').append(parameter.getValue());
			}
		}
		return new Result(benchmark.toString(), subject, median(JsonPath.read(json, "primaryMetric.rawData[*][*]")),
				JsonPath.<Number>read(json, "secondaryMetrics['gc.alloc.rate.norm'].score").doubleValue());
	}

	private static double median(Collection<Number> values) {
		double[] sorted = values.stream().mapToDouble(Number::doubleValue).sorted().toArray();
		return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
	}

}
