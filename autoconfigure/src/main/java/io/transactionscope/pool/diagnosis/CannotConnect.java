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

import io.transactionscope.pool.snapshot.ConnectFailure;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * The pool has fewer connections than it may have, and gets no more.
 *
 * @param total how many connections it has
 * @param maximum how many it may have
 * @param failure what the latest attempt to connect failed with, or {@code null} if it
 * has not failed but does not end
 * @since 0.1.0
 */
public record CannotConnect(int total, int maximum, @Nullable ConnectFailure failure) implements Diagnosis {

	@Override
	public String summary() {
		String why = (this.failure != null)
				? "the latest attempt failed %s ago, %s".formatted(Words.of(this.failure.ago()), this.failure.text())
				: "attempts to connect do not end";
		String summary = "The pool has %d of %d connections and gets no more: %s".formatted(this.total, this.maximum,
				why);
		return summary.endsWith(".") ? summary : summary + ".";
	}

	@Override
	public String advice() {
		return (this.failure != null) ? this.failure.kind().advice()
				: "See that the database is up, reachable, and has room for %d connections of this pool."
					.formatted(this.maximum);
	}

}
