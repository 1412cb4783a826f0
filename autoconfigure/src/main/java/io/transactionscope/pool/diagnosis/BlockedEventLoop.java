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
import java.util.StringJoiner;

import io.transactionscope.pool.snapshot.Words;

/**
 * An event loop is kept by some code that blocks it, or takes long, so that it serves
 * neither those who hold connections nor those who wait for one.
 *
 * @param thread the name of the event loop's thread, that on which most depend
 * @param frame the innermost of the application's own code that it is in
 * @param time for how long it is known to be there
 * @param threads how many event loops are kept so, this one included
 * @param connections how many of the pool's connections depend on them, lent or free
 * @param waiters how many of those who wait for one depend on them
 * @since 0.1.0
 */
public record BlockedEventLoop(String thread, String frame, Duration time, int threads, int connections,
		int waiters) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param thread the name of the event loop's thread, that on which most depend
	 * @param frame the innermost of the application's own code that it is in
	 * @param time for how long it is known to be there
	 * @param threads how many event loops are kept so, this one included
	 * @param connections how many of the pool's connections depend on them, lent or free
	 * @param waiters how many of those who wait for one depend on them
	 */
	public BlockedEventLoop {
		Objects.requireNonNull(thread, "thread must not be null");
		Objects.requireNonNull(frame, "frame must not be null");
		Objects.requireNonNull(time, "time must not be null");
	}

	@Override
	public String summary() {
		return "The event loop %s has been in %s for %s and serves nobody meanwhile%s: %s.".formatted(this.thread,
				this.frame, Words.of(this.time), others(), dependent());
	}

	private String others() {
		return switch (this.threads) {
			case 0, 1 -> "";
			case 2 -> ", nor does 1 more that is kept like it";
			default -> ", nor do %d more that are kept like it".formatted(this.threads - 1);
		};
	}

	private String dependent() {
		StringJoiner those = new StringJoiner(" and ");
		if (this.connections > 0) {
			those.add((this.connections == 1) ? "1 connection" : this.connections + " connections");
		}
		if (this.waiters > 0) {
			those.add(this.waiters
					+ ((this.connections > 0) ? " of those who wait for one" : " of those who wait for a connection"));
		}
		return "%s %s on %s".formatted(those, (this.connections + this.waiters == 1) ? "depends" : "depend",
				(this.threads > 1) ? "them" : "it");
	}

	@Override
	public String advice() {
		return "Call what blocks, or takes long, on a scheduler that is made for it, such as by "
				+ "subscribeOn(Schedulers.boundedElastic()), or use a client that does not block; a larger pool would "
				+ "not help.";
	}

}
