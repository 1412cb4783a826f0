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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a service under load gets to feel, in a few seconds each.
 */
final class LoadExperiments {

	private LoadExperiments() {
	}

	/**
	 * Run the experiments.
	 * @param args where to write the tables, and how long one experiment lasts
	 */
	public static void main(String[] args) throws Exception {
		Duration duration = Duration.parse(args[1]);
		String tables = RemoteCalls.measure(duration) + NestedBorrows.measure(duration) + Startup.measure();
		Files.writeString(Path.of(args[0]), tables);
	}

}
