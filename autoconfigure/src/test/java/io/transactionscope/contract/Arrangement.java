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

package io.transactionscope.contract;

import java.util.Locale;
import java.util.stream.Stream;

/**
 * A way to write blocks in an application on a database.
 */
record Arrangement(Database database, Wiring wiring, Way way) {

	/** Few are enough where all of them have been tested on another Java. */
	private static final boolean FEW = "few".equals(System.getProperty("transaction-scope.test.arrangements"));

	static Stream<Arrangement> all() {
		return FEW ? few() : each();
	}

	private static Stream<Arrangement> each() {
		return Stream.of(Database.values())
			.filter((database) -> database.isReal() && database.isAvailable())
			.flatMap((database) -> Stream.of(Wiring.values())
				.flatMap((wiring) -> Stream.of(Way.values()).map((way) -> new Arrangement(database, wiring, way))))
			.filter(Arrangement::isDistinct);
	}

	/** How blocks are written is all the same to one database more. */
	private boolean isDistinct() {
		return switch (this.database) {
			case H2, POSTGRES -> !this.wiring.isVariant() || this.way == Way.LAMBDA;
			case MARIADB -> !this.wiring.isVariant() && (this.way == Way.LAMBDA || this.wiring == Wiring.STARTER);
			case MARIADB_BY_MYSQL -> !this.wiring.isVariant() && this.way == Way.LAMBDA;
			case STUB -> false;
		};
	}

	/** One for each application, where it does not matter how its blocks are written. */
	static Stream<Arrangement> applications() {
		return all().filter((each) -> each.way == Way.LAMBDA);
	}

	/**
	 * Few, for what takes its time: each wiring, each way to write a block, each
	 * database.
	 */
	static Stream<Arrangement> few() {
		return each().filter((each) -> switch (each.database) {
			case H2 -> each.way == Way.LAMBDA || each.wiring == Wiring.STARTER;
			case POSTGRES, MARIADB, MARIADB_BY_MYSQL ->
				each.way == Way.LAMBDA && (each.wiring == Wiring.STARTER || each.wiring == Wiring.STARTER_JPA);
			case STUB -> false;
		});
	}

	@Override
	public String toString() {
		return "%s, %s, %s".formatted(this.database, this.wiring, this.way).toLowerCase(Locale.ROOT).replace('_', ' ');
	}

}
