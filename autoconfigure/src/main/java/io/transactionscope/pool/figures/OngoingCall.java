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

package io.transactionscope.pool.figures;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import io.transactionscope.pool.snapshot.RemoteCall;
import org.jspecify.annotations.Nullable;

/**
 * A call that the current thread makes elsewhere, from its begin to its end.
 *
 * <p>
 * The thread waits for it from its begin until it leaves what it had entered, or if the
 * call ends on that thread. A call that ends on another thread, and was not entered, may
 * go on beside whatever the thread does: then it is only known to be under way.
 *
 * @since 0.1.0
 */
public final class OngoingCall {

	private final String name;

	private final Thread caller = Thread.currentThread();

	private final long begun = System.nanoTime();

	/** Of the caller alone. */
	private int depth;

	private volatile boolean entered;

	/** What there was of it, once it has ended: one of the caller and others ends it. */
	private final AtomicReference<@Nullable RemoteCall> ended = new AtomicReference<>();

	/**
	 * Begin a call.
	 * @param name what is called
	 */
	public OngoingCall(String name) {
		this.name = Objects.requireNonNull(name, "name must not be null");
	}

	public String name() {
		return this.name;
	}

	/** Take notice that the current thread works in the call. */
	public void enter() {
		if (isCaller()) {
			this.depth++;
			this.entered = true;
		}
	}

	/**
	 * Take notice that the current thread has left the call, which may go on without it.
	 * @return whether the call has taken its caller's time until now, and no longer
	 */
	public boolean leave() {
		return isCaller() && --this.depth == 0 && end(true);
	}

	/**
	 * Take notice of the end of the call.
	 * @return whether it had not ended for its caller before
	 */
	public boolean end() {
		return end(this.entered || isCaller());
	}

	private boolean end(boolean awaited) {
		return this.ended.compareAndSet(null, toCall(System.nanoTime(), awaited, false));
	}

	boolean isEntered() {
		return this.entered && this.ended.get() == null;
	}

	/**
	 * Return what there is of the call at a moment.
	 */
	RemoteCall toCall(long now) {
		RemoteCall ended = this.ended.get();
		return (ended != null) ? ended : toCall(now, this.entered, true);
	}

	private RemoteCall toCall(long now, boolean awaited, boolean underWay) {
		Duration time = Duration.ofNanos(Math.max(0, now - this.begun));
		return new RemoteCall(this.name, 1, time, time, awaited, underWay);
	}

	private boolean isCaller() {
		return Thread.currentThread() == this.caller;
	}

}
