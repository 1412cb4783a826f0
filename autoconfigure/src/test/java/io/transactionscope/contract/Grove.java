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

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.transactionscope.test.LeakCheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Where trees run: two applications side by side on one thread, each with a data source
 * of its own.
 *
 * @param database of the first
 * @param wiring of the first
 */
record Grove(Database database, Wiring wiring) {

	static Stream<Grove> all() {
		return Stream.of(Database.values())
			.filter(Database::isAvailable)
			.filter((database) -> database != Database.MARIADB_BY_MYSQL)
			.flatMap((database) -> Stream.of(Wiring.STARTER, Wiring.STARTER_JPA, Wiring.OPEN_IN_VIEW)
				.filter((wiring) -> database.isReal() || wiring.isJdbc())
				.filter((wiring) -> wiring != Wiring.OPEN_IN_VIEW || database == Database.H2)
				.map((wiring) -> new Grove(database, wiring)));
	}

	Application application(int side) {
		return (side == 0) ? Application.of(this.wiring, this.database, Application.Place.FIRST) : Application
			.of(wiring(side), this.database.isReal() ? Database.H2 : this.database, Application.Place.SECOND);
	}

	Wiring wiring(int side) {
		return (side == 0) ? this.wiring : Wiring.STARTER;
	}

	boolean hasLocks(int side) {
		return side == 0 && this.database == Database.POSTGRES;
	}

	/** What is committed, in alphabetical order. */
	List<String> committed() {
		SortedSet<String> committed = new TreeSet<>(application(0).committed());
		committed.addAll(application(1).committed());
		return List.copyOf(committed);
	}

	/** Check that nothing is lost so far, and start anew. */
	void verifyAndClear(Tree tree) {
		for (int side = 0; side < 2; side++) {
			assertThat(application(side).borrowed()).as("connections not returned after %s", tree).isZero();
			application(side).execute("delete from item");
		}
		LeakCheck.verifyThread();
		if (hasLocks(0)) {
			verifyNoLockIsHeld(tree);
		}
	}

	/** A session that is discarded ends when its server notices. */
	private void verifyNoLockIsHeld(Tree tree) {
		if (!application(0).heldLocks().isEmpty()) {
			await().atMost(Duration.ofSeconds(20))
				.pollInterval(Duration.ofMillis(1))
				.untilAsserted(
						() -> assertThat(application(0).heldLocks()).as("locks still held after %s", tree).isEmpty());
		}
	}

	/** Also in the database. */
	void verifyAndReset() throws SQLException {
		for (int side = 0; side < 2; side++) {
			application(side).verifyAndReset();
			application(side).verifyNoTransactionIsOpen();
		}
	}

	@Override
	public String toString() {
		return "%s, %s".formatted(this.database, this.wiring).toLowerCase(Locale.ROOT).replace('_', ' ');
	}

}
