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

package io.transactionscope.engine;

import java.util.stream.Stream;

import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Writes to the log, whatever becomes of it: an appender that fails has no say in the
 * outcome of a block (T12).
 *
 * @since 0.1.0
 */
public final class Log {

	private static final Logger logger = LoggerFactory.getLogger("io.transactionscope.TransactionScope");

	private Log() {
	}

	static boolean isDebugEnabled() {
		try {
			return logger.isDebugEnabled();
		}
		catch (Throwable ex) {
			return false;
		}
	}

	public static void debug(String message, @Nullable Object... arguments) {
		write(Level.DEBUG, message, arguments);
	}

	public static void warn(String message, @Nullable Object... arguments) {
		write(Level.WARN, message, arguments);
	}

	public static void error(String message, @Nullable Object... arguments) {
		write(Level.ERROR, message, arguments);
	}

	private static void write(Level level, String message, @Nullable Object... arguments) {
		try {
			logger.atLevel(level).log(message, printable(arguments));
		}
		catch (Throwable ex) {
			// There is nowhere left to say it.
		}
	}

	private static @Nullable Object[] printable(@Nullable Object[] arguments) {
		return Stream.of(arguments).map((each) -> (each instanceof String text) ? Printable.of(text) : each).toArray();
	}

}
