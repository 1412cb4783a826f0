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

package io.transactionscope.resource.async;

import java.util.concurrent.CompletionStage;

import org.jspecify.annotations.Nullable;

/**
 * One step on the way out of an asynchronous scope.
 */
@FunctionalInterface
interface Step {

	/**
	 * Begin it, on the thread that the way out has come to.
	 * @param unwinding the way out
	 * @return completes when it is over; {@code null} if that is so already
	 * @throws Exception if it failed at once
	 */
	@Nullable CompletionStage<?> begin(AsyncUnwinding unwinding) throws Exception;

}
