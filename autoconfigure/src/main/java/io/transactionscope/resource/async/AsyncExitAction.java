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

import io.transactionscope.resource.Outcome;

/**
 * What is done asynchronously at the end of a scope by those that want to know how it
 * ended.
 *
 * @see AsyncResourceScope#onExitAsync(AsyncExitAction)
 * @since 0.1.0
 */
@FunctionalInterface
public interface AsyncExitAction {

	/**
	 * Begin what has to be done. What was entered earlier is released when it is over.
	 * @param outcome how the scope has ended so far
	 * @return completes when it is over, never {@code null}. What it fails with, or what
	 * is thrown here, is the first failure, or else carried by the one that came earlier;
	 * it takes the place of that one if it has it as a cause
	 * @throws Exception if that failed at once
	 */
	CompletionStage<?> run(Outcome outcome) throws Exception;

}
