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

package io.transactionscope.incident;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * What a service logs, from any thread.
 */
public final class ServiceLog extends AppenderBase<ILoggingEvent> {

	private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

	private final List<String> events = new CopyOnWriteArrayList<>();

	@Override
	protected void append(ILoggingEvent event) {
		String failure = (event.getThrowableProxy() != null)
				? "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy()) : "";
		this.events.add(event.getLevel() + " " + event.getLoggerName() + " - " + event.getFormattedMessage() + failure);
	}

	@Override
	public void start() {
		super.start();
		this.root.addAppender(this);
	}

	@Override
	public void stop() {
		this.root.detachAppender(this);
		super.stop();
	}

	/** One event after the other, each begun on a line of its own. */
	public String text() {
		return String.join("\n", this.events);
	}

	public List<String> events() {
		return this.events;
	}

}
