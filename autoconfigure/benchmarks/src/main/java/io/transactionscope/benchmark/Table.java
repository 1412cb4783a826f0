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

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Results as Markdown, with a line for each row and JDK.
 *
 * @param corner what stands above the rows
 * @param columns the columns
 * @param rows the rows
 */
record Table(String corner, List<Column> columns, List<Row> rows) {

	/** The same table with the rows of some benchmarks only. */
	Table only(String... benchmarks) {
		List<String> wanted = List.of(benchmarks);
		return new Table(this.corner, this.columns,
				this.rows.stream().filter((row) -> wanted.contains(row.benchmark)).toList());
	}

	/** The table, or nothing if there is no result for it. */
	String of(List<Results> all) {
		String lines = this.rows.stream().map((row) -> lines(row, all)).collect(Collectors.joining());
		return lines.isEmpty() ? "" : line(this.corner, "JDK", this.columns.stream().map(Column::heading))
				+ line("---", "---", this.columns.stream().map((column) -> "---:")) + lines + "\n";
	}

	private String lines(Row row, List<Results> all) {
		StringBuilder lines = new StringBuilder();
		for (Results results : all) {
			List<String> cells = this.columns.stream().map((column) -> cell(row, column, results)).toList();
			if (cells.stream().anyMatch((cell) -> !cell.isEmpty())) {
				lines.append(line(lines.isEmpty() ? row.heading : "", results.jdk(), cells.stream()));
			}
		}
		return lines.toString();
	}

	private static String cell(Row row, Column column, Results results) {
		Result result = results.find(row.benchmark, column.subject);
		if (result == null) {
			return "";
		}
		Figure figure = row.figure;
		Result base = (figure == Figure.MULTIPLE) ? results.find(row.benchmark, column.base) : null;
		String text = (base != null) ? figure.ratio(result, base) : figure.text(result);
		Result peer = results.find(row.benchmark, column.peer);
		return (peer != null && figure.value(peer) > 0) ? text + " (" + figure.ratio(result, peer) + ")" : text;
	}

	private static String line(String heading, String jdk, Stream<String> cells) {
		return cells.collect(Collectors.joining(" | ", "| " + heading + " | " + jdk + " | ", " |\n"));
	}

	/**
	 * A column.
	 *
	 * @param heading what the reader calls it
	 * @param subject what the results call it
	 * @param base the subject of which it tells multiples, if any
	 * @param peer the subject that it is compared to in parentheses, if any
	 */
	record Column(String heading, String subject, @Nullable String base, @Nullable String peer) {

		Column(String heading, String subject) {
			this(heading, subject, null, null);
		}

		Column(Peer subject) {
			this(subject, null);
		}

		Column(Peer subject, @Nullable Peer peer) {
			this(subject.text(), subject.name(), (subject != Peer.JDBC) ? Peer.JDBC.name() : null,
					(peer != null) ? peer.name() : null);
		}

	}

	/**
	 * A row.
	 *
	 * @param heading what the reader calls it
	 * @param benchmark what the results call it
	 * @param figure what its cells tell
	 */
	record Row(String heading, String benchmark, Figure figure) {

	}

}
