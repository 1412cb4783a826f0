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

/**
 * The pool has fewer connections than it may have, but gets more: one after the other, as
 * the database gives them.
 *
 * @param total how many connections it has
 * @param maximum how many it may have
 * @param since how long ago it got the latest, or how long it has been waiting for its
 * first
 * @since 0.1.0
 */
public record Growing(int total, int maximum, Duration since) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param total how many connections it has
	 * @param maximum how many it may have
	 * @param since how long ago it got the latest, or how long it has been waiting for
	 * its first
	 */
	public Growing {
		Objects.requireNonNull(since, "since must not be null");
	}

	@Override
	public String summary() {
		String latest = (this.total > 0) ? "it got the latest %s ago" : "it has been opening the first for %s";
		return "The pool has %d of %d connections and is growing: ".formatted(this.total, this.maximum)
				+ latest.formatted(Words.of(this.since)) + ".";
	}

	@Override
	public String advice() {
		return "It helps itself. To have the connections before they are needed, raise "
				+ "spring.datasource.hikari.minimum-idle.";
	}

}
