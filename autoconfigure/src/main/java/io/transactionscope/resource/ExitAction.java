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

/**
 * What is done at the end of a scope by those that want to know how it ended.
 *
 * @see ResourceScope#onExit(ExitAction)
 * @since 0.1.0
 */
@FunctionalInterface
public interface ExitAction {

	/**
	 * Do what has to be done.
	 * @param outcome how the scope has ended so far
	 * @throws Exception if that failed; see {@link Held#release(Outcome)} for what
	 * becomes of it
	 */
	void run(Outcome outcome) throws Exception;

}
