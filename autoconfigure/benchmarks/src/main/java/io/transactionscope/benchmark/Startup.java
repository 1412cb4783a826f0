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

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.transactionscope.TransactionScope;
import io.transactionscope.benchmark.Table.Column;
import io.transactionscope.benchmark.Table.Row;

/**
 * The start of a minimal application in a JVM of its own, which has Boot's starter for
 * JDBC and H2 on its class path, and ours, or not.
 */
final class Startup {

	private static final String BENCHMARK = "Startup";

	private static final String WITHOUT = "WITHOUT";

	private static final String WITH = "WITH";

	private static final Pattern BOOTS = Pattern
		.compile("(spring-boot(|-autoconfigure|-jdbc|-persistence|-sql|-transaction)"
				+ "|spring-(aop|beans|context|core|expression|jdbc|tx)|micrometer-(commons|observation)"
				+ "|HikariCP|h2|jspecify|snakeyaml|jakarta\\.annotation-api|commons-logging"
				+ "|logback-(classic|core)|(slf4j|log4j)-api|(log4j|jul)-to-slf4j)-\\d.*\\.jar");

	static final Table TABLE = new Table("a minimal application",
			List.of(new Column("without the starter", WITHOUT), new Column("with it", WITH)),
			List.of(new Row("ready after", BENCHMARK, Figure.READY), new Row("heap after GC", BENCHMARK, Figure.HEAP),
					new Row("classes", BENCHMARK, Figure.CLASSES)));

	private Startup() {
	}

	static List<Result> measureAll(int starts) throws Exception {
		List<double[]> without = new ArrayList<>();
		List<double[]> with = new ArrayList<>();
		for (int i = 0; i < starts; i++) {
			without.add(start(classPath(Startup::isBoots)));
			with.add(start(classPath((entry) -> isBoots(entry) || isOurs(entry))));
		}
		return List.of(median(WITHOUT, without), median(WITH, with));
	}

	private static String classPath(Predicate<Path> wanted) {
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> wanted.test(Path.of(entry).toAbsolutePath()))
			.collect(Collectors.joining(File.pathSeparator));
	}

	private static boolean isBoots(Path entry) {
		return entry.equals(home(MinimalApplication.class)) || BOOTS.matcher(entry.getFileName().toString()).matches();
	}

	private static boolean isOurs(Path entry) {
		return entry.equals(home(TransactionScope.class));
	}

	/** Where a class is from. */
	private static Path home(Class<?> type) {
		return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()));
	}

	private static double[] start(String classPath) throws IOException, InterruptedException {
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		Process process = new ProcessBuilder(java, "-cp", classPath, MinimalApplication.class.getName())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		if (process.waitFor() != 0) {
			throw new IllegalStateException(output);
		}
		// The application logs to the same stream.
		String line = output.lines()
			.filter((each) -> each.startsWith(MinimalApplication.STARTED))
			.findFirst()
			.orElseThrow();
		return Arrays.stream(line.substring(MinimalApplication.STARTED.length()).split(" ", -1))
			.mapToDouble(Double::parseDouble)
			.toArray();
	}

	private static Result median(String subject, List<double[]> starts) {
		return new Result(BENCHMARK, subject, Map.of(Figure.READY.key(), median(starts, 0), Figure.HEAP.key(),
				median(starts, 1), Figure.CLASSES.key(), median(starts, 2)));
	}

	private static double median(List<double[]> starts, int column) {
		return Result.median(starts.stream().map((start) -> start[column]).toList());
	}

}
