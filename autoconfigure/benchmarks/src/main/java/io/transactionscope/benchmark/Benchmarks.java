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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What a block costs, measured by JMH.
 */
final class Benchmarks {

	private static final int FORKS = 3;

	private Benchmarks() {
	}

	/**
	 * Run the benchmarks.
	 * @param args the directory of the results, and JMH's own options
	 */
	public static void main(String[] args) throws Exception {
		CommandLineOptions asked = new CommandLineOptions(Arrays.copyOfRange(args, 1, args.length));
		int forks = asked.getForkCount().orElse(FORKS);
		Options round = new OptionsBuilder().parent(asked)
			.forks(Math.min(forks, 1))
			.addProfiler(GCProfiler.class)
			.shouldFailOnError(true)
			.build();
		// JMH runs all forks of a peer before the next one's. In rounds, a machine that
		// is slower for a while is so for all of them.
		List<RunResult> runs = new ArrayList<>();
		for (int i = 0; i < Math.max(forks, 1); i++) {
			runs.addAll(new Runner(round).run());
		}
		List<Result> results = new ArrayList<>(Result.of(runs));
		results.addAll(JoinedBlock.added(results));
		Results.merge(Path.of(args[0]), results);
	}

}
