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
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.transactionscope.benchmark.Table.Column;
import io.transactionscope.benchmark.Table.Row;

/**
 * Writes the most of what was measured into the README, between two markers, and all of
 * it, with all peers, into a page beside the results.
 */
final class Readme {

	private static final String BEGIN = "<!-- benchmarks -->\n";

	private static final String END = "<!-- /benchmarks -->\n";

	private static final Pattern SECTION = Pattern.compile(BEGIN + ".*?" + END, Pattern.DOTALL);

	private static final List<Row> BLOCKS = List.of(new Row("empty", "EmptyBlock.empty", Figure.MULTIPLE),
			new Row("its memory", "EmptyBlock.empty", Figure.MEMORY),
			new Row("empty, on 2 threads", "ParallelBlock.twoThreads", Figure.MULTIPLE),
			new Row("empty, on 8 threads", "ParallelBlock.eightThreads", Figure.MULTIPLE),
			new Row("what joining it adds", JoinedBlock.ADDED, Figure.TIME),
			new Row("its memory", JoinedBlock.ADDED, Figure.MEMORY),
			new Row("with a savepoint", "SavepointBlock.savepoint", Figure.MULTIPLE),
			new Row("rolled back", "FailingBlock.rollback", Figure.MULTIPLE),
			new Row("updating a row, H2", "RowUpdate.update.H2", Figure.MULTIPLE),
			new Row("updating a row, PostgreSQL", "RowUpdate.update.POSTGRESQL", Figure.MULTIPLE));

	private static final Table OURS = new Table("a transaction",
			List.of(new Column(Peer.JDBC), new Column(Peer.TRANSACTION_TEMPLATE),
					new Column(Peer.CALL, Peer.TRANSACTION_TEMPLATE), new Column(Peer.TRANSACTIONAL),
					new Column(Peer.SCOPED_TRANSACTION, Peer.TRANSACTIONAL),
					new Column(Peer.TRANSACTIONAL_WITH_STARTER, Peer.TRANSACTIONAL)),
			BLOCKS);

	private static final Table ALL_PEERS = new Table("a transaction",
			Arrays.stream(Peer.values()).map(Column::new).toList(), BLOCKS);

	private static final Table POOL = new Table("borrow and return",
			List.of(new Column("HikariCP", Watch.NOBODY.name()),
					new Column("its leak detection", Watch.LEAK_DETECTION.name()),
					new Column("the ledger", Watch.LEDGER.name())),
			List.of(new Row("1 thread", "BorrowAndReturn.oneThread", Figure.TIME),
					new Row("its memory", "BorrowAndReturn.oneThread", Figure.MEMORY),
					new Row("2 threads", "BorrowAndReturn.twoThreads", Figure.SPREAD),
					new Row("8 threads", "BorrowAndReturn.eightThreads", Figure.SPREAD),
					new Row("while 10 others hold and wait", "BorrowInCrowd.borrowAndReturn.10", Figure.TIME),
					new Row("while 100 others do", "BorrowInCrowd.borrowAndReturn.100", Figure.TIME),
					new Row("while 1,000 others do", "BorrowInCrowd.borrowAndReturn.1000", Figure.TIME)));

	private static final Table LEDGER = new Table("leases and waiters",
			List.of(new Column("a snapshot", "snapshot"), new Column("a check for deadlocks", "findDeadlock")),
			List.of(new Row("10", "LedgerLook.10", Figure.TIME), new Row("100", "LedgerLook.100", Figure.TIME),
					new Row("1,000", "LedgerLook.1000", Figure.TIME)));

	private static final Table RESOURCES = new Table("resources",
			List.of(new Column("nested try-with-resources", "nested"),
					new Column("`ResourceScope`", "scope", null, "nested"),
					new Column("acquired by it", "scopeOfHeld", null, "nested")),
			List.of(new Row("1", "ResourceRelease.1", Figure.TIME), new Row("5", "ResourceRelease.5", Figure.TIME),
					new Row("50", "ResourceRelease.50", Figure.TIME),
					new Row("memory of 5", "ResourceRelease.5", Figure.MEMORY)));

	private static final Table REACTIVE = new Table("a reactive transaction",
			Arrays.stream(ReactivePeer.values())
				.map((peer) -> new Column(peer.text(), peer.name(),
						(peer != ReactivePeer.OPERATOR) ? ReactivePeer.OPERATOR.name() : null, null))
				.toList(),
			List.of(new Row("empty", "ReactiveEmptyBlock.empty", Figure.MULTIPLE),
					new Row("its memory", "ReactiveEmptyBlock.empty", Figure.MEMORY),
					new Row("updating a row, PostgreSQL", "ReactiveRowUpdate.update", Figure.MULTIPLE)));

	private static final List<Table> IN_SHORT = List.of(OURS.only("EmptyBlock.empty", "RowUpdate.update.POSTGRESQL"),
			POOL.only("BorrowAndReturn.oneThread"));

	private static final List<Table> IN_FULL = List.of(OURS, ALL_PEERS, CertainBlock.TABLE, REACTIVE, POOL,
			ReactiveBorrow.TABLE, LEDGER, RESOURCES, RemoteCalls.TABLE, Advice.TABLE, NestedBorrows.TABLE,
			Startup.TABLE);

	private Readme() {
	}

	/**
	 * Write the tables, or check that they are what the results give.
	 * @param args the README, the directory of the results, and "check" if nothing is to
	 * be written
	 */
	public static void main(String[] args) throws IOException {
		Path directory = Path.of(args[1]);
		List<Results> results = Results.in(directory);
		boolean check = args.length > 2 && args[2].equals("check");
		put(Path.of(args[0]), section(results, IN_SHORT), check);
		if (!results.isEmpty()) {
			put(directory.resolve("README.md"), section(results, IN_FULL), check);
		}
	}

	private static void put(Path page, String section, boolean check) throws IOException {
		String text = Files.exists(page) ? Files.readString(page) : BEGIN + END;
		Matcher matcher = SECTION.matcher(text);
		if (!matcher.find()) {
			throw new IllegalArgumentException("No %s in %s".formatted(BEGIN.strip(), page));
		}
		String updated = matcher.replaceFirst(Matcher.quoteReplacement(BEGIN + section + END));
		if (!check) {
			Files.writeString(page, updated);
		}
		else if (!text.equals(updated)) {
			throw new IllegalStateException(
					"%s is not what the results give: make it anew, as README.md of the benchmarks says"
						.formatted(page));
		}
	}

	private static String section(List<Results> all, List<Table> tables) {
		if (all.isEmpty()) {
			return "";
		}
		return all.stream().map((results) -> "- " + results + "\n").collect(Collectors.joining("", "\n", "\n"))
				+ tables.stream().map((table) -> table.of(all)).collect(Collectors.joining());
	}

}
