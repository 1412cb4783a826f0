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
import java.util.Collections;
import java.util.Objects;

import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.helpers.MessageFormatter;

/**
 * Logs start and end of a scope, and how long it took. By default that is at INFO, and a
 * failure is at WARN, with its exception. Immutable.
 *
 * <pre class="code">
 * scope.enter(Resources.logged("import of {} for {}", file, customer).failuresAt(Level.ERROR));
 * </pre>
 *
 * @see Resources#logged(String, Object...)
 * @since 0.1.0
 */
public final class ActivityLog implements Resource<String> {

	/** So much of an argument, or of a failure's message, is in the line. */
	private static final int MOST_CHARACTERS = 400;

	private final Logger logger;

	private final String activity;

	private final @Nullable Object[] arguments;

	private final Level level;

	private final Level failureLevel;

	ActivityLog(Logger logger, String activity, @Nullable Object[] arguments) {
		this(Objects.requireNonNull(logger, "logger must not be null"),
				Printable.of(Objects.requireNonNull(activity, "activity must not be null")),
				Objects.requireNonNull(arguments, "arguments must not be null").clone(), Level.INFO, Level.WARN);
	}

	private ActivityLog(Logger logger, String activity, @Nullable Object[] arguments, Level level, Level failureLevel) {
		this.logger = logger;
		this.activity = activity;
		this.arguments = arguments;
		this.level = level;
		this.failureLevel = failureLevel;
	}

	/**
	 * Return one that logs the start, and an end with success, at another level. A
	 * failure is logged at least at that level, too.
	 * @param level the level; INFO by default
	 * @return the other one
	 */
	public ActivityLog at(Level level) {
		Objects.requireNonNull(level, "level must not be null");
		boolean higher = level.toInt() > this.failureLevel.toInt();
		return new ActivityLog(this.logger, this.activity, this.arguments, level, higher ? level : this.failureLevel);
	}

	/**
	 * Return one that logs a failure, and an outcome that is unknown, at another level.
	 * @param level the level; WARN by default
	 * @return the other one
	 */
	public ActivityLog failuresAt(Level level) {
		Objects.requireNonNull(level, "level must not be null");
		return new ActivityLog(this.logger, this.activity, this.arguments, this.level, level);
	}

	@Override
	public Held<String> acquire() {
		long start = System.nanoTime();
		String line = line();
		log(this.level, null, "{} started", line);
		return Held.of(line, (outcome) -> {
			long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
			log(outcome.isSuccess() ? this.level : this.failureLevel, outcome.failure(), "{} {} after {} ms", line,
					text(outcome), millis);
		});
	}

	private void log(Level level, @Nullable Throwable failure, String message, Object... values) {
		try {
			this.logger.atLevel(level).setCause(failure).log(message, values);
		}
		catch (Throwable ex) {
			// An appender that fails has no say in what becomes of the scope.
			if (failure != null) {
				// It may be the failure that cannot be printed.
				log(level, null, message, values);
			}
		}
	}

	private String line() {
		if (this.arguments.length == 0) {
			return this.activity;
		}
		@Nullable Object[] texts = new Object[this.arguments.length];
		for (int i = 0; i < texts.length; i++) {
			texts[i] = text(this.arguments[i]);
		}
		return MessageFormatter.basicArrayFormat(pattern(), texts);
	}

	private String pattern() {
		return this.activity.contains("{}") ? this.activity
				: this.activity + " (" + String.join(", ", Collections.nCopies(this.arguments.length, "{}")) + ")";
	}

	private static String text(Outcome outcome) {
		Throwable failure = outcome.failure();
		if (failure == null) {
			return outcome.toString();
		}
		String how = outcome.isUnknown() ? "unknown" : outcome.isCancelled() ? "cancelled" : "failed";
		return how + " (" + text((Object) failure) + ")";
	}

	/** In one line of bounded length, whatever the argument does. */
	private static String text(@Nullable Object argument) {
		try {
			String text = MessageFormatter.basicArrayFormat("{}", new Object[] { argument });
			return (text.length() > MOST_CHARACTERS) ? Printable.of(text.substring(0, MOST_CHARACTERS)) + "..."
					: Printable.of(text);
		}
		catch (Throwable ex) {
			return "[FAILED toString()]";
		}
	}

}
