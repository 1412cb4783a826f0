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

package io.transactionscope;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.transactionscope.test.EnlistingDataSource;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.Narayana;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.xa.PGXADataSource;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.jta.JtaTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Some hundred blocks on two databases, of which one is lost at random: what they were
 * told is what the rows say, and nothing that was told is taken back by the recovery.
 */
@Tag("storm")
class TwoPhaseCommitStormTests {

	/** At least, and until each outcome has been seen. */
	private static final int BLOCKS = 200;

	/** In nanoseconds after the body. */
	private static final int LATEST_LOSS = 6_000_000;

	private final PostgresServer postgres = PostgresServer.running();

	private final JdbcClient server = JdbcClient.create(this.postgres.dataSource());

	private final LinkProxy link = this.postgres.link();

	private final JdbcClient lost = JdbcClient.create(new EnlistingDataSource(linked(), Narayana.transactionManager()));

	private final JdbcClient safe = JdbcClient
		.create(new EnlistingDataSource(this.postgres.xaDataSource(), Narayana.transactionManager()));

	private final TransactionScope scope = TransactionScope
		.create(new JtaTransactionManager(Narayana.userTransaction(), Narayana.transactionManager()))
		.named("storm");

	private final Set<Integer> committed = new HashSet<>();

	private final Set<Integer> unknown = new HashSet<>();

	private CompletableFuture<Void> loss = CompletableFuture.completedFuture(null);

	private PGXADataSource linked() {
		PGXADataSource linked = this.postgres.xaDataSource(this.link);
		linked.setApplicationName("two-phase-storm");
		return linked;
	}

	@BeforeEach
	void createTables() {
		for (String table : List.of("storm_lost", "storm_safe")) {
			this.server.sql("drop table if exists " + table).update();
			this.server.sql("create table %s (n int)".formatted(table)).update();
		}
	}

	@AfterEach
	void endWhatIsInDoubt() throws IOException {
		this.link.close();
		for (String each : prepared()) {
			this.server.sql("rollback prepared '%s'".formatted(each)).update();
		}
	}

	@Test
	@Timeout(300)
	@DisplayName("T4: what a block was told of a commit in two phases is so, before the recovery and after it")
	void t4_whatIsToldIsSo() throws Exception {
		Random random = new Random(18);
		for (int i = 0; i < BLOCKS || this.committed.isEmpty() || this.unknown.isEmpty(); i++) {
			int nanos = random.nextInt(LATEST_LOSS);
			boolean byServer = random.nextBoolean();
			transfer(i, random.nextBoolean(), () -> this.loss = loseSoon(nanos, byServer));
			this.loss.get(60, TimeUnit.SECONDS);
			this.link.mend();
		}
		assertToldIsSo();
		Narayana.recover(this.postgres.xaDataSource());
		assertToldIsSo();
	}

	private CompletableFuture<Void> loseSoon(int nanos, boolean byServer) {
		return CompletableFuture.runAsync(() -> {
			LockSupport.parkNanos(nanos);
			if (byServer) {
				this.server.sql(
						"select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'two-phase-storm'")
					.query(Boolean.class)
					.list();
			}
			else {
				this.link.cut();
			}
		});
	}

	private void transfer(int n, boolean last, Runnable end) {
		try {
			this.scope.run((tx) -> {
				tx.afterCommit(() -> this.committed.add(n));
				tx.onCompletion((outcome) -> {
					if (outcome == TransactionOutcome.UNKNOWN) {
						this.unknown.add(n);
					}
				});
				insert(last ? "storm_safe" : "storm_lost", n);
				insert(last ? "storm_lost" : "storm_safe", n);
				end.run();
			});
			assertThat(this.committed).contains(n);
		}
		catch (CommitFailedException ex) {
			assertThat(this.committed).doesNotContain(n);
			assertThat(this.unknown.contains(n)).isEqualTo(ex.outcome() == TransactionOutcome.UNKNOWN);
		}
		catch (RuntimeException ex) {
			assertThat(this.committed).as("%s", ex).doesNotContain(n);
			assertThat(this.unknown).as("%s", ex).doesNotContain(n);
		}
	}

	private void insert(String table, int n) {
		(table.endsWith("lost") ? this.lost : this.safe).sql("insert into %s values (?)".formatted(table))
			.param(n)
			.update();
	}

	private void assertToldIsSo() {
		for (String table : List.of("storm_lost", "storm_safe")) {
			Set<Integer> rows = this.server.sql("select n from " + table).query(Integer.class).set();
			assertThat(rows).as(table).containsAll(this.committed);
			rows.removeAll(this.committed);
			assertThat(this.unknown).as(table).containsAll(rows);
		}
	}

	private List<String> prepared() {
		return this.server.sql("select gid from pg_prepared_xacts").query(String.class).list();
	}

}
