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

package io.transactionscope.resource;

import java.util.List;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.read.ListAppender;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * How many entries a scope holds, and what it says of too many.
 */
class ManyEntriesTests {

	private final Logger logger = (Logger) LoggerFactory.getLogger("io.transactionscope");

	private final ListAppender<ILoggingEvent> log = new ListAppender<>();

	@BeforeEach
	void listen() {
		this.log.start();
		this.logger.addAppender(this.log);
	}

	@AfterEach
	void stopListening() {
		this.logger.detachAppender(this.log);
	}

	@Test
	void countsWhatIsEnteredAndNotReleased() {
		ResourceScope scope = ResourceScope.open();
		assertThat(scope.size()).isZero();
		scope.enter(Resources.none("a"));
		scope.defer(() -> {
		});
		scope.enter(Resources.none("b").and(Resources.none("c")));
		assertThat(scope.size()).isEqualTo(3);
		ResourceScope inner = scope.enter(ResourceScope.open());
		inner.enter(Resources.none("d"));
		inner.enter(Resources.none("e"));
		assertThat(scope.size()).isEqualTo(6);
		assertThat(inner.size()).isEqualTo(2);
		ResourceScope detached = scope.detach();
		assertThat(scope.size()).isZero();
		assertThat(detached.size()).isEqualTo(6);
		detached.close();
		assertThat(detached.size()).isZero();
	}

	@Test
	void warnsOnceOfMoreThanAThousand() {
		ResourceScope.run((scope) -> {
			enter(scope, 1_000);
			assertThat(warnings()).isEmpty();
			scope.enter(new Leaked());
			enter(scope, 9_000);
		});
		assertThat(warnings()).singleElement()
			.satisfies((event) -> assertThat(event.getFormattedMessage()).contains("holds 1001 entries", "expect(")
				.contains(Leaked.class.getName()))
			.satisfies((event) -> assertThat(event.getThrowableProxy().getStackTraceElementProxyArray())
				.anySatisfy((frame) -> assertThat(frame.toString()).contains("ManyEntriesTests")));
	}

	@Test
	void warnsOfMoreThanItExpects() {
		ResourceScope.run((scope) -> {
			enter(scope, 3);
			scope.expect(5);
			enter(scope, 2);
			assertThat(warnings()).isEmpty();
			enter(scope, 5);
			assertThat(warnings()).hasSize(1);
		});
		ResourceScope.run((scope) -> {
			scope.expect(Integer.MAX_VALUE);
			enter(scope, 2_000);
		});
		assertThat(warnings()).hasSize(1);
		assertThatIllegalArgumentException().isThrownBy(() -> ResourceScope.run((scope) -> scope.expect(0)))
			.withMessage("Invalid entries (0): must be at least 1");
	}

	@Test
	void detachedScopeTakesTheExpectationWithIt() {
		ResourceScope scope = ResourceScope.open();
		scope.expect(3);
		enter(scope, 3);
		ResourceScope detached = scope.detach();
		enter(scope, 10);
		assertThat(warnings()).isEmpty();
		enter(detached, 1);
		assertThat(warnings()).hasSize(1);
		scope.close();
		detached.close();
	}

	@Test
	void loggerThatFailsChangesNothing() {
		AppenderBase<ILoggingEvent> failing = new AppenderBase<>() {

			@Override
			public synchronized void doAppend(ILoggingEvent event) {
				throw new AssertionError("log");
			}

			@Override
			protected void append(ILoggingEvent event) {
			}

		};
		this.logger.addAppender(failing);
		try {
			ResourceScope.run((scope) -> {
				scope.expect(1);
				enter(scope, 3);
				assertThat(scope.size()).isEqualTo(3);
			});
		}
		finally {
			this.logger.detachAppender(failing);
		}
	}

	@Test
	void transactionCountsAcrossItsSavepoints() {
		TransactionScope transactions = TransactionScope
			.create(new ScopedJdbcTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:many")))
			.named("import");
		transactions.run((tx) -> {
			for (int i = 0; i < 1_100; i++) {
				tx.savepoint((savepoint) -> savepoint.enter(Resources.none("row")));
			}
		});
		assertThat(warnings()).singleElement()
			.satisfies((event) -> assertThat(event.getFormattedMessage())
				.startsWith("Transaction 'import' holds more than 1000 resources"));
		transactions.run((tx) -> {
			tx.expect(2_000);
			for (int i = 0; i < 2_000; i++) {
				tx.adopt(Held.of("held", (outcome) -> {
				}));
			}
		});
		assertThat(warnings()).hasSize(1);
		assertThatIllegalArgumentException().isThrownBy(() -> transactions.run((tx) -> tx.expect(0)))
			.withMessage("Invalid resources (0): must be at least 1");
	}

	@Test
	void transactionDoesNotCountWhatItCouldNotAcquire() {
		TransactionScope transactions = TransactionScope
			.create(new ScopedJdbcTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:many")));
		Resource<String> unavailable = () -> {
			throw new IllegalStateException("unavailable");
		};
		transactions.run((tx) -> {
			tx.expect(2);
			for (int i = 0; i < 10; i++) {
				assertThatIllegalStateException().isThrownBy(() -> tx.enter(unavailable));
			}
			tx.enter(Resources.none("a"));
			tx.enter(new Leaked());
			assertThat(warnings()).isEmpty();
			tx.enter(new Leaked());
			assertThat(warnings()).hasSize(1);
		});
	}

	@Test
	void countsScopesInEachOtherOnce() {
		ResourceScope one = ResourceScope.open();
		ResourceScope other = one.enter(ResourceScope.open());
		other.enter(one);
		other.enter(Resources.none("a"));
		assertThat(one.size()).isEqualTo(3);
		assertThat(other.size()).isEqualTo(3);
		one.close();
		assertThat(other.size()).isZero();
	}

	@Test
	void scopeThatHasEndedExpectsNothing() {
		ResourceScope scope = ResourceScope.open();
		scope.close();
		assertThatIllegalStateException().isThrownBy(() -> scope.expect(5));
	}

	private List<ILoggingEvent> warnings() {
		return this.log.list.stream().filter((event) -> event.getFormattedMessage().contains("expect(")).toList();
	}

	private static void enter(ResourceScope scope, int count) {
		for (int i = 0; i < count; i++) {
			scope.defer(() -> {
			});
		}
	}

	private static final class Leaked implements AutoCloseable {

		@Override
		public void close() {
		}

	}

}
