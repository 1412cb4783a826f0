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
import java.util.function.BooleanSupplier;

import io.transactionscope.pool.snapshot.RemoteCall;
import org.jspecify.annotations.Nullable;

/**
 * A call that somebody makes elsewhere, from its begin to its end.
 *
 * <p>
 * A thread waits for it from its begin until it leaves what it had entered, or if the
 * call ends on that thread. A call that ends on another thread, and was not entered, may
 * go on beside whatever the thread does: then it is only known to be under way.
 *
 * <p>
 * A call that no thread makes is waited for as long as its caller does nothing else that
 * is known.
 *
 * @since 0.1.0
 */
public final class OngoingCall {

	private final String name;

	/** None if there is something else to know whether it is waited for. */
	private final @Nullable Thread caller;

	private final BooleanSupplier awaited;

	private final long begun = System.nanoTime();

	/** Of the caller alone. */
	private int depth;

	private volatile boolean entered;

	/** There was another one meanwhile. */
	private volatile boolean beside;

	/** What there was of it, once it has ended: one of the caller and others ends it. */
	private final AtomicReference<@Nullable RemoteCall> ended = new AtomicReference<>();

	/**
	 * Begin a call of the current thread.
	 * @param name what is called
	 */
	public OngoingCall(String name) {
		this.name = Objects.requireNonNull(name, "name must not be null");
		this.caller = Thread.currentThread();
		this.awaited = () -> this.entered;
	}

	private OngoingCall(String name, BooleanSupplier nothingElse) {
		this.name = Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(nothingElse, "nothingElse must not be null");
		this.caller = null;
		this.awaited = () -> !this.beside && nothingElse.getAsBoolean();
	}

	/**
	 * Begin a call that is of no thread.
	 * @param name what is called
	 * @param nothingElse whether its caller has done nothing else since its begin
	 * @return the call
	 */
	public static OngoingCall ofNoThread(String name, BooleanSupplier nothingElse) {
		return new OngoingCall(name, nothingElse);
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
		return end(isCaller() || this.awaited.getAsBoolean());
	}

	private boolean end(boolean awaited) {
		return this.ended.compareAndSet(null, toCall(System.nanoTime(), awaited, false));
	}

	/** Take notice of another call that its caller makes meanwhile. */
	void goesOnBeside() {
		this.beside = true;
	}

	boolean isEntered() {
		return this.entered && this.ended.get() == null;
	}

	/**
	 * Return what there is of the call at a moment.
	 */
	RemoteCall toCall(long now) {
		RemoteCall ended = this.ended.get();
		return (ended != null) ? ended : toCall(now, this.awaited.getAsBoolean(), true);
	}

	private RemoteCall toCall(long now, boolean awaited, boolean underWay) {
		Duration time = Duration.ofNanos(Math.max(0, now - this.begun));
		return new RemoteCall(this.name, 1, time, time, awaited, underWay);
	}

	private boolean isCaller() {
		return Thread.currentThread() == this.caller;
	}

}
