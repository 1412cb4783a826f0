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
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import org.awaitility.Awaitility;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is logged by any thread, as text.
 */
class CapturedLog {

	private final Logger logger;

	private final List<String> events = new CopyOnWriteArrayList<>();

	private volatile boolean failing;

	private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {

		@Override
		protected void append(ILoggingEvent event) {
			String failure = (event.getThrowableProxy() != null)
					? " " + ThrowableProxyUtil.asString(event.getThrowableProxy()) : "";
			CapturedLog.this.events.add(event.getLevel() + " " + event.getFormattedMessage() + failure);
			if (CapturedLog.this.failing) {
				throw new AssertionError("appender");
			}
		}

	};

	CapturedLog(String logger) {
		this.logger = (Logger) LoggerFactory.getLogger(logger);
	}

	void start() {
		this.appender.start();
		this.logger.addAppender(this.appender);
	}

	void stop() {
		this.logger.detachAppender(this.appender);
	}

	void failing() {
		this.failing = true;
	}

	List<String> events() {
		return this.events;
	}

	/** Wait for an event with these parts. */
	void await(String... parts) {
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.events).anySatisfy((event) -> assertThat(event).contains(parts)));
	}

}
