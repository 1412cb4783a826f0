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

import java.time.Duration;
import java.util.Objects;

import io.transactionscope.pool.snapshot.Words;

/**
 * The process stood still, so that the wait says nothing about the pool.
 *
 * @param stalled for how much of the wait it stood still
 * @since 0.1.0
 */
public record StalledProcess(Duration stalled) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param stalled for how much of the wait it stood still
	 */
	public StalledProcess {
		Objects.requireNonNull(stalled, "stalled must not be null");
	}

	@Override
	public String summary() {
		return "The whole process stood still for %s of the wait.".formatted(Words.of(this.stalled));
	}

	@Override
	public String advice() {
		return "Look at garbage collection, CPU limits and the host; the pool is not the cause.";
	}

}
