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

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What a block costs, measured by JMH: each subject of a benchmark in a fork of its own,
 * and all of them at once, which take {@linkplain Turns turns}.
 */
final class Benchmarks {

	private static final int ROUNDS = 3;

	/** Of each fork, as there are many at once. */
	private static final String HEAP = "-Xmx512m";

	private Benchmarks() {
	}

	/**
	 * Run the benchmarks.
	 * @param args the directory of the results, and JMH's own options
	 */
	public static void main(String[] args) throws Exception {
		CommandLineOptions asked = new CommandLineOptions(Arrays.copyOfRange(args, 1, args.length));
		int rounds = asked.getForkCount().orElse(ROUNDS);
		Path directory = Path.of(args[0]);
		List<RunResult> runs = new ArrayList<>();
		if (rounds == 0) {
			runs.addAll(new Runner(measured(asked).forks(0).addProfiler(GCProfiler.class).build()).run());
			write(runs, directory);
		}
		// JMH runs one fork after the other, and lets no other run of it go on beside.
		System.setProperty("jmh.ignoreLock", "true");
		for (int i = 1; i <= rounds; i++) {
			for (List<Options> each : sideBySide(asked)) {
				List<RunResult> together = run(each);
				Result.of(together).forEach(System.out::println);
				runs.addAll(together);
			}
			// A round takes a third of an hour: who stops after it keeps it.
			write(runs, directory);
		}
	}

	private static void write(List<RunResult> runs, Path directory) throws IOException {
		List<Result> results = new ArrayList<>(Result.of(runs));
		results.addAll(JoinedBlock.added(results));
		Results.merge(directory, results);
	}

	private static ChainedOptionsBuilder measured(Options asked) {
		return new OptionsBuilder().parent(asked).shouldFailOnError(true);
	}

	/**
	 * Return what there is to be measured, by its class: each method and subject apart.
	 */
	private static Collection<List<Options>> sideBySide(CommandLineOptions asked) {
		Map<String, List<Options>> groups = new LinkedHashMap<>();
		for (BenchmarkListEntry entry : BenchmarkList.defaultList()
			.find(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), asked.getIncludes(),
					asked.getExcludes())) {
			Map<String, String[]> parameters = entry.getParams().orElse(Map.of());
			String subject = Result.SUBJECTS.stream().filter(parameters::containsKey).findFirst().orElse("");
			Collection<String> values = parameters.containsKey(subject)
					? asked.getParameter(subject).orElse(List.of(parameters.get(subject))) : Collections.singleton("");
			for (String value : values) {
				ChainedOptionsBuilder options = measured(asked)
					.exclude("^(?!%s$).*".formatted(Pattern.quote(entry.getUsername())))
					.verbosity(VerboseMode.SILENT)
					.forks(1);
				groups.computeIfAbsent(entry.getUserClassQName(), (name) -> new ArrayList<>())
					.add(subject.isEmpty() ? options.build() : options.param(subject, value).build());
			}
		}
		return groups.values();
	}

	private static List<RunResult> run(List<Options> sideBySide) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(sideBySide.size());
		try (Turns turns = new Turns()) {
			List<Callable<Collection<RunResult>>> tasks = new ArrayList<>();
			for (Options each : sideBySide) {
				Options options = new OptionsBuilder().parent(each)
					.addProfiler(Turn.class)
					.addProfiler(GCProfiler.class)
					.jvmArgsAppend(HEAP, turns.argument())
					.build();
				tasks.add(new Runner(options)::run);
			}
			List<RunResult> runs = new ArrayList<>();
			for (Future<Collection<RunResult>> each : threads.invokeAll(tasks)) {
				runs.addAll(each.get());
			}
			return runs;
		}
		finally {
			threads.shutdownNow();
		}
	}

}
