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

package io.transactionscope.test;

import java.util.concurrent.atomic.AtomicBoolean;

import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a watched resource. What it does at the release is done in two steps,
 * before and after that of the real resource, which is to see what it would see alone.
 */
final class WatchedEntry {

	private final ResourceFaults faults;

	private final String name;

	private final AtomicBoolean used = new AtomicBoolean();

	private @Nullable Throwable failure;

	private boolean acquired;

	WatchedEntry(ResourceFaults faults, String name) {
		this.faults = faults;
		this.name = name;
	}

	String name() {
		return this.name;
	}

	WatchedEntry acquired() {
		this.acquired = true;
		this.faults.acquired(this);
		return this;
	}

	void use() {
		if (this.used.compareAndSet(false, true)) {
			reach(InjectedFault.Phase.BODY);
		}
	}

	void beginRelease(Outcome outcome) {
		this.faults.happened(new ResourceEvent.Released(this.name, Thread.currentThread(), outcome));
		try {
			reach(InjectedFault.Phase.RELEASE);
		}
		catch (Throwable ex) {
			this.failure = ex;
		}
	}

	void endRelease() {
		if (this.acquired) {
			this.faults.ended(this);
		}
		if (this.failure != null) {
			throw Failures.rethrow(this.failure);
		}
	}

	private void reach(InjectedFault.Phase phase) {
		try {
			this.faults.reach(phase, this.name);
		}
		catch (Exception ex) {
			throw Failures.rethrow(ex);
		}
	}

}
