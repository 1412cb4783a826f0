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

import java.io.IOException;
import java.util.List;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import static ch.qos.logback.classic.Level.ERROR;
import static ch.qos.logback.classic.Level.INFO;
import static ch.qos.logback.classic.Level.WARN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ActivityLog}.
 */
class ActivityLogTests {

	private final Logger logger = (Logger) LoggerFactory.getLogger(ActivityLogTests.class);

	private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

	@BeforeEach
	void start() {
		this.appender.start();
		this.logger.addAppender(this.appender);
	}

	@AfterEach
	void stop() {
		this.logger.detachAppender(this.appender);
	}

	@Test
	void logsStartEndAndDuration() {
		ResourceScope.run((scope) -> {
			assertThat(scope.enter(Resources.logged(this.logger, "import", Level.WARN))).isEqualTo("import");
			assertThat(messages()).containsExactly("import started");
		});
		assertThat(messages()).hasSize(2).last().asString().matches("import succeeded after \\d+ ms");
		assertThat(this.appender.list).extracting(ILoggingEvent::getLevel)
			.containsOnly(ch.qos.logback.classic.Level.WARN);
	}

	@Test
	void logsTheFailure() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.logged(this.logger, "import", Level.INFO));
			throw new IOException("disk full");
		}));
		assertThat(messages()).last()
			.asString()
			.matches("import failed \\(java\\.io\\.IOException: disk full\\) after \\d+ ms");
	}

	@Test
	void logsNothingBelowTheLevelOfTheLogger() {
		this.logger.setLevel(ch.qos.logback.classic.Level.INFO);
		try {
			ResourceScope.run((scope) -> scope.enter(Resources.logged(this.logger, "import", Level.DEBUG)));
			assertThat(messages()).isEmpty();
		}
		finally {
			this.logger.setLevel(null);
		}
	}

	@Test
	void logsAFailureAtItsOwnLevelWithItsException() {
		IOException failure = new IOException("disk full");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.logged(this.logger, "import of {} for {}", "a.csv", 42));
			throw failure;
		})).isSameAs(failure);
		assertThat(messages()).first().isEqualTo("import of a.csv for 42 started");
		assertThat(messages()).last()
			.asString()
			.matches("import of a\\.csv for 42 failed \\(java\\.io\\.IOException: disk full\\) after \\d+ ms");
		assertThat(this.appender.list).extracting(ILoggingEvent::getLevel).containsExactly(INFO, WARN);
		assertThat(thrown(this.appender.list.get(0))).isNull();
		assertThat(thrown(this.appender.list.get(1))).isSameAs(failure);
	}

	@Test
	void logsAnOutcomeThatIsUnknownAsAFailure() {
		IOException lost = new IOException("link lost");
		ResourceScope scope = ResourceScope.open();
		scope.enter(Resources.logged(this.logger, "import"));
		scope.end(Outcome.unknown(lost));
		assertThat(messages()).last()
			.asString()
			.matches("import unknown \\(java\\.io\\.IOException: link lost\\) after \\d+ ms");
		assertThat(this.appender.list.get(1).getLevel()).isEqualTo(WARN);
		assertThat(thrown(this.appender.list.get(1))).isSameAs(lost);
	}

	@Test
	void logsAFailureThatNobodySaw() {
		try (ResourceScope scope = ResourceScope.open()) {
			scope.enter(Resources.logged(this.logger, "import"));
		}
		assertThat(messages()).last().asString().matches("import failed after \\d+ ms");
		assertThat(this.appender.list.get(1).getLevel()).isEqualTo(WARN);
	}

	@Test
	void logsAtTheLevelsThatItIsTold() {
		ActivityLog log = Resources.logged(this.logger, "import");
		assertThat(levels(log.failuresAt(Level.ERROR))).containsExactly(INFO, INFO, INFO, ERROR);
		assertThat(levels(log.at(Level.WARN).failuresAt(Level.INFO))).containsExactly(WARN, WARN, WARN, INFO);
		assertThat(levels(log)).containsExactly(INFO, INFO, INFO, WARN);
	}

	@Test
	void logsAFailureNotBelowTheLevelOfASuccess() {
		assertThat(levels(Resources.logged(this.logger, "import", Level.ERROR))).containsExactly(ERROR, ERROR, ERROR,
				ERROR);
	}

	@Test
	void logsAFailureThoughItsStartIsBelowTheLevelOfTheLogger() {
		this.logger.setLevel(INFO);
		try {
			assertThat(levels(Resources.logged(this.logger, "import of {}", "a.csv").at(Level.DEBUG)))
				.containsExactly(WARN);
			assertThat(messages()).singleElement().asString().startsWith("import of a.csv failed");
		}
		finally {
			this.logger.setLevel(null);
		}
	}

	@Test
	void logsArgumentsInTheirPlacesOrInBrackets() {
		assertThat(line("import of {} for {}", "a.csv", null)).isEqualTo("import of a.csv for null");
		assertThat(line("import", "a.csv", List.of(1, 2))).isEqualTo("import (a.csv, [1, 2])");
		assertThat(line("import of {}", new int[] { 1, 2 }, "left over")).isEqualTo("import of [1, 2]");
		assertThat(line("retry after {}", new IOException("disk full")))
			.isEqualTo("retry after java.io.IOException: disk full");
		assertThat(line("100 {} of it")).isEqualTo("100 {} of it");
	}

	@Test
	void logsArgumentsAsTheyWereAtTheStart() {
		StringBuilder customer = new StringBuilder("acme");
		ResourceScope.run((scope) -> {
			scope.enter(Resources.logged(this.logger, "import for {}", customer));
			customer.setLength(0);
		});
		assertThat(messages()).last().asString().startsWith("import for acme succeeded");
	}

	@Test
	void keepsArgumentsInOneLineOfBoundedLength() {
		assertThat(line("import of {}", "a\r\n\tb\0\u2028c")).isEqualTo("import of a\\r\\n\\tb\\u0000\\u2028c");
		assertThat(line("import of {} and more\n12:00 INFO", "a\u202Eb"))
			.isEqualTo("import of a\\u202Eb and more\\n12:00 INFO");
		assertThat(line("import of {} for {}", "x".repeat(100_000), "acme"))
			.isEqualTo("import of " + "x".repeat(400) + "... for acme");
	}

	@Test
	void doesNotMindAnArgumentWithoutAText() {
		assertThat(line("import of {} for {}", new Unprintable(new StackOverflowError()), "acme"))
			.isEqualTo("import of [FAILED toString()] for acme");
	}

	@Test
	void doesNotMindAFailureWithoutAText() {
		RuntimeException failure = new RuntimeException() {

			@Override
			public String getMessage() {
				throw new IllegalStateException("no text");
			}

		};
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(Resources.logged(this.logger, "import"));
			throw failure;
		})).isSameAs(failure);
		assertThat(messages()).last().asString().startsWith("import failed ([FAILED toString()]) after");
	}

	private String line(String activity, @Nullable Object... arguments) {
		return ResourceScope.call((scope) -> scope.enter(Resources.logged(this.logger, activity, arguments)));
	}

	/** Of a success, and of a failure. */
	private List<ch.qos.logback.classic.Level> levels(ActivityLog log) {
		this.appender.list.clear();
		ResourceScope.run((scope) -> scope.enter(log));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(log);
			throw new IOException("disk full");
		}));
		return this.appender.list.stream().map(ILoggingEvent::getLevel).toList();
	}

	private static @Nullable Throwable thrown(ILoggingEvent event) {
		return (event.getThrowableProxy() instanceof ThrowableProxy proxy) ? proxy.getThrowable() : null;
	}

	private List<String> messages() {
		return this.appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
	}

	private record Unprintable(Error failure) {

		@Override
		public String toString() {
			throw this.failure;
		}

	}

}
