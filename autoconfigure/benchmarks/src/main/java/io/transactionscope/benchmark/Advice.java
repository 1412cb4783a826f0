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

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import io.transactionscope.benchmark.RemoteCalls.Fetch;
import io.transactionscope.benchmark.RemoteCalls.Place;
import io.transactionscope.benchmark.Table.Column;
import io.transactionscope.benchmark.Table.Row;
import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger advises to those who hold connections idle, and what comes of it.
 */
@SuppressWarnings("ImmutableEnumChecker") // A record of enums cannot change
enum Advice {

	/** To fetch connections lazily. */
	LAZY_FETCHING("remote call before the SQL: fetch lazily", Part.BEFORE_FIRST_STATEMENT,
			new RemoteCalls(Place.BEFORE, Peer.CALL, Fetch.EAGER),
			new RemoteCalls(Place.BEFORE, Peer.CALL, Fetch.LAZY)),

	/** To do in a callback what comes after the last statement. */
	AFTER_COMMIT("remote call after the SQL: move it to `afterCommit`", Part.AFTER_LAST_STATEMENT,
			new RemoteCalls(Place.AFTER, Peer.CALL, Fetch.EAGER),
			new RemoteCalls(Place.AFTER_COMMIT, Peer.CALL, Fetch.EAGER));

	private static final String PREDICTED = "PREDICTED";

	private static final String MEASURED = "MEASURED";

	static final Table TABLE = new Table("the ledger's advice",
			List.of(new Column("times as many, as predicted", PREDICTED), new Column("as measured", MEASURED)),
			Arrays.stream(values()).map((advice) -> new Row(advice.text, advice.benchmark(), Figure.GAIN)).toList());

	private final String text;

	private final Part part;

	private final RemoteCalls given;

	private final RemoteCalls taken;

	Advice(String text, Part part, RemoteCalls given, RemoteCalls taken) {
		this.text = text;
		this.part = part;
		this.given = given;
		this.taken = taken;
	}

	/** What the results call the gain that is predicted if that part were not idle. */
	static String predictionFor(Part part) {
		return "predictedWithout." + part;
	}

	/** Set what was predicted against what was measured. */
	List<Result> judge(List<Result> measured) {
		Result given = this.given.find(measured);
		double gain = Figure.THROUGHPUT.value(this.taken.find(measured)) / Figure.THROUGHPUT.value(given);
		Double predicted = given.figures().get(predictionFor(this.part));
		return Stream.of(result(MEASURED, gain), result(PREDICTED, predicted)).filter(Objects::nonNull).toList();
	}

	private @Nullable Result result(String subject, @Nullable Double gain) {
		return (gain != null) ? new Result(benchmark(), subject, Map.of(Figure.GAIN.key(), gain)) : null;
	}

	private String benchmark() {
		return "Advice." + this;
	}

}
