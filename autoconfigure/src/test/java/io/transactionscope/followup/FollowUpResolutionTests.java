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

import java.io.IOException;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A COMMIT whose answer was lost, and that is found to have happened, releases what was
 * to follow it, as any other does.
 */
@Tag("once")
class FollowUpResolutionTests {

	private static final LinkProxy LINK = PostgresServer.running().link();

	/** By whether it has JPA. */
	private static final Map<Boolean, FollowUpApplication> RUNNING = new ConcurrentHashMap<>();

	@AfterAll
	static void stop() throws IOException {
		RUNNING.values().forEach(FollowUpApplication::close);
		RUNNING.clear();
		LINK.close();
	}

	@ParameterizedTest
	@EnumSource
	void ofABlockAreDone(Setting setting) throws SQLException {
		areDone(setting, (application, body) -> application.scope().resolveCommit().run(body::run));
	}

	@ParameterizedTest
	@EnumSource
	void ofAnAnnotatedMethodAreDoneWhereTheApplicationResolvesAllCommits(Setting setting) throws SQLException {
		areDone(setting, Way.ANNOTATION::run);
	}

	@ParameterizedTest
	@EnumSource
	void ofAPlainTransactionAreDoneWhereTheApplicationResolvesAllCommits(Setting setting) throws SQLException {
		areDone(setting, (application, body) -> application.bean(TransactionTemplate.class)
			.executeWithoutResult((status) -> body.run()));
	}

	private void areDone(Setting setting, BiConsumer<FollowUpApplication, Runnable> block) throws SQLException {
		FollowUpApplication application = setting.running();
		application.leave(setting.connections(), () -> {
			loseCommit(Fate.UNANSWERED);
			block.accept(application, () -> application.orders().place("kettle", setting.event("kettle")));
			assertThatAllIsDone(application, setting);
		});
	}

	@ParameterizedTest
	@EnumSource
	void areRolledBackWithACommitThatDidNotArrive(Setting setting) throws SQLException {
		FollowUpApplication application = setting.running();
		application.leave(setting.connections(), () -> {
			loseCommit(Fate.LOST);
			assertThatExceptionOfType(CommitFailedException.class)
				.isThrownBy(() -> application.scope()
					.resolveCommit()
					.run(() -> application.orders().place("kettle", setting.event("kettle"))))
				.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
			application.doJobs();
			assertThat(application.committed()).isEqualTo(Rows.NONE);
			assertThat(application.followUps().heard()).isEmpty();
		});
	}

	private static void assertThatAllIsDone(FollowUpApplication application, Setting setting) {
		if (setting.onThreadOfBlock) {
			assertThat(application.committed()).isEqualTo(new Rows(1, 0, 1));
		}
		application.doJobs();
		FollowUpApplication.soon(() -> assertThat(application.committed()).isEqualTo(new Rows(1, 0, 0)));
		assertThat(application.followUps().confirmed()).containsExactly("kettle");
		assertThat(application.followUps().shipped()).containsExactly("kettle");
	}

	private static void loseCommit(Fate fate) {
		AtomicBoolean lost = new AtomicBoolean();
		LINK.atCommit(() -> lost.compareAndSet(false, true) ? fate : Fate.PASSED);
	}

	enum Setting {

		JDBC(false, false), JPA(true, false),

		/** These take a second connection. */
		JDBC_ON_THREAD_OF_BLOCK(false, true), JPA_ON_THREAD_OF_BLOCK(true, true);

		private final boolean jpa;

		private final boolean onThreadOfBlock;

		Setting(boolean jpa, boolean onThreadOfBlock) {
			this.jpa = jpa;
			this.onThreadOfBlock = onThreadOfBlock;
		}

		FollowUpApplication running() {
			FollowUpApplication application = RUNNING.computeIfAbsent(this.jpa, Setting::start);
			application.clear();
			return application;
		}

		private static FollowUpApplication start(boolean jpa) {
			PGSimpleDataSource driver = (PGSimpleDataSource) PostgresServer.running().dataSource(LINK);
			driver.setPrepareThreshold(0);
			return new FollowUpApplication(Database.POSTGRES.driver(), driver, Database.POSTGRES.createSchema(), jpa, 2,
					"transaction-scope.commit.resolve=true");
		}

		private int connections() {
			return this.onThreadOfBlock ? 2 : 1;
		}

		private Object event(String item) {
			return this.onThreadOfBlock ? new OrderTold(item) : new OrderPlaced(item);
		}

	}

}
