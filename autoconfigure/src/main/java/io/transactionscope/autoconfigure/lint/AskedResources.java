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

package io.transactionscope.autoconfigure.lint;

import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Resources, by the names of their beans.
 */
record AskedResources(List<String> names) implements Asked {

	AskedResources {
		names = List.copyOf(names);
	}

	@Override
	public String annotation() {
		return this.names.stream().collect(Collectors.joining(", ", "@WithResource(", ")"));
	}

	@Override
	public String inCode() {
		return "ResourceScope";
	}

	@Override
	public @Nullable String lossIn(@Nullable Asked around) {
		boolean held = around instanceof AskedResources resources && resources.names.containsAll(this.names);
		return held ? null : "runs without its resources";
	}

}
