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
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Whether a block is cancelled, because its subscriber has gone or its deadline has
 * passed, and why. Safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class Cancellation {

	private @Nullable Throwable cause;

	private @Nullable List<Runnable> listeners;

	/** Cancel, unless that is done. */
	public void cancel(Throwable cause) {
		Objects.requireNonNull(cause, "cause must not be null");
		List<Runnable> told;
		synchronized (this) {
			if (this.cause != null) {
				return;
			}
			this.cause = cause;
			told = (this.listeners != null) ? this.listeners : List.of();
			this.listeners = null;
		}
		told.forEach(Runnable::run);
	}

	/** Why it is cancelled; {@code null} as long as it is not. */
	public synchronized @Nullable Throwable cause() {
		return this.cause;
	}

	/**
	 * Run something when it is cancelled, at once if it is already.
	 * @param listener what to run; it must not throw
	 */
	public void onCancel(Runnable listener) {
		Objects.requireNonNull(listener, "listener must not be null");
		synchronized (this) {
			if (this.cause == null) {
				this.listeners = (this.listeners != null) ? this.listeners : new ArrayList<>(2);
				this.listeners.add(listener);
				return;
			}
		}
		listener.run();
	}

}
