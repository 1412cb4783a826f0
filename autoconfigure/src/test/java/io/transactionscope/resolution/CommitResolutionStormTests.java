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

package io.transactionscope.resolution;

import java.util.List;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.transactionscope.test.OwnPostgresServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Links that are cut around COMMIT, and a server that is restarted and crashes: what each
 * caller is told is what the database has. {@code -Dtransaction-scope.test.storm} says
 * how many blocks there are, of which each fifth counts, and
 * {@code -Dtransaction-scope.test.seed} which.
 */
@Tag("storm")
class CommitResolutionStormTests {

	private static final int CUTS = Integer.getInteger("transaction-scope.test.storm", 500) / 5;

	private static final int CUTS_A_BLOW = 50;

	/** Each kind once. */
	private static final int FEWEST_BLOWS = 4;

	private static final long SEED = Long.getLong("transaction-scope.test.seed", System.nanoTime());

	/** Where it is told by the hundred what becomes of whom, and what the driver says. */
	private static final List<Logger> LOGGERS = Stream.of(org.slf4j.Logger.ROOT_LOGGER_NAME, "io.transactionscope")
		.map((name) -> (Logger) LoggerFactory.getLogger(name))
		.toList();

	private static final List<Level> LEVELS = LOGGERS.stream().map(Logger::getLevel).toList();

	@SuppressWarnings("NullAway.Init")
	private static OwnPostgresServer server;

	@BeforeAll
	static void begins() {
		LOGGERS.forEach((logger) -> logger.setLevel(Level.OFF));
		server = OwnPostgresServer.create("wal_writer_delay=200ms");
		System.out.println("Seed of the storm: " + SEED);
	}

	@AfterAll
	static void ends() throws Exception {
		for (int i = 0; i < LOGGERS.size(); i++) {
			LOGGERS.get(i).setLevel(LEVELS.get(i));
		}
		server.close();
	}

	@Test
	void t4EachAnswerIsWhatTheDatabaseHas() throws Exception {
		rage(true, true, CUTS);
	}

	@Test
	void t4WithoutResolutionNoneIsWrong() throws Exception {
		rage(false, true, CUTS / 2);
	}

	@Test
	void t4WithoutAWaitForTheLogACrashAloneTakesBackWhatWasCommitted() throws Exception {
		rage(true, false, CUTS / 2);
	}

	private static void rage(boolean resolved, boolean waitsForLog, int cuts) throws Exception {
		try (CommitStorm storm = new CommitStorm(server, SEED, resolved, waitsForLog)) {
			storm.rage(cuts, Math.max(FEWEST_BLOWS, cuts / CUTS_A_BLOW));
			assertThat(storm.leftovers()).isEmpty();
			assertThat(storm.faults()).isEmpty();
		}
	}

}
