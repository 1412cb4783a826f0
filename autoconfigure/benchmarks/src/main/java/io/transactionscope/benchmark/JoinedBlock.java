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

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * A transaction that some blocks join, one after the other.
 */
@SuppressWarnings("NullAway.Init") // JMH sets the parameters
public class JoinedBlock extends PeerBenchmark {

	/** What the results call that which one of them adds to an empty block. */
	static final String ADDED = "JoinedBlock.added";

	@Param({ "JDBC", "TRANSACTION_TEMPLATE", "TRANSACTIONAL", "CALL", "SCOPED_TRANSACTION",
			"TRANSACTIONAL_WITH_STARTER" })
	public Peer peer;

	@Override
	Peer peer() {
		return this.peer;
	}

	@Benchmark
	public int join() {
		return blocks().joined();
	}

	/** The same without them, at the same time. */
	@Benchmark
	public int alone() {
		return blocks().empty();
	}

	/** What one of the blocks adds. */
	static List<Result> added(List<Result> measured) {
		return Stream.of(Peer.values()).map(Peer::name).flatMap((peer) -> {
			Result joined = Result.find(measured, "JoinedBlock.join", peer);
			Result empty = Result.find(measured, "JoinedBlock.alone", peer);
			return (joined != null && empty != null) ? Stream.of(added(peer, joined, empty)) : Stream.empty();
		}).toList();
	}

	private static Result added(String peer, Result joined, Result empty) {
		Map<String, Double> figures = new LinkedHashMap<>();
		joined.figures().forEach((name, figure) -> figures.put(name, (figure - empty.figure(name)) / Blocks.JOINED));
		// These may be of different rounds.
		figures.keySet().removeAll(List.of(Result.LOWEST, Result.HIGHEST));
		return new Result(ADDED, peer, figures);
	}

}
