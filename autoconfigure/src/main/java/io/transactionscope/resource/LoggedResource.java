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

import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Logs start and end of a scope.
 *
 * @param logger where to log
 * @param name what the scope does
 * @param level the level to log at
 */
record LoggedResource(Logger logger, String name, Level level) implements Resource<String> {

	@Override
	public Held<String> acquire() {
		long start = System.nanoTime();
		log("{} started", this.name);
		return Held.of(this.name, (outcome) -> log("{} {} after {} ms", this.name, outcome,
				Duration.ofNanos(System.nanoTime() - start).toMillis()));
	}

	private void log(String message, Object... arguments) {
		try {
			this.logger.atLevel(this.level).log(message, arguments);
		}
		catch (Throwable ex) {
			// An appender that fails has no say in what becomes of the scope.
		}
	}

}
