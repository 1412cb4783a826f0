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

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * A resource that can be made to fail, and that tells what becomes of it.
 *
 * @param <T> the type of the value
 * @param faults what fails, and whom to tell
 * @param name the name
 * @param resource the real one
 */
record WatchedResource<T extends @Nullable Object>(ResourceFaults faults, String name,
		Resource<T> resource) implements Resource<T> {

	@Override
	public Held<T> acquire() throws Exception {
		WatchedEntry entry = new WatchedEntry(this.faults, this.name);
		try {
			this.faults.reach(InjectedFault.Phase.ACQUISITION, this.name);
			return Held.mapped(around(entry).acquire(), (value) -> {
				entry.use();
				return value;
			});
		}
		catch (Throwable ex) {
			this.faults.happened(new ResourceEvent.NotAcquired(this.name, Thread.currentThread(), ex));
			throw ex;
		}
	}

	/**
	 * Composed, so that the real one takes part in the end of its scope as it would
	 * alone.
	 */
	private Resource<T> around(WatchedEntry entry) {
		Resource<WatchedEntry> outside = Resource.of(() -> entry, (same, outcome) -> same.endRelease());
		Resource<WatchedEntry> inside = Resource.of(entry::acquired, WatchedEntry::beginRelease);
		return outside.and(this.resource).and(inside, (value, same) -> value);
	}

	@Override
	public String toString() {
		return this.name;
	}

}
