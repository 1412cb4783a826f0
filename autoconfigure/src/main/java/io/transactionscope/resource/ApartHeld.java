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

package io.transactionscope.resource;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.release.ReleaseThread;
import io.transactionscope.resource.release.ReleaseTimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Something held that is released on another thread, with the outcome that its scope had
 * then, and on a way out of its own: what it does there cannot reach into the scope's.
 *
 * @param <T> the type of the value
 */
final class ApartHeld<T extends @Nullable Object> extends Unwinding.Part<T> {

	private final Held<T> held;

	private @Nullable String name;

	private final ReleaseThread thread;

	private final AtomicBoolean begun = new AtomicBoolean();

	private ApartHeld(Held<T> held, @Nullable String name, ReleaseThread thread) {
		this.held = held;
		this.name = name;
		this.thread = thread;
	}

	/**
	 * Have something that is held be released on another thread.
	 * @param name its name, or {@code null} for the type of its value: the text of a
	 * value may be long, or secret, or hang as its release does
	 */
	static <T extends @Nullable Object> Held<T> of(Held<T> held, @Nullable String name, ReleaseThread thread) {
		try {
			if (held.isThreadBound()) {
				throw new IllegalStateException("Cannot release " + ((name != null) ? name : "this resource")
						+ " on another thread, as it is bound to the one that acquired it: leave out releaseWithin(...)"
						+ " and releaseOn(...), or call them before it is combined with what is bound");
			}
			return new ApartHeld<>(held, name, thread);
		}
		catch (Throwable ex) {
			throw Apart.abandon(List.of(held), ex);
		}
	}

	@Override
	public T value() {
		T value = this.held.value();
		if (this.name == null && value != null) {
			this.name = value.getClass().getName();
		}
		return value;
	}

	private String name() {
		return (this.name != null) ? this.name : "a resource";
	}

	@Override
	void unwind(Unwinding unwinding) throws Exception {
		boolean interrupted = Thread.currentThread().isInterrupted();
		try {
			release(unwinding.apart());
		}
		finally {
			if (!interrupted && Thread.interrupted()) {
				unwinding.noteInterrupt(new InterruptedException());
			}
		}
	}

	@Override
	public void release(Outcome outcome) throws Exception {
		release(new Apart(outcome));
	}

	private void release(Apart apart) throws Exception {
		apart.push(this.held);
		try {
			this.thread.run(name(), () -> releaseOnce(apart));
		}
		catch (Throwable ex) {
			if (this.begun.get() || ex instanceof ReleaseTimeoutException) {
				throw ex;
			}
			// No thread can be had, or too little stack is left to ask for one
			releaseOnce(apart);
			logNoThread(ex);
		}
	}

	private void releaseOnce(Apart apart) {
		if (this.begun.compareAndSet(false, true)) {
			apart.releaseAll();
			Throwable failure = apart.left();
			if (failure != null) {
				throw Failures.rethrow(failure);
			}
		}
	}

	private void logNoThread(Throwable reason) {
		try {
			LoggerFactory.getLogger(ApartHeld.class)
				.warn("No thread could be had for the release of {}: it was done on the scope's own", name(), reason);
		}
		catch (Throwable ex) {
			// A log has no say in what becomes of the scope.
		}
	}

}
