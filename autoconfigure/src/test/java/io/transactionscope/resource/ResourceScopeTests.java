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

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ResourceScope}.
 */
class ResourceScopeTests {

	private final List<String> events = new ArrayList<>();

	@Test
	void releasesInReverseOrderOfEntry() {
		ResourceScope.run((scope) -> {
			scope.enter(resource("a"));
			scope.enter(resource("b"));
			this.events.add("body");
		});
		assertThat(this.events).containsExactly("enter a", "enter b", "body", "exit b succeeded", "exit a succeeded");
	}

	@Test
	void throwsTheBodysFailureAndAttachesThoseOfReleases() {
		IOException first = new IOException("body");
		IllegalStateException second = new IllegalStateException("release");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(resource("a"));
			scope.defer(() -> {
				throw second;
			});
			throw first;
		})).satisfies((thrown) -> {
			assertThat(thrown).isSameAs(first);
			assertThat(thrown.getSuppressed()).containsExactly(second);
		});
		assertThat(this.events).containsExactly("enter a", "exit a failed (java.io.IOException: body)");
	}

	private Resource<String> resource(String name) {
		return Resource.of(() -> {
			this.events.add("enter " + name);
			return name;
		}, (value, outcome) -> this.events.add("exit " + name + " " + outcome));
	}

}
