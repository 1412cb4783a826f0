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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a service under load gets to feel, in a few seconds each.
 */
final class LoadExperiments {

	private LoadExperiments() {
	}

	/**
	 * Run the experiments.
	 * @param args the directory of the results, how long one experiment lasts, and how
	 * often an application is started
	 */
	public static void main(String[] args) throws Exception {
		Duration duration = Duration.parse(args[1]);
		List<Result> results = new ArrayList<>(RemoteCalls.measureAll(duration));
		for (Advice advice : Advice.values()) {
			results.addAll(advice.judge(results));
		}
		results.addAll(NestedBorrows.measureAll(duration.multipliedBy(2)));
		results.addAll(Startup.measureAll(Integer.parseInt(args[2])));
		Results.merge(Path.of(args[0]), results);
	}

}
