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
 * Nothing comes back from the database: it answers on no connection, and a new one does
 * not come about. It refuses none either.
 *
 * @param since for how long it is not known to have answered on any connection of the
 * pool, {@code null} if it never has
 * @param asked for how long a new connection has been asked for in vain
 * @since 0.1.0
 */
public record DatabaseSilent(@Nullable Duration since, Duration asked) implements Diagnosis {

	public DatabaseSilent {
		Objects.requireNonNull(asked, "asked must not be null");
	}

	@Override
	public String summary() {
		String answer = (this.since != null) ? "no connection of the pool has had an answer for " + Words.of(this.since)
				: "no connection of the pool has had an answer yet";
		return "The database is silent: %s, and a new connection has been asked for in vain for %s.".formatted(answer,
				Words.of(this.asked));
	}

	@Override
	public String advice() {
		return "See whether the database's host and the network to it are up, down to a firewall that drops what it "
				+ "does not know. A deadline for the scopes, or the driver's socket timeout, ends such waits.";
	}

}
