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

package io.transactionscope.followup;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.transactionscope.pool.PoolDeadlockException;
import io.transactionscope.transaction.AfterCommitException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.modulith.events.IncompleteEventPublications;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * The events and jobs of a block, on a pool of one connection: whatever takes another one
 * than the block's waits in vain.
 */
@Tag("once")
class FollowUpTests {

	private static final Map<Setting, FollowUpApplication> RUNNING = new ConcurrentHashMap<>();

	@AfterAll
	static void stop() {
		RUNNING.values().forEach(FollowUpApplication::close);
		RUNNING.clear();
	}

	static Stream<Setting> settings() {
		return Stream.of(Setting.values());
	}

	static Stream<Arguments> settingsAndWays() {
		return settings().flatMap((setting) -> Stream.of(Way.values()).map((way) -> Arguments.of(setting, way)));
	}

	@ParameterizedTest
	@MethodSource("settingsAndWays")
	void areWrittenOverTheConnectionOfTheBlockAndReleasedByItsCommit(Setting setting, Way way) {
		FollowUpApplication application = setting.running();
		way.run(application, () -> {
			application.orders().place("kettle");
			application.doJobs();
			assertThat(application.connectionsInUse()).isOne();
			assertThat(application.rows()).isEqualTo(new Rows(1, 1, 1));
			assertThat(application.committed()).isEqualTo(Rows.NONE);
			assertThat(application.followUps().heard()).isEmpty();
		});
		application.doJobs();
		awaitFollowed(application, "kettle");
	}

	@ParameterizedTest
	@MethodSource("settingsAndWays")
	void areRolledBackWithTheBlock(Setting setting, Way way) {
		FollowUpApplication application = setting.running();
		assertThatIllegalStateException().isThrownBy(() -> way.run(application, () -> {
			application.orders().place("kettle");
			throw new IllegalStateException("body");
		})).withMessage("body");
		assertThatNothingFollows(application);
	}

	@ParameterizedTest
	@MethodSource("settingsAndWays")
	void areRolledBackWithADoomedBlock(Setting setting, Way way) {
		FollowUpApplication application = setting.running();
		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> way.run(application, () -> {
			application.orders().place("kettle");
			assertThatIllegalStateException().isThrownBy(() -> application.scope().named("inner").run(() -> {
				application.orders().place("beans");
				throw new IllegalStateException("inner");
			}));
		})).withMessageContaining("inner");
		assertThatNothingFollows(application);
	}

	@ParameterizedTest
	@MethodSource("settings")
	void areRolledBackWithTheirSavepoint(Setting setting) {
		FollowUpApplication application = setting.running();
		application.scope().run((tx) -> {
			application.orders().place("kettle");
			assertThatIllegalStateException().isThrownBy(() -> tx.savepoint((savepoint) -> {
				application.orders().place("beans");
				throw new IllegalStateException("inner");
			}));
			assertThat(application.rows()).isEqualTo(new Rows(1, 1, 1));
		});
		application.doJobs();
		awaitFollowed(application, "kettle");
		// Spring calls the listener all the same, with an event of which nothing is left.
		FollowUpApplication
			.soon(() -> assertThat(application.followUps().heard()).containsExactlyInAnyOrder("kettle", "beans"));
	}

	@ParameterizedTest
	@MethodSource("settings")
	void followTheCommitOfATransactionThatTheBlockHasJoined(Setting setting) {
		FollowUpApplication application = setting.running();
		application.bean(TransactionTemplate.class).executeWithoutResult((status) -> {
			application.scope().run(() -> application.orders().place("kettle"));
			application.doJobs();
			assertThat(application.committed()).isEqualTo(Rows.NONE);
			assertThat(application.followUps().heard()).isEmpty();
		});
		application.doJobs();
		awaitFollowed(application, "kettle");
	}

	@ParameterizedTest
	@MethodSource("settings")
	void ofWhichAListenerFailsStayOpenAndAreTriedAgain(Setting setting) {
		FollowUpApplication application = setting.running();
		application.followUps().breakDown(true);
		application.scope().run(() -> application.orders().place("kettle"));
		FollowUpApplication.soon(() -> assertThat(application.statusOfEvent()).isEqualTo("FAILED"));
		application.followUps().breakDown(false);
		application.bean(IncompleteEventPublications.class).resubmitIncompletePublications((publication) -> true);
		application.doJobs();
		FollowUpApplication.soon(() -> assertThat(application.committed()).isEqualTo(new Rows(1, 0, 0)));
		assertThat(application.followUps().confirmed()).containsExactly("kettle", "kettle");
	}

	@ParameterizedTest
	@MethodSource("settings")
	void ofAListenerOnTheThreadOfTheBlockStayOpenAsItTakesASecondConnection(Setting setting) {
		FollowUpApplication application = setting.running();
		Throwable thrown = catchThrowable(
				() -> application.scope().run(() -> application.orders().place("kettle", new OrderTold("kettle"))));
		if (setting.jpa) {
			assertThat(thrown).as("Spring's manager tells nobody of a listener that fails").isNull();
		}
		else {
			assertThat(thrown).isInstanceOf(AfterCommitException.class)
				.hasRootCauseInstanceOf(PoolDeadlockException.class);
		}
		assertThat(application.followUps().heard()).isEmpty();
		assertThat(application.committed()).isEqualTo(new Rows(1, 1, 1));
	}

	@ParameterizedTest
	@MethodSource("settings")
	void thatArePublishedAfterTheCommitStayOpenAsThereIsNoCommitToWaitFor(Setting setting) {
		FollowUpApplication application = setting.running();
		application.scope().run((tx) -> tx.afterCommit(() -> application.publish(new OrderPlaced("kettle"))));
		assertThat(application.followUps().heard()).isEmpty();
		assertThat(application.committed()).isEqualTo(new Rows(0, 1, 0));
	}

	private static void awaitFollowed(FollowUpApplication application, String item) {
		FollowUpApplication.soon(() -> assertThat(application.committed()).isEqualTo(new Rows(1, 0, 0)));
		assertThat(application.followUps().confirmed()).containsExactly(item);
		assertThat(application.followUps().shipped()).containsExactly(item);
	}

	private static void assertThatNothingFollows(FollowUpApplication application) {
		application.doJobs();
		assertThat(application.committed()).isEqualTo(Rows.NONE);
		assertThat(application.followUps().heard()).isEmpty();
		assertThat(application.followUps().shipped()).isEmpty();
	}

	enum Setting {

		H2(Database.H2, false), H2_JPA(Database.H2, true), POSTGRES(Database.POSTGRES, false),
		POSTGRES_JPA(Database.POSTGRES, true);

		private final Database database;

		private final boolean jpa;

		Setting(Database database, boolean jpa) {
			this.database = database;
			this.jpa = jpa;
		}

		FollowUpApplication running() {
			FollowUpApplication application = RUNNING.computeIfAbsent(this, Setting::start);
			application.clear();
			return application;
		}

		private FollowUpApplication start() {
			DataSource driver = this.database.driver();
			return new FollowUpApplication(driver, driver, this.database.createSchema(), this.jpa, 1);
		}

	}

}
