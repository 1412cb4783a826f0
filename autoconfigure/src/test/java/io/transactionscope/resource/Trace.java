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

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Resources that record what happens to them, and fail where they are told to.
 */
class Trace {

	private final List<String> events = new ArrayList<>();

	void add(String event) {
		this.events.add(event);
	}

	void assertEvents(String... events) {
		assertThat(this.events).containsExactly(events);
	}

	List<String> events() {
		return this.events;
	}

	/**
	 * A resource that records its entry, and its exit with the outcome it sees.
	 */
	Resource<String> resource(String name) {
		return resource(name, null);
	}

	/**
	 * The same, failing at its release.
	 */
	Resource<String> resource(String name, @Nullable Throwable atRelease) {
		return Resource.of(() -> {
			add("enter " + name);
			return name;
		}, (value, outcome) -> {
			add("exit " + value + ": " + text(outcome));
			if (atRelease != null) {
				throw Failures.rethrow(atRelease);
			}
		});
	}

	/**
	 * A resource that cannot be acquired.
	 */
	Resource<String> unavailable(String name, Throwable atAcquire) {
		return Resource.of(() -> {
			add("try " + name);
			throw Failures.rethrow(atAcquire);
		}, (value, outcome) -> add("exit " + name));
	}

	AutoCloseable closeable(String name) {
		return () -> add("close " + name);
	}

	static String text(Outcome outcome) {
		String label = outcome.isSuccess() ? "succeeded" : outcome.isUnknown() ? "unknown" : "failed";
		Throwable failure = outcome.failure();
		return (failure != null) ? label + " by " + failure.getMessage() : label;
	}

}
