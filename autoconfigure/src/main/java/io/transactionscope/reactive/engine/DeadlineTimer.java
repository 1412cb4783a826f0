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

package io.transactionscope.reactive.engine;

import java.util.concurrent.TimeUnit;

import io.transactionscope.engine.Deadline;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * Tells a block that its deadline has passed.
 */
final class DeadlineTimer {

	private final Runnable passed;

	private @Nullable Deadline deadline;

	private @Nullable Disposable timer;

	DeadlineTimer(@Nullable Deadline deadline, Runnable passed) {
		this.deadline = deadline;
		this.passed = passed;
	}

	@Nullable Deadline deadline() {
		return this.deadline;
	}

	void start() {
		if (this.deadline != null) {
			this.timer = Schedulers.parallel()
				.schedule(this.passed, this.deadline.nanoTime() - System.nanoTime(), TimeUnit.NANOSECONDS);
		}
	}

	/** Where another deadline is the earlier one, wait for that. */
	void advance(@Nullable Deadline other) {
		Deadline earlier = Deadline.earlier(this.deadline, other);
		if (earlier != null && !earlier.equals(this.deadline)) {
			stop();
			this.deadline = earlier;
			start();
		}
	}

	void stop() {
		if (this.timer != null) {
			this.timer.dispose();
		}
	}

}
