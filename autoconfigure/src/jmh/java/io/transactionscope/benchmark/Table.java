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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Results as Markdown.
 *
 * @param corner what stands above the rows
 * @param columns the headings by subject; the others are compared to the first one
 * @param rows the rows
 */
record Table(String corner, Map<String, String> columns, List<Row> rows) {

	/** The table, or nothing if there is no result for it. */
	String of(List<Result> results) {
		String body = this.rows.stream()
			.map((row) -> line(row.heading, cells(row, results)))
			.filter((line) -> line.chars().anyMatch(Character::isDigit))
			.collect(Collectors.joining());
		return body.isEmpty() ? ""
				: line(this.corner, this.columns.values().stream())
						+ line("---", this.columns.values().stream().map((heading) -> "---:")) + body + "\n";
	}

	private Stream<String> cells(Row row, List<Result> results) {
		Function<String, Optional<Result>> find = (subject) -> results.stream()
			.filter((result) -> result.benchmark().equals(row.benchmark) && result.subject().equals(subject))
			.findFirst();
		Optional<Result> first = find.apply(this.columns.keySet().iterator().next());
		return this.columns.keySet()
			.stream()
			.map((subject) -> find.apply(subject)
				.map((result) -> row.unit.cell(result, first.orElse(result)))
				.orElse(""));
	}

	private static String line(String heading, Stream<String> cells) {
		return cells.collect(Collectors.joining(" | ", "| " + heading + " | ", " |\n"));
	}

	/**
	 * A row.
	 *
	 * @param heading what the reader calls it
	 * @param benchmark what the results call it
	 * @param unit what its cells tell
	 */
	record Row(String heading, String benchmark, Unit unit) {
	}

	/**
	 * What a cell tells.
	 */
	enum Unit {

		/** The first as a time, the others as multiples of it. */
		RATIO {

			@Override
			String cell(Result result, Result first) {
				return result.equals(first) ? time(result.nanos()) : format("%.2f", result.nanos() / first.nanos());
			}

		},

		TIME {

			@Override
			String cell(Result result, Result first) {
				return time(result.nanos());
			}

		},

		BYTES {

			@Override
			String cell(Result result, Result first) {
				return format("%.0f B", result.bytes());
			}

		};

		abstract String cell(Result result, Result first);

		private static String time(double nanos) {
			return (nanos < 10_000) ? format("%.0f ns", nanos) : format("%.1f µs", nanos / 1_000);
		}

		private static String format(String format, double number) {
			return format.formatted(Locale.ROOT, number);
		}

	}

}
