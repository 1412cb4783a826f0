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

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.pool.tracked.TrackedPool;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.RecordingDriver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What reaches the driver in a transaction, once the application is warm.
 */
class RoundTripTests {

	private static final String ALIVE_BYPASS_WINDOW = "com.zaxxer.hikari.aliveBypassWindowMs";

	/** What PostgreSQL's driver need not ask the server. */
	private static final Set<String> ANSWERED_FROM_MEMORY = Set.of("getAutoCommit", "isWrapperFor", "unwrap",
			"isClosed");

	private static final RecordingDriver DRIVER = new RecordingDriver(PostgresServer.running().dataSource());

	private static HikariDataSource pool;

	private static AnnotationConfigApplicationContext application;

	@BeforeAll
	static void start() {
		// A pool may check a connection that nobody has used for a while, and a slow
		// machine makes any time a while.
		System.setProperty(ALIVE_BYPASS_WINDOW, String.valueOf(Integer.MAX_VALUE));
		HikariConfig config = new HikariConfig();
		config.setDataSource(DRIVER);
		config.setMaximumPoolSize(1);
		pool = new HikariDataSource(config);
		System.clearProperty(ALIVE_BYPASS_WINDOW);
		application = new AnnotationConfigApplicationContext();
		application.registerBean("dataSource", HikariDataSource.class, () -> pool);
		application.register(Starter.class);
		application.refresh();
		assertThat(application.getBean(DataSource.class)).isInstanceOf(TrackedPool.class);
	}

	@AfterAll
	static void stop() {
		application.close();
		pool.close();
	}

	@ParameterizedTest
	@EnumSource
	void areThoseOfHandWrittenJdbc(Way way) throws SQLException {
		List<String> handWritten = callsOf(RoundTripTests::handWritten);
		List<String> ours = callsOf(() -> way.run(application));
		assertThat(handWritten).containsExactly("setAutoCommit", "prepareStatement", "execute", "close", "commit",
				"setAutoCommit", "clearWarnings");
		assertThat(ours).filteredOn((call) -> !ANSWERED_FROM_MEMORY.contains(call)).isEqualTo(handWritten);
	}

	private static List<String> callsOf(Block block) throws SQLException {
		for (int i = 0; i < 10; i++) {
			block.run();
		}
		DRIVER.clear();
		block.run();
		return new ArrayList<>(DRIVER.calls());
	}

	private static void handWritten() throws SQLException {
		try (Connection connection = pool.getConnection()) {
			connection.setAutoCommit(false);
			work(connection);
			connection.commit();
		}
	}

	private static void work(Connection connection) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement("select 1")) {
			statement.execute();
		}
	}

	/**
	 * How the transaction is written.
	 */
	enum Way {

		CALL {

			@Override
			void run(AnnotationConfigApplicationContext application) throws SQLException {
				application.getBean(TransactionScope.class).run((tx) -> work(tx.connection()));
			}

		},

		OPEN {

			@Override
			void run(AnnotationConfigApplicationContext application) throws SQLException {
				try (OpenScope tx = application.getBean(TransactionScope.class).open()) {
					work(tx.connection());
					tx.complete();
				}
			}

		},

		SCOPED_TRANSACTION {

			@Override
			void run(AnnotationConfigApplicationContext application) throws SQLException {
				application.getBean(Methods.class).scoped();
			}

		},

		PLAIN_TRANSACTIONAL {

			@Override
			void run(AnnotationConfigApplicationContext application) throws SQLException {
				application.getBean(Methods.class).plain();
			}

		};

		abstract void run(AnnotationConfigApplicationContext application) throws SQLException;

	}

	@FunctionalInterface
	private interface Block {

		void run() throws SQLException;

	}

	static class Methods {

		private final DataSource dataSource;

		Methods(DataSource dataSource) {
			this.dataSource = dataSource;
		}

		@ScopedTransaction
		void scoped() throws SQLException {
			work(ActiveScope.current().connection());
		}

		@Transactional
		void plain() throws SQLException {
			Connection connection = DataSourceUtils.getConnection(this.dataSource);
			try {
				work(connection);
			}
			finally {
				DataSourceUtils.releaseConnection(connection, this.dataSource);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Methods.class)
	@ImportAutoConfiguration({ AopAutoConfiguration.class, TransactionAutoConfiguration.class,
			TransactionManagerCustomizationAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
			PoolAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class,
			TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class })
	static class Starter {

	}

}
