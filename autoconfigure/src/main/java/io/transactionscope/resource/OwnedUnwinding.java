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

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A way out that belongs to one thread at a time.
 */
class OwnedUnwinding extends Unwinding {

	/** The one thread that may use this; {@code null} until the first one takes it. */
	private @Nullable Thread owner;

	OwnedUnwinding(@Nullable Thread owner, boolean completed) {
		super(completed);
		this.owner = owner;
	}

	final void checkThread() {
		Thread current = Thread.currentThread();
		if (this.owner != current && !take(current)) {
			throw new IllegalStateException("This ResourceScope belongs to " + this.owner + " and was used from "
					+ current + ": use it where it was opened, or hand over what detach() returns");
		}
	}

	@Override
	final void moveInto(Unwinding outer) {
		checkThread();
		super.moveInto(outer);
	}

	/**
	 * Leave all that was entered so far to another one, which no thread has taken yet,
	 * with the scopes in this one, and those in them.
	 */
	final void leaveTo(OwnedUnwinding other) {
		List<OwnedUnwinding> scopes = new ArrayList<>(List.of(this));
		for (int i = 0; i < scopes.size(); i++) {
			for (Entry each : scopes.get(i).entries()) {
				if (each.entered instanceof OwnedUnwinding inner && inner.release(Thread.currentThread())) {
					scopes.add(inner);
				}
			}
		}
		synchronized (other) {
			// For the thread that takes it
			moveTo(other);
		}
	}

	private synchronized boolean release(Thread current) {
		boolean owned = this.owner == current;
		if (owned) {
			this.owner = null;
		}
		return owned;
	}

	private synchronized boolean take(Thread current) {
		if (this.owner == null) {
			this.owner = current;
		}
		return this.owner == current;
	}

}
