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

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * The open blocks inside of a block that may be at work in its transaction. It does not
 * end before they do. Safe for use by several threads.
 */
final class InnerBlocks {

	private @Nullable List<ReactiveBlock> open;

	private @Nullable Runnable waiting;

	private boolean closed;

	/** Whether one more may still begin. */
	synchronized boolean add(ReactiveBlock block) {
		if (this.closed) {
			return false;
		}
		this.open = (this.open != null) ? this.open : new ArrayList<>(2);
		this.open.add(block);
		return true;
	}

	void remove(ReactiveBlock block) {
		Runnable waiting = null;
		synchronized (this) {
			if (this.open != null && this.open.remove(block) && this.open.isEmpty()) {
				waiting = this.waiting;
				this.waiting = null;
			}
		}
		if (waiting != null) {
			waiting.run();
		}
	}

	synchronized List<ReactiveBlock> all(Predicate<ReactiveBlock> which) {
		return (this.open == null || this.open.isEmpty()) ? List.of() : this.open.stream().filter(which).toList();
	}

	/** From here on none may begin. */
	synchronized void close() {
		this.closed = true;
	}

	/** Go on as soon as there is none, at once if that is so. Only one waits. */
	void whenNone(Runnable next) {
		synchronized (this) {
			if (this.open != null && !this.open.isEmpty()) {
				this.waiting = next;
				return;
			}
		}
		next.run();
	}

}
