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

import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.transactionscope.test.LinkProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A link to a database that hangs or breaks, at each point of a block with a deadline.
 */
class BrokenLinkTests {

	/** For a machine that is busy with something else. */
	private static final Duration ROOM = Duration.ofSeconds(1);

	/** Long after the caller has to be back. */
	private static final Duration THAW = Duration.ofSeconds(8);

	/** Where the caller need not be back before. */
	private static final Duration EARLY_THAW = Duration.ofSeconds(3);

	private static final Map<Server, LinkProxy> LINKS = new EnumMap<>(Server.class);

	@SuppressWarnings("NullAway.Init")
	private static ScheduledExecutorService thawing;

	@BeforeAll
	static void connect() {
		thawing = Executors.newSingleThreadScheduledExecutor();
	}

	@AfterAll
	static void disconnect() throws Exception {
		thawing.shutdownNow();
		for (LinkProxy each : LINKS.values()) {
			each.close();
		}
		LINKS.clear();
	}

	static Stream<LinkCase> everyMoment() {
		return LinkCase.all();
	}

	@ParameterizedTest
	@MethodSource("everyMoment")
	@DisplayName("T7: on a link that hangs, the caller is back within a second of the deadline")
	void t7_callerIsBackWhenTheLinkHangs(LinkCase of) throws SQLException {
		callerIsBack(of, LinkProxy::freeze);
	}

	@ParameterizedTest
	@MethodSource("everyMoment")
	@DisplayName("T2, T4: when the link is cut, the outcome is told, and the connection is gone from its pool")
	void t2_t4_outcomeIsToldWhenTheLinkIsCut(LinkCase of) throws SQLException {
		callerIsBack(of, LinkProxy::cut);
	}

	private void callerIsBack(LinkCase of, Consumer<LinkProxy> fault) throws SQLException {
		LinkProxy link = LINKS.computeIfAbsent(of.server(), Server::link);
		try (LinkedDatabase database = new LinkedDatabase(of.server(), link, of.kind())) {
			database.scope().run(() -> database.insert(1));
			Attempt attempt = attempt(of, database, () -> fault.accept(link));
			Duration bound = of.isUnbounded() ? EARLY_THAW : of.moment().deadline();
			assertThat(attempt.took()).as(attempt::whereItHung).isLessThan(bound.plusSeconds(1).plus(ROOM));
			of.moment().check(attempt);
			await().until(() -> database.lent() == 0);
			database.scope().timeout(Duration.ofSeconds(30)).run(() -> database.insert(3));
			assertThat(database.rows()).contains(1, 3);
			await().untilAsserted(() -> assertThat(database.leftBehind()).isEmpty());
		}
		finally {
			link.mend();
		}
	}

	/** On a busy machine, the deadline may pass before the moment comes. */
	private static Attempt attempt(LinkCase of, LinkedDatabase database, Runnable fault) {
		Duration thawAfter = of.isUnbounded() ? EARLY_THAW : THAW;
		for (int i = 0; i < 5; i++) {
			Attempt attempt = new Attempt(database, of.way(), of.moment());
			database.onFailure(fault);
			ScheduledFuture<?> thaw = thawing.schedule(() -> {
				attempt.noteWhereItHangs();
				database.link().mend();
			}, thawAfter.toMillis(), TimeUnit.MILLISECONDS);
			attempt.run();
			thaw.cancel(false);
			database.link().mend();
			if (database.hasFailed()) {
				return attempt;
			}
		}
		throw new AssertionError("Too busy: never reached " + of);
	}

}
