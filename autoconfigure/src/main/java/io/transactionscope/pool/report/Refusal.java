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

package io.transactionscope.pool.report;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What somebody is told who gets no connection.
 *
 * @param report on the pool
 * @param message for the exception
 * @param obstacle why the report lacks something, or {@code null} if it does not
 * @since 0.1.0
 */
public record Refusal(PoolReport report, String message, @Nullable Throwable obstacle) {

	/**
	 * Create one from its facts.
	 * @param report on the pool
	 * @param message for the exception
	 * @param obstacle why the report lacks something, or {@code null} if it does not
	 */
	public Refusal {
		Objects.requireNonNull(report, "report must not be null");
		Objects.requireNonNull(message, "message must not be null");
	}

}
