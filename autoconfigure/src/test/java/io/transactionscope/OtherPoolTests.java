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
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.mchange.v2.c3p0.DataSources;
import com.mchange.v2.c3p0.PooledDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.test.Phase;
import io.transactionscope.test.Faults;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.PostgresServer;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.commons.dbcp2.ConnectionFactory;
import org.apache.tomcat.jdbc.pool.PoolProperties;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Pools without a ledger lose no connection to a broken link, either.
 */
@Tag("once")
class OtherPoolTests {

	static Stream<OtherPool> pools() {
		return Stream.of(dbcp(), tomcat(), agroal());
	}

	/**
	 * C3p0 looks at a connection that has thrown in a thread, with the driver that still
	 * fails, and does not get it back then.
	 */
	static Stream<OtherPool> poolsOfHealthyDrivers() {
		return Stream.concat(pools(), Stream.of(c3p0()));
	}

	@ParameterizedTest
	@MethodSource("poolsOfHealthyDrivers")
	@DisplayName("T2: a session that the server ends in a block does not stay lent")
	void t2_sessionThatTheServerEndsDoesNotStayLent(OtherPool pool) throws Exception {
		TransactionScope scope = pool.scope();
		JdbcTemplate jdbc = new JdbcTemplate(pool.dataSource);
		JdbcTemplate server = new JdbcTemplate(PostgresServer.running().dataSource());
		for (int i = 0; i < 3; i++) {
			assertThatThrownBy(() -> scope.run(() -> {
				Integer process = jdbc.queryForObject("SELECT pg_backend_pid()", Integer.class);
				server.queryForList("SELECT pg_terminate_backend(?, 5000)", process);
				jdbc.execute("SELECT 1");
			})).isInstanceOf(RuntimeException.class);
			assertThat(pool.lent()).isZero();
		}
		scope.run(() -> jdbc.execute("SELECT 1"));
		pool.close();
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: a failure in any phase leaves no connection lent")
	void t2_failureInAnyPhaseLeavesNoConnectionLent(OtherPool pool) throws Exception {
		TransactionScope scope = pool.scope();
		JdbcTemplate jdbc = new JdbcTemplate(pool.dataSource);
		for (Phase phase : List.of(Phase.BEGIN, Phase.PREPARE, Phase.STATEMENT, Phase.COMMIT, Phase.ROLLBACK)) {
			for (Throwable failure : Stream.concat(Faults.ofEachKind().stream(), Stream.of(Faults.lostLink()))
				.toList()) {
				pool.driver.failAt(phase, failure);
				assertThatThrownBy(() -> scope.run(() -> {
					jdbc.execute("SELECT 1");
					if (phase == Phase.ROLLBACK) {
						throw new IllegalStateException("from the body");
					}
				})).isInstanceOf(Throwable.class);
				pool.driver.heal();
				assertThat(pool.lent()).as("%s: %s", phase, failure).isZero();
			}
		}
		scope.run(() -> jdbc.execute("SELECT 1"));
		pool.close();
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: nor does one in any phase of a block with settings and a savepoint, whose body returns or fails")
	void t2_failureInAnyPhaseOfABlockWithSettingsAndASavepointLeavesNone(OtherPool pool) throws Exception {
		TransactionScope scope = pool.scope().readOnly().isolation(Isolation.SERIALIZABLE);
		JdbcTemplate jdbc = new JdbcTemplate(pool.dataSource);
		for (Phase phase : EnumSet.range(Phase.BEGIN, Phase.RESTORE)) {
			for (Throwable failure : Stream.concat(Faults.ofEachKind().stream(), Stream.of(Faults.lostLink()))
				.toList()) {
				for (boolean returns : new boolean[] { true, false }) {
					IllegalStateException body = new IllegalStateException("from the body");
					pool.driver.failAt(phase, failure);
					Throwable thrown = catchThrowable(() -> scope.run((tx) -> {
						jdbc.execute("SELECT 1");
						tx.savepoint((nested) -> jdbc.execute("SELECT 2"));
						Throwable inner = catchThrowable(() -> tx.savepoint((nested) -> {
							throw body;
						}));
						if (!returns) {
							throw inner;
						}
					}));
					pool.driver.heal();
					assertThat(pool.lent()).as("%s: %s", phase, failure).isZero();
					if (phase.compareTo(Phase.COMMIT) < 0) {
						assertThat(thrown).as("%s: %s", phase, failure).isNotNull();
					}
				}
			}
		}
		scope.run(() -> jdbc.execute("SELECT 1"));
		pool.close();
	}

	@Test
	@DisplayName("T2: c3p0, which loses connections itself while the driver fails, loses none more than with Spring's manager")
	void t2_c3p0LosesNoneThatItKeepsWithSpring() throws Exception {
		for (Phase phase : List.of(Phase.BEGIN, Phase.PREPARE, Phase.STATEMENT, Phase.COMMIT, Phase.ROLLBACK)) {
			if (!loses(phase, false, Duration.ofMillis(500))) {
				assertThat(loses(phase, true, Duration.ofSeconds(10))).as("%s", phase).isFalse();
			}
		}
	}

	/** Whether a connection stays lent of a pool of its own. */
	private static boolean loses(Phase phase, boolean scoped, Duration patience) throws Exception {
		OtherPool pool = c3p0(new FaultyDriver(new DriverManagerDataSource("jdbc:h2:mem:lent;DB_CLOSE_DELAY=-1")),
				Duration.ofSeconds(30));
		try {
			JdbcTemplate jdbc = new JdbcTemplate(pool.dataSource);
			jdbc.execute("SELECT 1");
			Runnable body = () -> {
				jdbc.execute("SELECT 1");
				if (phase == Phase.ROLLBACK) {
					throw new IllegalStateException("from the body");
				}
			};
			pool.driver.failAt(phase, Faults.lostLink());
			assertThatThrownBy(() -> {
				if (scoped) {
					pool.scope().run(body::run);
				}
				else {
					new TransactionTemplate(new JdbcTransactionManager(pool.dataSource))
						.executeWithoutResult((status) -> body.run());
				}
			}).isInstanceOf(Throwable.class);
			pool.driver.heal();
			PooledDataSource lending = (PooledDataSource) pool.dataSource;
			await().pollDelay(Duration.ZERO)
				.pollInterval(Duration.ofMillis(10))
				.atMost(patience)
				.until(() -> lending.getNumBusyConnectionsDefaultUser() == 0);
			return false;
		}
		catch (ConditionTimeoutException ex) {
			return true;
		}
		finally {
			pool.close();
		}
	}

	private static OtherPool dbcp() {
		FaultyDriver driver = new FaultyDriver(PostgresServer.running().dataSource());
		BasicDataSource pool = new BasicDataSource() {

			@Override
			protected ConnectionFactory createConnectionFactory() {
				return driver::getConnection;
			}

		};
		pool.setMaxTotal(2);
		pool.setMaxWait(Duration.ofSeconds(2));
		return new OtherPool("DBCP2", driver, pool, (each) -> pool.getNumActive(), pool);
	}

	private static OtherPool tomcat() {
		FaultyDriver driver = new FaultyDriver(PostgresServer.running().dataSource());
		PoolProperties properties = new PoolProperties();
		properties.setDataSource(driver);
		properties.setMaxActive(2);
		properties.setMaxWait(2000);
		properties.setTestOnBorrow(true);
		properties.setValidationQuery("SELECT 1");
		properties.setInitialSize(0);
		org.apache.tomcat.jdbc.pool.DataSource pool = new org.apache.tomcat.jdbc.pool.DataSource(properties);
		return new OtherPool("Tomcat JDBC", driver, pool, (each) -> pool.getActive(), () -> pool.close(true));
	}

	private static OtherPool c3p0() {
		return c3p0(new FaultyDriver(PostgresServer.running().dataSource()), Duration.ofSeconds(2));
	}

	private static OtherPool c3p0(FaultyDriver driver, Duration wait) {
		try {
			PooledDataSource pool = (PooledDataSource) DataSources.pooledDataSource(driver,
					Map.of("maxPoolSize", 2, "initialPoolSize", 0, "minPoolSize", 0, "checkoutTimeout",
							(int) wait.toMillis(), "acquireRetryAttempts", 1, "acquireRetryDelay", 1,
							"testConnectionOnCheckout", true, "preferredTestQuery", "SELECT 1"));
			return new OtherPool("c3p0", driver, pool, OtherPoolTests::lentOfTwo, pool);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * What the pool says of that itself lags behind. It may notice only now that a
	 * connection is dead.
	 */
	private static int lentOfTwo(DataSource pool) {
		int attempts = 0;
		while (true) {
			try (Connection one = pool.getConnection(); Connection other = pool.getConnection()) {
				assertThat(one).isNotSameAs(other);
				return 0;
			}
			catch (SQLException ex) {
				attempts++;
				if (attempts > 3) {
					return 1;
				}
			}
		}
	}

	private static OtherPool agroal() {
		FaultyDriver driver = new FaultyDriver(PostgresServer.running().dataSource());
		DriverOfAgroal.current = driver;
		try {
			AgroalDataSource pool = AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
				.connectionPoolConfiguration((config) -> config.maxSize(2)
					.acquisitionTimeout(Duration.ofSeconds(2))
					.validateOnBorrow(true)
					.connectionValidator(AgroalConnectionPoolConfiguration.ConnectionValidator.defaultValidator())
					.connectionFactoryConfiguration(
							(factory) -> factory.connectionProviderClass(DriverOfAgroal.class))));
			// It opens its connections with this driver, and later ones, too.
			return new OtherPool("Agroal", driver, pool, OtherPoolTests::lentOfTwo, pool);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Agroal makes its own one of a class. */
	public static final class DriverOfAgroal extends DelegatingDataSource {

		@SuppressWarnings("NullAway.Init")
		private static FaultyDriver current;

		public DriverOfAgroal() {
			super(current);
		}

	}

	record OtherPool(String name, FaultyDriver driver, DataSource dataSource, ToIntFunction<DataSource> active,
			AutoCloseable closing) {

		TransactionScope scope() {
			return TransactionScope.create(new ScopedJdbcTransactionManager(this.dataSource));
		}

		int lent() {
			return this.active.applyAsInt(this.dataSource);
		}

		void close() throws Exception {
			this.closing.close();
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

}
