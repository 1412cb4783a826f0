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

package io.transactionscope.pool.diagnosis;

import java.time.Duration;
import java.util.Objects;

import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * The connections come and go as they should, and have not been enough for a while.
 *
 * @param needed how many were lent or waited for at a time, on average
 * @param neededWithoutIdle how many would have done if none had been held idle, or
 * {@code null} if the figures do not tell
 * @param maximum how many the pool may have
 * @param window the time that the figures are of, in which there was always somebody who
 * waited
 * @param room how many connections the database has room for in this pool, or
 * {@code null} if nobody has asked it
 * @since 0.1.0
 */
public record Undersized(double needed, @Nullable Double neededWithoutIdle, int maximum, Duration window,
		@Nullable Integer room) implements Diagnosis {

	private static final String FASTER = "Make statements faster or fewer";

	/**
	 * Create one from its facts.
	 * @param needed how many were lent or waited for at a time, on average
	 * @param neededWithoutIdle how many would have done if none had been held idle, or
	 * {@code null} if the figures do not tell
	 * @param maximum how many the pool may have
	 * @param window the time that the figures are of, in which there was always somebody
	 * who waited
	 * @param room how many connections the database has room for in this pool, or
	 * {@code null} if nobody has asked it
	 */
	public Undersized {
		Objects.requireNonNull(window, "window must not be null");
	}

	@Override
	public String summary() {
		String withoutIdle = (this.neededWithoutIdle != null)
				? "; without idle holds, %s would do".formatted(Words.of(this.neededWithoutIdle)) : "";
		return "Over the last %s, the load needed %s connections, the pool may have %d%s."
			.formatted(Words.of(this.window), Words.of(this.needed), this.maximum, withoutIdle);
	}

	@Override
	public String advice() {
		if (this.neededWithoutIdle != null && this.neededWithoutIdle <= this.maximum) {
			return "Hold connections for their statements only.";
		}
		long size = (long) Math.ceil(this.needed);
		if (this.room == null) {
			return larger(size) + " if the database has room for it.";
		}
		return (this.room > this.maximum) ? larger(Math.min(size, this.room)) + ", for which the database has room."
				: FASTER + ": the database has no room for a larger pool.";
	}

	private static String larger(long size) {
		return FASTER + ", or set spring.datasource.hikari.maximum-pool-size to %d".formatted(size);
	}

}
