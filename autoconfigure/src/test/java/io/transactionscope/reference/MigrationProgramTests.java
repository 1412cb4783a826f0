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

package io.transactionscope.reference;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import javax.sql.DataSource;

import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.spring.SpringResources;
import io.transactionscope.test.ResourceFaults;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A migration of the databases that are configured, all locked before the first one is
 * migrated.
 */
@ExtendWith(OutputCaptureExtension.class)
class MigrationProgramTests {

	private final MockEnvironment environment = new MockEnvironment().withProperty("migration.databases", "east");

	private final ResourceFaults faults = new ResourceFaults();

	private final Map<String, Lock> locks = new TreeMap<>();

	private final Map<String, DataSource> databases = new TreeMap<>();

	MigrationProgramTests() {
		for (String name : List.of("east", "north", "west")) {
			JdbcDataSource database = new JdbcDataSource();
			database.setUrl("jdbc:h2:mem:migration-" + name + "-" + System.nanoTime() + ";DB_CLOSE_DELAY=-1");
			this.databases.put(name, database);
			this.locks.put(name, new ReentrantLock());
		}
	}

	@Test
	void eachConfiguredDatabaseIsMigrated() throws SQLException {
		migrate("east,north,west");
		assertThat(this.databases.values()).allMatch(MigrationProgramTests::isMigrated);
		assertThat(this.faults.released()).containsExactly("west", "north", "east");
	}

	@Test
	void whereTheThirdIsLockedNoneIsMigratedAndTheFirstTwoAreReleased() {
		CompletableFuture.runAsync(lock("west")::lock).join();
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> migrate("east,north,west"))
			.satisfies((failure) -> assertThat(this.faults.releases()).hasSize(2)
				.allSatisfy((release) -> assertThat(release.outcome().failure()).isSameAs(failure)));
		assertThat(this.faults.released()).containsExactly("north", "east");
		assertThat(this.faults.held()).isEmpty();
		assertThat(this.databases.values()).noneMatch(MigrationProgramTests::isMigrated);
	}

	@Test
	void aTableThatExistsIsNoFailure(CapturedOutput output) throws SQLException {
		migrate("east");
		migrate("east,north");
		assertThat(isMigrated(database("north"))).isTrue();
		assertThat(output).contains("table exists").doesNotContain("\tat ");
	}

	private void migrate(String databases) throws SQLException {
		ResourceScope.run((scope) -> {
			scope.enter(SpringResources.property(this.environment, "migration.databases", databases));
			migrate();
		});
		assertThat(this.environment.getProperty("migration.databases")).isEqualTo("east");
	}

	// tag::migrate[]
	private void migrate() throws SQLException {
		List<String> names = List.of(this.environment.getRequiredProperty("migration.databases", String[].class));
		ResourceScope.run((scope) -> {
			for (String name : names) {
				scope.enter(this.faults.watch(name, LockResources.lock(lock(name), Duration.ofMillis(50))));
			}
			for (String name : names) {
				migrate(database(name));
			}
		});
	}

	/** The failure of a transaction is suppressed around it, as it is rolled back. */
	private static void migrate(DataSource database) throws SQLException {
		TransactionScope transaction = TransactionScope.create(new ScopedJdbcTransactionManager(database));
		ResourceScope.run((scope) -> {
			scope.enter(Resources.suppressing(SQLException.class)
				.when((ex) -> "42S01".equals(ex.getSQLState()))
				.named("table exists")
				.withoutStackTrace());
			transaction.named("migration")
				.run((tx) -> tx.enter(tx.connection().createStatement())
					.execute("create table orders (id int primary key)"));
		});
	}
	// end::migrate[]

	private Lock lock(String name) {
		return Objects.requireNonNull(this.locks.get(name));
	}

	private DataSource database(String name) {
		return Objects.requireNonNull(this.databases.get(name));
	}

	private static boolean isMigrated(DataSource database) {
		return Integer.valueOf(1)
			.equals(new JdbcTemplate(database).queryForObject(
					"select count(*) from information_schema.tables where table_name = 'ORDERS'", Integer.class));
	}

}
