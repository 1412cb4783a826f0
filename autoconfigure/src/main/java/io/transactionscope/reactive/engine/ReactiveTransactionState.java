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

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.RollbackMark;
import org.jspecify.annotations.Nullable;

/**
 * What all blocks of one transaction share: its deadline, what doomed it, and what is to
 * follow its end. Safe for use by several threads, as parts of one block may run at once.
 */
public class ReactiveTransactionState {

	private final String name;

	private final @Nullable Deadline deadline;

	private @Nullable RollbackMark mark;

	public ReactiveTransactionState(String name, @Nullable Deadline deadline) {
		this.name = name;
		this.deadline = deadline;
	}

	public String name() {
		return this.name;
	}

	public @Nullable Deadline deadline() {
		return this.deadline;
	}

	/** The first one to doom it stays the reason. */
	public synchronized void doom(RollbackMark mark) {
		if (this.mark == null) {
			this.mark = mark;
		}
	}

	public synchronized @Nullable RollbackMark mark() {
		return this.mark;
	}

}
