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

package io.transactionscope.spring;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.test.LeakCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * T10: what applications see of Spring's own manager, they see of ours, but for what is
 * decided otherwise; each decision is a test of its own, with what both do.
 */
class SpringManagerTests {

	private static final String ABORT = "connection 1 of first.abort";

	private static final String RESTORE = "connection 1 of first.setAutoCommit[true]";

	private static final String CLOSE = "connection 1 of first.close[]";

	private static final String AFTERWARDS = "afterwards thread has [], isolation null, name null";

	static Stream<Arguments> scenarios() {
		return Stream.of(Stage.Pool.values())
			.flatMap((pool) -> Scenario.all().stream().map((each) -> Arguments.of(each, pool)));
	}

	@AfterEach
	void clearThread() {
		LeakCheck.clearThread();
	}

	@ParameterizedTest(name = "{0}, {1}")
	@MethodSource("scenarios")
	@DisplayName("T10: the same calls, the same thread, the same told, the same thrown as with Spring's own manager")
	void t10SameAsSprings(Scenario scenario, Stage.Pool pool) {
		assertThat(ours(scenario.deed(), pool)).isEqualTo(springs(scenario.deed(), pool));
	}

	@ParameterizedTest
	@ValueSource(strings = { "getAutoCommit", "setAutoCommit[false]", "setTransactionIsolation[8]" })
	@DisplayName("T2: a connection on which a transaction could not begin is discarded, not lent again")
	void t2DiscardsWhereBeginFails(String call) {
		String after = "after begin of '' real new read-only with CannotCreateTransactionException";
		List<String> springs = List.of(CLOSE, after, "threw CannotCreateTransactionException", AFTERWARDS);
		List<String> ours = new ArrayList<>(springs);
		ours.add(0, ABORT);
		if (call.startsWith("setTransactionIsolation")) {
			// For the message, which says so if there is no such level.
			ours.addAll(0, List.of("connection 1 of first.getMetaData[]",
					"connection 1 of first's meta-data.supportsTransactionIsolationLevel[8]"));
		}
		assertDiffers((stage) -> Scenario.fails(stage, call), springs, ours);
	}

	@ParameterizedTest
	@ValueSource(strings = { "setAutoCommit[true]", "setTransactionIsolation[2]", "setReadOnly[false]" })
	@DisplayName("T2, T6: a connection that cannot be restored is discarded, and the caller told that the data is committed")
	void t6TellsWhereRestoringFails(String call) {
		assertDiffers((stage) -> Scenario.fails(stage, call), List.of(CLOSE, "returned", AFTERWARDS),
				List.of(ABORT, CLOSE, "threw TransactionException", AFTERWARDS));
	}

	@Test
	@DisplayName("T3: a ROLLBACK that fails is logged, and the server rolls back: the body's failure reaches the caller")
	void t3KeepsTheBodysFailureWhereRollbackFails() {
		assertDiffers((stage) -> {
			stage.failAt("rollback", new SQLException("broken", "40001"));
			stage.required((status) -> {
				throw new IllegalArgumentException("body");
			});
		}, List.of("after rollback of '' real new with CannotAcquireLockException", RESTORE, CLOSE,
				"threw CannotAcquireLockException", AFTERWARDS),
				List.of("after rollback of '' real new with nothing", ABORT, CLOSE, "threw IllegalArgumentException",
						AFTERWARDS));
	}

	@Test
	@DisplayName("T3: a ROLLBACK that was asked for and fails is logged, and the server rolls back: synchronizations hear that")
	void t3TellsOfRollbackWhereRollbackFails() {
		assertDiffers((stage) -> {
			stage.failAt("rollback", new SQLException("broken", "40001"));
			stage.required((status) -> {
				stage.listen("it");
				status.setRollbackOnly();
			});
		}, List.of(heard(2), "after rollback of '' real new with CannotAcquireLockException", RESTORE, CLOSE,
				"threw CannotAcquireLockException", AFTERWARDS),
				List.of(heard(1), "after rollback of '' real new with nothing", ABORT, CLOSE, "returned", AFTERWARDS));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "08006" })
	@DisplayName("T4: a COMMIT in doubt is not rolled back, and no synchronization hears that it was")
	void t4DoubtIsNotRolledBack(String state) {
		SQLException failure = new SQLException("gone", state.isEmpty() ? null : state);
		String springs = state.isEmpty() ? "TransactionSystemException" : "DataAccessResourceFailureException";
		assertDiffers((stage) -> Scenario.commitFails(stage, failure, true),
				List.of("connection 1 of first.rollback[]", heard(1), "after rollback of '' real new with nothing",
						RESTORE, CLOSE, "threw " + springs, AFTERWARDS),
				List.of(heard(2), "after rollback of '' real new with TransactionSystemException", ABORT, CLOSE,
						"threw TransactionSystemException", AFTERWARDS));
	}

	@Test
	@DisplayName("T4: the connection of a COMMIT in doubt is discarded")
	void t4DiscardsWhereInDoubt() {
		assertDiffers((stage) -> Scenario.commitFails(stage, new SQLException("gone"), false),
				List.of(RESTORE, CLOSE, "threw TransactionSystemException", AFTERWARDS),
				List.of(ABORT, CLOSE, "threw TransactionSystemException", AFTERWARDS));
	}

	@Test
	@DisplayName("T4: a lost link is a COMMIT in doubt, not one that was rolled back")
	void t4LostLinkIsInDoubt() {
		assertDiffers((stage) -> Scenario.commitFails(stage, new SQLException("gone", "08006"), false),
				List.of("connection 1 of first.rollback[]", heard(1), "after rollback of '' real new with nothing",
						RESTORE, CLOSE, "threw DataAccessResourceFailureException", AFTERWARDS),
				List.of(heard(2), "after commit of '' real new with TransactionSystemException", ABORT, CLOSE,
						"threw TransactionSystemException", AFTERWARDS));
	}

	@Test
	@DisplayName("T5: where a joined one fails early, listeners hear of its rollback; all else is as with Spring's")
	void t5ListenersHearWhoFailsEarly() {
		List<String> ours = ours((stage) -> Scenario.joinedTwice(stage, true), Stage.Pool.PLAIN);
		assertThat(ours.remove("after rollback of '' real with nothing")).isTrue();
		assertThat(ours).isEqualTo(springs((stage) -> Scenario.joinedTwice(stage, true), Stage.Pool.PLAIN));
	}

	private static String heard(int outcome) {
		return "it hears afterCompletion[%d], thread has [first], transaction, isolation null, name null"
			.formatted(outcome);
	}

	/** The same so far, and then as given. */
	private static void assertDiffers(Scenario.Deed deed, List<String> springsEnd, List<String> oursEnd) {
		List<String> springs = springs(deed, Stage.Pool.PLAIN);
		List<String> ours = ours(deed, Stage.Pool.PLAIN);
		assertThat(springs).as("Spring's own manager").endsWith(springsEnd.toArray(String[]::new));
		assertThat(ours).as("our manager").endsWith(oursEnd.toArray(String[]::new));
		assertThat(ours.subList(0, ours.size() - oursEnd.size())).as("so far")
			.isEqualTo(springs.subList(0, springs.size() - springsEnd.size()));
	}

	private static List<String> springs(Scenario.Deed deed, Stage.Pool pool) {
		return play(deed, pool, JdbcTransactionManager::new);
	}

	private static List<String> ours(Scenario.Deed deed, Stage.Pool pool) {
		return play(deed, pool, ScopedJdbcTransactionManager::new);
	}

	private static List<String> play(Scenario.Deed deed, Stage.Pool pool,
			Function<DataSource, ? extends DataSourceTransactionManager> managers) {
		LeakCheck.clearThread();
		return Stage.play(deed, pool, managers);
	}

}
