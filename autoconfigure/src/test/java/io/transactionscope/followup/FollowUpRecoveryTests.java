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
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;

import io.transactionscope.test.Faults;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.Phase;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.modulith.events.IncompleteEventPublications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What becomes of events and jobs where something goes wrong at the commit or after it.
 */
@Tag("once")
class FollowUpRecoveryTests {

	private static final String REPUBLISHED = "spring.modulith.events.republish-outstanding-events-on-restart=true";

	private static final Database DATABASE = Database.POSTGRES;

	private static final String SCHEMA = DATABASE.createSchema();

	private static final FaultyDriver DRIVER = new FaultyDriver(DATABASE.driver());

	private static final FollowUpApplication APPLICATION = start(2);

	@AfterAll
	static void stop() {
		APPLICATION.close();
		DATABASE.dropSchema(SCHEMA);
	}

	@BeforeEach
	void clear() {
		APPLICATION.clear();
	}

	@Test
	void thatAProcessLeavesBehindWhichDiesAfterTheCommitAreDoneByTheNextOne() throws Exception {
		assertThat(runDyingProcess()).isEqualTo(DyingProcess.GONE);
		try (FollowUpApplication next = start(1, REPUBLISHED)) {
			FollowUpApplication.soon(() -> assertThat(next.committed()).isEqualTo(new Rows(1, 0, 0)));
			assertThat(next.followUps().confirmed()).containsExactly("kettle");
			assertThat(next.followUps().shipped()).containsExactly("kettle");
		}
	}

	@Test
	void areRolledBackWhereTheCommitIsRefused() {
		DRIVER.failAt(Phase.COMMIT, Faults.refused());
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> APPLICATION.scope().run(() -> APPLICATION.orders().place("kettle")))
			.returns(TransactionOutcome.ROLLED_BACK, CommitFailedException::outcome);
		DRIVER.heal();
		APPLICATION.doJobs();
		assertThat(APPLICATION.committed()).isEqualTo(Rows.NONE);
		assertThat(APPLICATION.followUps().heard()).isEmpty();
	}

	@Test
	void areThereWhereTheCommitWasInDoubtButHappened() {
		DRIVER.failAfter(Phase.COMMIT, Faults.lostLink());
		assertThatExceptionOfType(CommitFailedException.class)
			.isThrownBy(() -> APPLICATION.scope().run(() -> APPLICATION.orders().place("kettle")))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
		DRIVER.heal();
		assertThat(APPLICATION.committed()).isEqualTo(new Rows(1, 1, 1));
		assertThat(APPLICATION.followUps().heard()).isEmpty();
		APPLICATION.bean(IncompleteEventPublications.class).resubmitIncompletePublications((publication) -> true);
		APPLICATION.doJobs();
		FollowUpApplication.soon(() -> assertThat(APPLICATION.committed()).isEqualTo(new Rows(1, 0, 0)));
		assertThat(APPLICATION.followUps().confirmed()).containsExactly("kettle");
		assertThat(APPLICATION.followUps().shipped()).containsExactly("kettle");
	}

	@Test
	void areDoneOnTheThreadOfTheBlockWhereThereIsASecondConnection() {
		APPLICATION.scope().run(() -> APPLICATION.orders().place("kettle", new OrderTold("kettle")));
		assertThat(APPLICATION.followUps().confirmed()).containsExactly("kettle");
		assertThat(APPLICATION.committed()).isEqualTo(new Rows(1, 0, 1));
	}

	@Test
	void thatFailOnTheThreadOfTheBlockStayOpenAndItsCallerIsTold() {
		APPLICATION.followUps().breakDown(true);
		assertThatExceptionOfType(AfterCommitException.class)
			.isThrownBy(
					() -> APPLICATION.scope().run(() -> APPLICATION.orders().place("kettle", new OrderTold("kettle"))))
			.withCauseInstanceOf(IllegalStateException.class);
		assertThat(APPLICATION.committed()).isEqualTo(new Rows(1, 1, 1));
	}

	@Test
	void ofASchedulerThatIsNotAwareOfTransactionsAreNoPartOfTheBlock() {
		assertThatIllegalStateException().isThrownBy(() -> APPLICATION.scope().run(() -> {
			APPLICATION.unawareJobs()
				.scheduleIfNotExists(Orders.SHIP.instance("kettle").scheduledTo(Instant.now().plusSeconds(3600)));
			throw new IllegalStateException("body");
		}));
		assertThat(APPLICATION.committed()).isEqualTo(new Rows(0, 0, 1));
	}

	private static FollowUpApplication start(int connections, String... settings) {
		return new FollowUpApplication(DATABASE.driver(), DRIVER, SCHEMA, false, connections, settings);
	}

	private static int runDyingProcess() throws IOException, InterruptedException {
		PGSimpleDataSource server = (PGSimpleDataSource) DATABASE.driver();
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), DyingProcess.class.getName(),
				server.getUrl(), Objects.requireNonNull(server.getUser()),
				Objects.requireNonNullElse(server.getPassword(), ""), SCHEMA)
			.inheritIO()
			.start();
		try {
			return process.waitFor();
		}
		finally {
			process.destroyForcibly();
		}
	}

}
