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

package io.transactionscope.pool.diagnosis;

import java.util.List;
import java.util.Objects;

/**
 * What was seen does not tell why there is no connection.
 *
 * @param facts what was seen, each as a part of a sentence
 * @since 0.1.0
 */
public record Unknown(List<String> facts) implements Diagnosis {

	/**
	 * Create one from its facts, and copy {@code facts}.
	 * @param facts what was seen, each as a part of a sentence
	 */
	public Unknown {
		Objects.requireNonNull(facts, "facts must not be null");
		facts = List.copyOf(facts);
	}

	@Override
	public String summary() {
		return "The cause is not known: %s.".formatted(String.join(", ", this.facts));
	}

	@Override
	public String advice() {
		return "See what the holders do, and look again while somebody waits.";
	}

}
