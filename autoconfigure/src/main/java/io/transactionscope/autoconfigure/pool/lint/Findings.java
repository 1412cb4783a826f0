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

package io.transactionscope.autoconfigure.pool.lint;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What does not fit, and by which properties it is changed.
 */
final class Findings {

	private final List<String> texts = new ArrayList<>();

	private final Set<String> keys = new LinkedHashSet<>();

	void add(String text, Stream<String> keys) {
		this.texts.add(text);
		keys.forEach(this.keys::add);
	}

	List<String> texts() {
		return this.texts;
	}

	Set<String> keys() {
		return this.keys;
	}

}
