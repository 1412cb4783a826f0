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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

// tag::unit-imports[]
import io.transactionscope.TransactionScope;
// end::unit-imports[]
import io.transactionscope.pool.PoolLedgers;
// tag::resource-imports[]
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.test.ResourceFaults;
// end::resource-imports[]
import io.transactionscope.test.scope.RecordedScope;
// tag::unit-imports[]
import io.transactionscope.test.scope.ScopeDeadlines;
import io.transactionscope.test.scope.ScopeRecords;
import io.transactionscope.test.scope.TransactionScopes;
// end::unit-imports[]
import io.transactionscope.test.spring.RecordScopes;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.test.autoconfigure.JdbcTest;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.transaction.TransactionTimedOutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * The tests of the chapter "Testing" that need no application.
 */
@Tag("once")
class TestingExampleTests {

	@TempDir
	Path directory;

	// tag::unit[]
	@Test
	void confirmsOnceAllIsDone() {
		TransactionScope transactions = TransactionScopes.withoutDatabase();
		List<String> mails = new ArrayList<>();
		Clerk clerk = new Clerk(transactions, () -> assertThat(mails).isEmpty(), mails);

		clerk.place("kettle");

		assertThat(mails).containsExactly("kettle");
	}

	@Test
	void givesUpWhenTheWarehouseTakesTooLong() {
		TransactionScope transactions = TransactionScopes.withoutDatabase();
		ScopeRecords scopes = ScopeRecords.of(transactions);
		List<String> mails = new ArrayList<>();
		Clerk clerk = new Clerk(transactions.timeout(Duration.ofSeconds(2)),
				() -> ScopeDeadlines.advance(Duration.ofSeconds(2)), mails);

		assertThatExceptionOfType(TransactionTimedOutException.class).isThrownBy(() -> clerk.place("kettle"));

		assertThat(scopes.rolledBack()).hasSize(1);
		assertThat(mails).isEmpty();
	}
	// end::unit[]

	// tag::clerk[]
	record Clerk(TransactionScope transactions, Runnable warehouse, List<String> mails) {

		void place(String sku) {
			this.transactions.run((tx) -> {
				this.warehouse.run();
				tx.afterCommit(() -> this.mails.add(sku));
			});
		}

	}
	// end::clerk[]

	// tag::resources[]
	@Test
	void leavesNoFileBehindIfTheLockCannotBeReleased() {
		Path target = this.directory.resolve("rows.csv");
		ResourceFaults faults = new ResourceFaults();
		Export export = new Export(faults.watch("file", FileResources.atomicFile(target)),
				faults.watch("lock", LockResources.lock(new ReentrantLock(), Duration.ofSeconds(1))));
		faults.release("lock").fails(new IOException("connection lost"));

		assertThatIOException().isThrownBy(export::run);

		assertThat(faults.released()).containsExactly("lock", "file");
		assertThat(faults.releases().get(1).outcome().isFailure()).isTrue();
		assertThat(faults.held()).isEmpty();
		assertThat(target).doesNotExist();
	}
	// end::resources[]

	// tag::export[]
	record Export(Resource<Path> file, Resource<Lock> lock) {

		void run() throws IOException {
			ResourceScope.run((scope) -> {
				Path written = scope.enter(this.file);
				scope.enter(this.lock);
				Files.writeString(written, "rows");
			});
		}

	}
	// end::export[]

	@Test
	void allResourcesOfAnApplicationAreWatched() {
		try (var context = new AnnotationConfigApplicationContext(WatchedResources.class, Locks.class)) {
			ResourceFaults faults = context.getBean(ResourceFaults.class);
			Resource<?> lock = context.getBean("importLock", Resource.class);
			ResourceScope.run((scope) -> {
				scope.enter(lock);
				assertThat(faults.held()).containsExactly("importLock");
			});
			assertThat(faults.released()).containsExactly("importLock");
		}
	}

	// tag::watching[]
	@Configuration(proxyBeanMethods = false)
	static class WatchedResources {

		@Bean
		static ResourceFaults resourceFaults() {
			return new ResourceFaults();
		}

		@Bean
		static BeanPostProcessor watching(ResourceFaults faults) {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return (bean instanceof Resource<?> resource) ? faults.watch(name, resource) : bean;
				}

			};
		}

	}
	// end::watching[]

	@Configuration(proxyBeanMethods = false)
	static class Locks {

		@Bean
		Resource<Lock> importLock() {
			return LockResources.lock(new ReentrantLock(), Duration.ofSeconds(1));
		}

	}

	/**
	 * A slice, whose data source is an embedded one.
	 */
	@Nested
	@JdbcTest
	@ContextConfiguration(classes = Slice.class)
	@RecordScopes
	class InASlice {

		@Test
		void nothingIsCountedWithoutALedger(@Autowired TransactionScope transactions, @Autowired JdbcClient jdbc,
				@Autowired ScopeRecords scopes, @Autowired PoolLedgers ledgers) {
			transactions.named("look").run(() -> jdbc.sql("select 1").query(Integer.class).single());
			assertThat(ledgers.all()).isEmpty();
			assertThat(scopes.committed()).singleElement().returns(0, RecordedScope::statements);
		}

	}

	/**
	 * A slice that keeps the data source of the application.
	 */
	@Nested
	@JdbcTest(properties = { "spring.test.database.replace=none", "spring.datasource.url=jdbc:h2:mem:slice" })
	@ContextConfiguration(classes = Slice.class)
	@RecordScopes
	class InASliceWithThePool {

		@Test
		void statementsAreCounted(@Autowired TransactionScope transactions, @Autowired JdbcClient jdbc,
				@Autowired ScopeRecords scopes) {
			transactions.named("look").run(() -> jdbc.sql("select 1").query(Integer.class).single());
			assertThat(scopes.committed()).singleElement().returns(1, RecordedScope::statements);
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Slice {

	}

}
