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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.jayway.jsonpath.JsonPath;
import io.transactionscope.benchmark.Table.Row;
import io.transactionscope.benchmark.Table.Unit;

/**
 * Writes what was measured into the README, between two markers.
 */
final class Readme {

	private static final String BEGIN = "<!-- benchmarks -->\n";

	private static final String END = "<!-- /benchmarks -->\n";

	private static final Table BLOCKS = new Table("block",
			peers(),
			List.of(new Row("empty, on a driver that does nothing", "EmptyBlock.oneThread", Unit.RATIO),
					new Row("its memory", "EmptyBlock.oneThread", Unit.BYTES),
					new Row("on 2 threads", "EmptyBlock.twoThreads", Unit.RATIO),
					new Row("on 8 threads", "EmptyBlock.eightThreads", Unit.RATIO),
					new Row("rolled back", "FailingBlock.rollback", Unit.RATIO),
					new Row("with a savepoint", "SavepointBlock.savepoint", Unit.RATIO),
					new Row("joining another one", "JoinedBlock.join", Unit.TIME),
					new Row("updating a row, H2", "RowUpdate.oneThread.H2", Unit.RATIO),
					new Row("on 2 threads", "RowUpdate.twoThreads.H2", Unit.RATIO),
					new Row("on 8 threads", "RowUpdate.eightThreads.H2", Unit.RATIO),
					new Row("updating a row, PostgreSQL", "RowUpdate.oneThread.POSTGRESQL", Unit.RATIO),
					new Row("on 2 threads", "RowUpdate.twoThreads.POSTGRESQL", Unit.RATIO),
					new Row("on 8 threads", "RowUpdate.eightThreads.POSTGRESQL", Unit.RATIO)));

	private static final Table POOL = new Table("borrow and return",
			columns("NOBODY", "HikariCP", "LEAK_DETECTION", "its leak detection", "STARTER", "the starter"),
			List.of(new Row("on 1 thread", "BorrowAndReturn.oneThread", Unit.TIME),
					new Row("its memory", "BorrowAndReturn.oneThread", Unit.BYTES),
					new Row("on 2 threads", "BorrowAndReturn.twoThreads", Unit.TIME),
					new Row("on 8 threads", "BorrowAndReturn.eightThreads", Unit.TIME)));

	private static final Table RESOURCES = new Table("resources", columns("1", "1", "5", "5", "50", "50"),
			List.of(new Row("nested try-with-resources", "ResourceRelease.nested", Unit.TIME),
					new Row("`ResourceScope`", "ResourceRelease.scope", Unit.TIME),
					new Row("its memory", "ResourceRelease.scope", Unit.BYTES),
					new Row("`ResourceScope`, acquiring them", "ResourceRelease.scopeOfHeld", Unit.TIME)));

	private Readme() {
	}

	/**
	 * Write the tables.
	 * @param args the README, and the directory of the results
	 */
	public static void main(String[] args) throws IOException {
		Path readme = Path.of(args[0]);
		StringBuilder sections = new StringBuilder();
		try (Stream<Path> files = Files.list(Path.of(args[1]))) {
			for (Path file : files.filter((each) -> each.toString().matches(".*benchmarks-\\d+\\.json")).sorted().toList()) {
				sections.append(section(file));
			}
		}
		String text = Files.exists(readme) ? Files.readString(readme) : BEGIN + END;
		Matcher matcher = Pattern.compile(BEGIN + ".*?" + END, Pattern.DOTALL).matcher(text);
		if (!matcher.find()) {
			throw new IllegalArgumentException("No %s in %s".formatted(BEGIN.strip(), readme));
		}
		Files.writeString(readme, matcher.replaceFirst(Matcher.quoteReplacement(BEGIN + sections + END)));
	}

	private static String section(Path file) throws IOException {
		List<Object> json = JsonPath.parse(Files.readString(file)).read("$");
		List<Result> results = json.stream().map(Result::of).toList();
		Object first = json.get(0);
		LocalDate date = LocalDate.ofInstant(Files.getLastModifiedTime(file).toInstant(), ZoneOffset.UTC);
		Path load = file.resolveSibling(file.getFileName().toString().replaceFirst("benchmarks-(\\d+)\\.json", "load-$1.md"));
		return "\n**JDK %s**, %s, %d cores, %s\n\n".formatted(JsonPath.<String>read(first, "jdkVersion"), processor(),
				Runtime.getRuntime().availableProcessors(), date) + BLOCKS.of(results) + POOL.of(results)
				+ RESOURCES.of(results) + (Files.exists(load) ? Files.readString(load) : "");
	}

	private static String processor() throws IOException {
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

	private static Map<String, String> peers() {
		Map<String, String> peers = new LinkedHashMap<>();
		for (Peer peer : Peer.values()) {
			peers.put(peer.name(), peer.text());
		}
		return peers;
	}

	private static Map<String, String> columns(String... subjectsAndHeadings) {
		Map<String, String> columns = new LinkedHashMap<>();
		for (int i = 0; i < subjectsAndHeadings.length; i += 2) {
			columns.put(subjectsAndHeadings[i], subjectsAndHeadings[i + 1]);
		}
		return columns;
	}

}
