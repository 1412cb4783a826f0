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

package io.transactionscope.resource.release;

import java.time.Duration;
import java.util.Objects;

import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * How long a release may take, and what is said of one that takes longer.
 *
 * @param limit the time, more than zero and at most what a {@code long} holds in
 * nanoseconds
 * @since 0.1.0
 */
public record ReleaseLimit(Duration limit) {

	private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

	/**
	 * Check the limit.
	 * @param limit the time
	 */
	public ReleaseLimit {
		Objects.requireNonNull(limit, "limit must not be null");
		if (limit.isNegative() || limit.isZero() || limit.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException(
					"Invalid limit of a release (%s): it must be positive and not longer than %s".formatted(limit,
							LONGEST));
		}
	}

	/**
	 * Say that a release did not end in time.
	 * @param resource what is released
	 * @param waited how long it was waited for
	 * @return the beginning of a sentence
	 */
	public String passed(String resource, Duration waited) {
		Objects.requireNonNull(resource, "resource must not be null");
		Objects.requireNonNull(waited, "waited must not be null");
		return "Release of %s did not end within %s (gave up after %s)".formatted(resource, text(this.limit),
				text(waited));
	}

	/**
	 * Log the end of a release when its scope has gone on, at WARN, or at ERROR if it has
	 * failed. Never throws for want of a log.
	 * @param logger where to log it
	 * @param resource what was released
	 * @param took how long that took
	 * @param failure what it failed with, if it did
	 */
	public void logLate(Logger logger, String resource, Duration took, @Nullable Throwable failure) {
		Objects.requireNonNull(logger, "logger must not be null");
		Objects.requireNonNull(resource, "resource must not be null");
		Objects.requireNonNull(took, "took must not be null");
		try {
			if (failure != null) {
				logger.error("Release of {} failed after {}, when its scope had gone on (at most {} were allowed)",
						Printable.of(resource), text(took), text(this.limit), failure);
			}
			else {
				logger.warn("Release of {} ended after {}, when its scope had gone on (at most {} were allowed)",
						Printable.of(resource), text(took), text(this.limit));
			}
		}
		catch (Throwable ex) {
			// Nobody is left to tell.
		}
	}

	private static String text(Duration duration) {
		return (duration.toMinutes() == 0) ? duration.toMillis() + " ms" : duration.toString();
	}

}
