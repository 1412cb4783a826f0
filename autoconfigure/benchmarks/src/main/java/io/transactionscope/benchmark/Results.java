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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.json.JsonWriter;

/**
 * What was measured with one JDK, as it is kept in a file.
 *
 * @param machine what it was measured on
 * @param date when
 * @param all what was measured
 */
record Results(Machine machine, LocalDate date, List<Result> all) {

	private static final Comparator<Results> OLDEST_JDK_FIRST = Comparator
		.comparing((results) -> results.machine.feature());

	/**
	 * Add what was measured on this machine, just now, with this JDK. It replaces what
	 * was known of the same benchmarks as a whole, because only what ran side by side can
	 * be compared; all of it, if that was measured elsewhere.
	 */
	static void merge(Path directory, List<Result> measured) throws IOException {
		Machine machine = Machine.current();
		Path file = directory.resolve(machine.feature() + ".json");
		Set<String> replaced = measured.stream().map(Result::benchmark).collect(Collectors.toSet());
		List<Result> all = new ArrayList<>();
		if (Files.exists(file)) {
			Results known = read(file);
			if (known.machine.equals(machine)) {
				known.all.stream().filter((result) -> !replaced.contains(result.benchmark())).forEach(all::add);
			}
		}
		all.addAll(measured);
		all.sort(Comparator.comparing(Result::benchmark));
		Files.createDirectories(directory);
		Files.writeString(file, new Results(machine, LocalDate.now(ZoneOffset.UTC), all).toJson());
	}

	/** All that is kept in a directory. */
	static List<Results> in(Path directory) throws IOException {
		if (!Files.exists(directory)) {
			return List.of();
		}
		try (Stream<Path> files = Files.list(directory)) {
			return files.filter((file) -> file.toString().endsWith(".json"))
				.map(Results::read)
				.sorted(OLDEST_JDK_FIRST)
				.toList();
		}
	}

	/** What the reader calls the JDK. */
	String jdk() {
		return String.valueOf(this.machine.feature());
	}

	@Nullable Result find(String benchmark, @Nullable String subject) {
		return Result.find(this.all, benchmark, subject);
	}

	private static Results read(Path file) {
		try {
			DocumentContext json = JsonPath.parse(Files.readString(file));
			Machine machine = new Machine(json.read("jdk"), json.read("processor"), json.read("cores"),
					json.read("system"));
			List<Result> all = new ArrayList<>();
			for (Map<String, Object> result : json.<List<Map<String, Object>>>read("results")) {
				Map<String, Double> figures = new LinkedHashMap<>();
				JsonPath.<Map<String, Number>>read(result, "figures")
					.forEach((name, figure) -> figures.put(name, figure.doubleValue()));
				all.add(new Result(JsonPath.read(result, "benchmark"), JsonPath.read(result, "subject"), figures));
			}
			return new Results(machine, LocalDate.parse(json.read("date")), all);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public String toString() {
		return this.machine + ", " + this.date;
	}

	/** With a line for each result, so that one sees what has changed. */
	private String toJson() {
		JsonWriter<Object> writer = JsonWriter.standard();
		JsonWriter<Result> line = JsonWriter.of((members) -> {
			members.add("benchmark", Result::benchmark);
			members.add("subject", Result::subject);
			members.add("figures", Result::figures).as(Results::rounded);
		});
		return """
				{
				"jdk": %s,
				"processor": %s,
				"cores": %d,
				"system": %s,
				"date": %s,
				"results": [
				%s
				]
				}
				""".formatted(writer.writeToString(this.machine.jdk()), writer.writeToString(this.machine.processor()),
				this.machine.cores(), writer.writeToString(this.machine.system()),
				writer.writeToString(this.date.toString()),
				this.all.stream().map(line::writeToString).collect(Collectors.joining(",\n")));
	}

	private static Map<String, Double> rounded(Map<String, Double> figures) {
		Map<String, Double> rounded = new LinkedHashMap<>();
		figures.forEach((name, figure) -> rounded.put(name, Math.round(figure * 100) / 100.0));
		return rounded;
	}

	/**
	 * What something is measured on.
	 *
	 * @param jdk the version of its JDK
	 * @param processor the model of its processor
	 * @param cores how many cores it has
	 * @param system its operating system
	 */
	record Machine(String jdk, String processor, int cores, String system) {

		static Machine current() throws IOException {
			String release = System.getProperty("os.version").replaceFirst("^(\\d+\\.\\d+).*", "$1");
			return new Machine(Runtime.version().toString(), model(), Runtime.getRuntime().availableProcessors(),
					System.getProperty("os.name") + " " + release);
		}

		private static String model() throws IOException {
			Path information = Path.of("/proc/cpuinfo");
			String architecture = System.getProperty("os.arch");
			if (!Files.exists(information)) {
				return architecture;
			}
			return Files.readAllLines(information)
				.stream()
				.filter((line) -> line.startsWith("model name"))
				.map((line) -> line.replaceFirst(".*: ", ""))
				.findFirst()
				.orElse(architecture);
		}

		int feature() {
			return Runtime.Version.parse(this.jdk).feature();
		}

		@Override
		public String toString() {
			String version = this.jdk.replaceFirst("[+-].*", "");
			return "JDK %s, %s, %d cores, %s".formatted(version, this.processor, this.cores, this.system);
		}

	}

}
