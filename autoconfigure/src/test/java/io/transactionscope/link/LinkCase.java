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

package io.transactionscope.link;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * A moment at which a link fails, and what there is on its near side.
 */
record LinkCase(Server server, Kind kind, Way way, Moment moment) {

	/**
	 * Each costs seconds: {@code -Dtransaction-scope.test.moments=all} spares none, and
	 * any other value none that has it in its name.
	 */
	private static final @Nullable String MOMENTS = System.getProperty("transaction-scope.test.moments");

	static Stream<LinkCase> all() {
		return Arrays.stream(Server.values())
			.filter(Server::isAvailable)
			.flatMap((server) -> Arrays.stream(Kind.values())
				.flatMap((kind) -> Arrays.stream(Way.values())
					.flatMap((way) -> Arrays.stream(Moment.values())
						.map((moment) -> new LinkCase(server, kind, way, moment)))))
			.filter(LinkCase::exists)
			.filter((each) -> each.isAskedFor());
	}

	private boolean exists() {
		return existsWithKind() && switch (this.way) {
			case LAMBDA -> true;
			case TRY_WITH_RESOURCES, ANNOTATION -> this.kind.isOfStarter();
			// A late one commits, as with Spring.
			case PLAIN -> this.kind.isOfStarter() && this.moment != Moment.LATE_ROLLBACK;
		} && switch (this.moment) {
			case AUTO_COMMIT_OFF -> this.server != Server.POSTGRES || isLevelOfTransactionAlone();
			case AUTO_COMMIT_ON -> this.server != Server.POSTGRES;
			case BEGIN, RESTORE -> !isLevelOfTransactionAlone();
			default -> true;
		};
	}

	/**
	 * Whether the isolation level is said behind BEGIN, and the session is not changed.
	 */
	private boolean isLevelOfTransactionAlone() {
		return this.server == Server.POSTGRES && (this.kind == Kind.JDBC || this.kind == Kind.STOCK_JDBC);
	}

	private boolean existsWithKind() {
		return switch (this.kind) {
			// How long the pool makes wait, and what follows the rows, is up to it; to
			// close them, MariaDB's driver waits for the rest once more.
			case OTHER_POOL -> this.moment != Moment.BORROW && this.moment != Moment.LATE_FETCH
					&& (this.moment != Moment.FETCH || this.server != Server.MARIADB);
			case STOCK_JPA -> !this.moment.name().contains("SAVEPOINT");
			default -> true;
		};
	}

	private boolean isAskedFor() {
		return (MOMENTS == null) ? isTested() : MOMENTS.equals("all") || toString().contains(MOMENTS);
	}

	/** What the starter provides at every moment, the others in turns. */
	private boolean isTested() {
		if (this.server == Server.POSTGRES && this.way == Way.LAMBDA) {
			return this.kind.isOfStarter()
					|| (index(Moment.values(), this.moment) - index(Kind.values(), this.kind)) % 3 == 0;
		}
		return this.kind.isOfStarter() && place() % 23 == 0;
	}

	/** Among all that could be. */
	private int place() {
		int place = index(Server.values(), this.server);
		place = place * Kind.values().length + index(Kind.values(), this.kind);
		place = place * Way.values().length + index(Way.values(), this.way);
		return place * Moment.values().length + index(Moment.values(), this.moment);
	}

	private static <T> int index(T[] all, T one) {
		return List.of(all).indexOf(one);
	}

	/**
	 * Whether somebody else says how long this may take: Spring does not bound a COMMIT,
	 * and Hibernate switches back in it.
	 */
	boolean isUnbounded() {
		return this.way == Way.PLAIN
				&& (this.moment == Moment.COMMIT || (this.moment == Moment.AUTO_COMMIT_ON && this.kind == Kind.JPA));
	}

	@Override
	public String toString() {
		return "%s/%s/%s/%s".formatted(this.server, this.kind, this.way, this.moment)
			.toLowerCase(Locale.ROOT)
			.replace('_', '-');
	}

}
