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

package io.transactionscope.test;

import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.BlockFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.core.BaseConnection;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Statements that {@linkplain DatabaseFaultPoint#stalls() stall} beneath a pool with a
 * ledger, and how the block around them ends them.
 */
@ParameterizedClass
@MethodSource("io.transactionscope.test.Workers#all")
@Timeout(60)
class StalledStatementTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private final DatabaseFaults faults = new DatabaseFaults();

	private final HikariDataSource pool;

	private final JdbcTemplate jdbc;

	private final TransactionScope scope;

	private final ExecutorService executor;

	StalledStatementTests(Workers workers) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(this.faults.beneath("orders", workers.database()));
		config.setMaximumPoolSize(1);
		this.pool = new HikariDataSource(config);
		TrackedDataSource tracked = new TrackedDataSource(this.pool);
		this.jdbc = new JdbcTemplate(tracked);
		this.scope = TransactionScope.create(new ScopedJdbcTransactionManager(tracked));
		this.executor = workers.executor();
	}

	@AfterEach
	void close() {
		this.faults.clear();
		this.executor.shutdownNow();
		this.pool.close();
	}

	private DatabaseFault stall() {
		return this.faults.at(Phase.STATEMENT).matching("select 1").once().stalls();
	}

	@Test
	void endsByTheCancelOfItsBlock() throws Exception {
		DatabaseFault fault = stall();
		BlockFuture<?> future = this.scope.async(this.executor).run(() -> this.jdbc.execute("select 1"));
		assertThat(fault.awaitStrike(LONG)).isTrue();
		future.cancel(true);
		assertThat(future.ended().toCompletableFuture().get(10, TimeUnit.SECONDS)).matches(Outcome::isCancelled);
		assertThat(future.isCancelled()).isTrue();
	}

	@Test
	void endsByTheCancelOfItsBlockAfterItsFirstStatement() throws Exception {
		DatabaseFault fault = stall();
		BlockFuture<?> future = this.scope.timeout(LONG).async(this.executor).run(() -> {
			this.jdbc.execute("select 2");
			this.jdbc.execute("select 1");
		});
		assertThat(fault.awaitStrike(LONG)).isTrue();
		future.cancel(true);
		assertThat(future.ended().toCompletableFuture().get(10, TimeUnit.SECONDS)).matches(Outcome::isCancelled);
	}

	@Test
	void endsByTheDeadlineOfItsBlock() {
		DatabaseFault fault = stall();
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> this.scope.timeout(Duration.ofSeconds(1)).run(() -> this.jdbc.execute("select 1")));
		assertThat(fault.strikes()).isOne();
	}

	@Test
	void endsByItsTimeoutAndLeavesTheTransactionAsItWas() {
		DatabaseFault fault = stall();
		this.scope.run(() -> {
			assertThatExceptionOfType(QueryTimeoutException.class)
				.isThrownBy(() -> this.jdbc.execute((ConnectionCallback<Boolean>) (connection) -> {
					try (Statement statement = connection.createStatement()) {
						statement.setQueryTimeout(1);
						return statement.execute("select 1");
					}
				}));
			this.jdbc.execute("select 2");
		});
		assertThat(fault.strikes()).isOne();
	}

	@Test
	void changesNothingForOtherDatabasesAndOncePast() {
		boolean postgres = isOfPostgres();
		this.faults.at(Phase.STATEMENT).in("others").lenient().stalls();
		this.faults.at(Phase.COMMIT).lenient().stalls();
		assertThat(isOfPostgres()).isEqualTo(postgres);
		DatabaseFault fault = stall();
		assertThat(isOfPostgres()).isFalse();
		fault.disarm();
		assertThat(isOfPostgres()).isEqualTo(postgres);
	}

	private boolean isOfPostgres() {
		return Boolean.TRUE.equals(this.jdbc
			.execute((ConnectionCallback<Boolean>) (connection) -> connection.isWrapperFor(BaseConnection.class)));
	}

}
