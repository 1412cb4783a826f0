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
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;

/**
 * What one benchmark or experiment has measured.
 *
 * @param benchmark its class and method, and the parameters other than the subject
 * @param subject what was measured: a peer, for example
 * @param figures the numbers, by name
 */
record Result(String benchmark, String subject, Map<String, Double> figures) {

	/** The median time of an operation. */
	static final String NANOS = "nanos";

	/** The median time of the fastest round. */
	static final String LOWEST = "lowestFork";

	/** The median time of the slowest round. */
	static final String HIGHEST = "highestFork";

	/** What the median times of all rounds begin with, which have a fork each. */
	private static final String ROUND = "round";

	/** What an operation allocates. */
	static final String BYTES = "bytes";

	/** The parameters that say what is measured. */
	static final List<String> SUBJECTS = List.of("peer", "watch", "subject");

	/**
	 * What JMH has measured, each benchmark in one run or several.
	 */
	static List<Result> of(Collection<RunResult> runs) {
		Map<Result, List<RunResult>> same = runs.stream()
			.collect(Collectors.groupingBy(Result::named, LinkedHashMap::new, Collectors.toList()));
		return same.entrySet()
			.stream()
			.map((each) -> new Result(each.getKey().benchmark, each.getKey().subject, figures(each.getValue())))
			.toList();
	}

	/**
	 * What was measured, without any figures. Its subject is the parameter that says so,
	 * or else the method.
	 */
	private static Result named(RunResult run) {
		BenchmarkParams benchmark = run.getParams();
		String[] names = benchmark.getBenchmark().split("\\.", -1);
		String type = names[names.length - 2];
		String method = names[names.length - 1];
		String subject = SUBJECTS.stream().map(benchmark::getParam).filter(Objects::nonNull).findFirst().orElse(null);
		Stream<String> parameters = benchmark.getParamsKeys()
			.stream()
			.filter((name) -> !SUBJECTS.contains(name))
			.map(benchmark::getParam);
		String name = (subject != null) ? type + "." + method : type;
		return new Result(Stream.concat(Stream.of(name), parameters).collect(Collectors.joining(".")),
				(subject != null) ? subject : method, Map.of());
	}

	private static Map<String, Double> figures(List<RunResult> runs) {
		List<List<Double>> forks = runs.stream()
			.flatMap((run) -> run.getBenchmarkResults().stream())
			.map((fork) -> fork.getIterationResults()
				.stream()
				.map((iteration) -> iteration.getPrimaryResult().getScore())
				.toList())
			.toList();
		Map<String, Double> figures = new LinkedHashMap<>();
		figures.put(NANOS, median(forks.stream().flatMap(List::stream).toList()));
		List<Double> rounds = forks.stream().map(Result::median).toList();
		figures.put(LOWEST, Collections.min(rounds));
		figures.put(HIGHEST, Collections.max(rounds));
		for (int i = 0; i < rounds.size(); i++) {
			figures.put(ROUND + (i + 1), rounds.get(i));
		}
		figures.put(BYTES, median(runs.stream().map(Result::allocated).toList()));
		return figures;
	}

	private static double allocated(RunResult run) {
		return Objects.requireNonNull(run.getSecondaryResults().get("gc.alloc.rate.norm")).getScore();
	}

	static @Nullable Result find(List<Result> results, String benchmark, @Nullable String subject) {
		return results.stream()
			.filter((result) -> result.benchmark.equals(benchmark) && result.subject.equals(subject))
			.findFirst()
			.orElse(null);
	}

	double figure(String name) {
		Double figure = this.figures.get(name);
		if (figure == null) {
			throw new IllegalArgumentException("No %s of %s, %s".formatted(name, this.benchmark, this.subject));
		}
		return figure;
	}

	/**
	 * Its time as a multiple of another one's, in the middle one of the rounds: a machine
	 * that is slower for a while is so for both. Of results without rounds, which older
	 * builds have left, that of their medians.
	 */
	double multipleOf(Result other) {
		List<Double> multiples = this.figures.keySet()
			.stream()
			.filter((name) -> name.startsWith(ROUND))
			.map((name) -> figure(name) / other.figure(name))
			.toList();
		return multiples.isEmpty() ? figure(NANOS) / other.figure(NANOS) : median(multiples);
	}

	static double median(List<Double> values) {
		double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
		return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
	}

}
