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
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
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
	private static final Duration ROOM = Duration.ofSeconds(4);

	/** Long after the caller has to be back. */
	private static final Duration THAW = Duration.ofSeconds(10);

	/** Where the caller need not be back before. */
	private static final Duration EARLY_THAW = Duration.ofSeconds(3);

	/** Most of it is waiting. */
	private static final int AT_A_TIME = 3;

	/** What each of those has to itself. */
	private static final BlockingQueue<Map<Server, LinkProxy>> LINKS = new LinkedBlockingQueue<>();

	private static final Map<LinkCase, Future<?>> HANGING = new HashMap<>();

	private static final Map<LinkCase, Future<?>> CUT = new HashMap<>();

	@SuppressWarnings("NullAway.Init")
	private static ExecutorService attempts;

	@SuppressWarnings("NullAway.Init")
	private static ScheduledExecutorService thawing;

	@BeforeAll
	static void begin() {
		attempts = Executors.newFixedThreadPool(AT_A_TIME);
		thawing = Executors.newScheduledThreadPool(AT_A_TIME);
		Stream.generate(() -> new EnumMap<Server, LinkProxy>(Server.class)).limit(AT_A_TIME).forEach(LINKS::add);
		everyMoment().forEach((each) -> HANGING.put(each, begin(each, LinkProxy::freeze)));
		everyMoment().forEach((each) -> CUT.put(each, begin(each, LinkProxy::cut)));
	}

	private static Future<?> begin(LinkCase of, Consumer<LinkProxy> fault) {
		return attempts.submit(() -> {
			Map<Server, LinkProxy> links = LINKS.take();
			try {
				callerIsBack(of, links.computeIfAbsent(of.server(), Server::link), fault);
			}
			finally {
				LINKS.add(links);
			}
			return of;
		});
	}

	@AfterAll
	static void end() throws Exception {
		attempts.shutdownNow();
		assertThat(attempts.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
		thawing.shutdownNow();
		for (Map<Server, LinkProxy> links : LINKS) {
			for (LinkProxy each : links.values()) {
				each.close();
			}
		}
		LINKS.clear();
		HANGING.clear();
		CUT.clear();
	}

	static Stream<LinkCase> everyMoment() {
		return LinkCase.all();
	}

	@ParameterizedTest
	@MethodSource("everyMoment")
	@DisplayName("T7: on a link that hangs, the caller is back within a second of the deadline")
	void t7_callerIsBackWhenTheLinkHangs(LinkCase of) throws Throwable {
		awaitEnd(HANGING, of);
	}

	@ParameterizedTest
	@MethodSource("everyMoment")
	@DisplayName("T2, T4: when the link is cut, the outcome is told, and the connection is gone from its pool")
	void t2_t4_outcomeIsToldWhenTheLinkIsCut(LinkCase of) throws Throwable {
		awaitEnd(CUT, of);
	}

	private static void awaitEnd(Map<LinkCase, Future<?>> attempts, LinkCase of) throws Throwable {
		try {
			Objects.requireNonNull(attempts.get(of)).get();
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() != null) ? ex.getCause() : ex;
		}
	}

	private static void callerIsBack(LinkCase of, LinkProxy link, Consumer<LinkProxy> fault) throws SQLException {
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
