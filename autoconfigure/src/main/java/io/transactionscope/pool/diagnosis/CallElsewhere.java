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

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

import io.transactionscope.pool.snapshot.Words;

/**
 * What connections are held for: a call elsewhere, such as to another service.
 *
 * @param name what is called, such as {@code POST warehouse}
 * @param time for how long it was under way with a connection held
 * @param held for how long the connection was held
 * @param awaited whether its caller is known to have done nothing else meanwhile
 * @since 0.1.0
 */
public record CallElsewhere(String name, Duration time, Duration held, boolean awaited) implements Serializable {

	/**
	 * Create one from its facts.
	 * @param name what is called, such as {@code POST warehouse}
	 * @param time for how long it was under way with a connection held
	 * @param held for how long the connection was held
	 * @param awaited whether its caller is known to have done nothing else meanwhile
	 */
	public CallElsewhere {
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(time, "time must not be null");
		Objects.requireNonNull(held, "held must not be null");
	}

	/**
	 * Return how long it takes, as a sentence.
	 */
	String sentence() {
		return "%s %s %s of %s held.".formatted(this.name, this.awaited ? "takes" : "is under way for",
				Words.of(this.time), Words.of(this.held));
	}

}
