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
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.List;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * The start of a minimal application, in a JVM of its own.
 */
final class Startup {

	private static final int STARTS = 5;

	private static final String RESULT = "Started: ";

	private Startup() {
	}

	static String measure() throws Exception {
		List<double[]> without = new ArrayList<>();
		List<double[]> with = new ArrayList<>();
		for (int i = 0; i < STARTS; i++) {
			without.add(start(false));
			with.add(start(true));
		}
		return """
				| a minimal application | ready after | heap | classes |
				| --- | ---: | ---: | ---: |
				""" + row("without the starter", without) + row("with it", with) + "\n";
	}

	private static double[] start(boolean starter) throws IOException, InterruptedException {
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		Process process = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"),
				Startup.class.getName(), String.valueOf(starter))
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		if (process.waitFor() != 0) {
			throw new IllegalStateException(output);
		}
		// The application logs to the same stream.
		String line = output.lines().filter((each) -> each.startsWith(RESULT)).findFirst().orElseThrow();
		return Arrays.stream(line.substring(RESULT.length()).split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
	}

	private static String row(String heading, List<double[]> starts) {
		return "| %s | %.0f ms | %.1f MiB | %.0f |%n".formatted(heading, median(starts, 0), median(starts, 1) / (1 << 20),
				median(starts, 2));
	}

	private static double median(List<double[]> starts, int column) {
		return starts.stream().mapToDouble((start) -> start[column]).sorted().skip(STARTS / 2).findFirst().orElseThrow();
	}

	/**
	 * Start the application, and print what that took.
	 * @param args whether it has the starter
	 */
	public static void main(String[] args) {
		ConfigurableApplicationContext application = Application.start(Database.STUB, Boolean.parseBoolean(args[0]));
		long ready = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
		System.gc();
		long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
		int classes = ManagementFactory.getClassLoadingMXBean().getLoadedClassCount();
		System.out.println(RESULT + ready + " " + heap + " " + classes);
		application.close();
	}

}
