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
 * Nothing comes back from the database: it answers on no connection, and neither does a
 * new one come about, nor does it answer to the tests of free ones. It refuses none
 * either.
 *
 * @param since for how long it is not known to have answered on any connection of the
 * pool, {@code null} if it never has
 * @param asked for how long a new connection has been asked for in vain, {@code null} if
 * none has been
 * @param tested how many free connections the pool tests, and gets no answer
 * @since 0.1.0
 */
public record DatabaseSilent(@Nullable Duration since, @Nullable Duration asked, int tested) implements Diagnosis {

	@Override
	public String summary() {
		StringBuilder text = new StringBuilder("The database is silent: no connection of the pool has had an answer ")
			.append((this.since != null) ? "for " + Words.of(this.since) : "yet");
		if (this.tested > 0) {
			text.append((this.tested == 1) ? ", the pool's test of a free one is unanswered"
					: ", the pool's tests of %d free ones are unanswered".formatted(this.tested));
		}
		if (this.asked != null) {
			text.append(", and a new connection has been asked for in vain for ").append(Words.of(this.asked));
		}
		return text.append('.').toString();
	}

	@Override
	public String advice() {
		return "See whether the database's host and the network to it are up, down to a firewall that drops what it "
				+ "does not know, and whether a pooler on the way, such as PgBouncer, has a connection left. "
				+ "A deadline for the scopes, or the driver's socket timeout, ends such waits.";
	}

}
