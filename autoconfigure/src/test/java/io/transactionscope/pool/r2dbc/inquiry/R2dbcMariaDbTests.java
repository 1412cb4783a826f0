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

package io.transactionscope.pool.r2dbc.inquiry;

import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.transactionscope.pool.inquiry.DatabaseInquiry;
import io.transactionscope.pool.inquiry.JdbcSession;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.test.MariaDbServer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mariadb.jdbc.MariaDbDataSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what MariaDB is asked over R2DBC, by its own driver and by that of MySQL.
 */
@Timeout(60)
@EnabledIf("io.transactionscope.test.MariaDbServer#isInstalled")
class R2dbcMariaDbTests {

	private static final Duration PATIENT = Duration.ofSeconds(20);

	private final MariaDbDataSource server = (MariaDbDataSource) MariaDbServer.running().dataSource();

	private final JdbcClient observer = JdbcClient.create(this.server);

	@ParameterizedTest
	@ValueSource(strings = { "mariadb", "mysql" })
	void ownerOfALockIsFoundAsOverJdbc(String driver) throws SQLException {
		this.observer.sql("create or replace table asked_over_r2dbc (id int primary key, v int) engine = innodb")
			.update();
		this.observer.sql("insert into asked_over_r2dbc values (1, 1)").update();
		io.r2dbc.spi.Connection blocked = Objects.requireNonNull(Mono.from(driver(driver).create()).block(PATIENT));
		ServerProcess waiting = Objects.requireNonNull(R2dbcServerProcesses.of(blocked));
		assertThat(Flux.from(blocked.createStatement("select connection_id()").execute())
			.flatMap((result) -> result.map((row) -> Objects.requireNonNull(row.get(0, Long.class))))
			.map((number) -> new ServerProcess(DatabaseKind.MYSQL, number))
			.blockLast(PATIENT)).isEqualTo(waiting);
		CompletableFuture<?> statement;
		try (Connection owner = this.server.getConnection(); Statement update = owner.createStatement()) {
			owner.setAutoCommit(false);
			update.execute("update asked_over_r2dbc set v = 2");
			statement = Flux.from(blocked.createStatement("update asked_over_r2dbc set v = 42").execute())
				.flatMap((result) -> result.getRowsUpdated())
				.collectList()
				.toFuture();
			await().until(() -> this.observer.sql("select count(*) from information_schema.innodb_lock_waits")
				.query(Integer.class)
				.single() == 1);
			DatabaseInquiry.Session asking = new R2dbcOpener(driver(driver), PATIENT).open();
			List<ServerSession> sessions = asking.sessions(List.of(waiting.number()), PATIENT);
			asking.close();
			assertThat(sessions).hasSize(2)
				.anySatisfy((session) -> assertThat(session).returns(waiting.number(), ServerSession::process)
					.returns(true, ServerSession::waitsForLock)
					.returns("update asked_over_r2dbc set v = ?", ServerSession::sql))
				.anySatisfy((session) -> assertThat(session).returns("idle in transaction", ServerSession::activity)
					.returns(false, ServerSession::waitsForLock));
			try (JdbcSession jdbc = new JdbcSession(this.server.getConnection())) {
				assertThat(sessions).usingRecursiveFieldByFieldElementComparatorIgnoringFields("since")
					.containsExactlyInAnyOrderElementsOf(jdbc.sessions(List.of(waiting.number()), PATIENT));
			}
			owner.rollback();
		}
		assertThat(statement).succeedsWithin(PATIENT);
		Mono.from(blocked.close()).block(PATIENT);
	}

	/** As the root user, who needs no password. */
	private ConnectionFactory driver(String name) {
		URI address = URI.create(this.server.getUrl().substring("jdbc:".length()));
		return ConnectionFactories.get(ConnectionFactoryOptions
			.parse("r2dbc:%s://%s:%d%s".formatted(name, address.getHost(), address.getPort(), address.getPath()))
			.mutate()
			.option(ConnectionFactoryOptions.USER, "root")
			.build());
	}

}
