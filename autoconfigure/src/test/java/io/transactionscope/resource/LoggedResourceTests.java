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
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Resources#logged(String, Level)}.
 */
class LoggedResourceTests {

	private final Logger logger = (Logger) LoggerFactory.getLogger(LoggedResourceTests.class);

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

	private List<String> messages() {
		return this.appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
	}

}
