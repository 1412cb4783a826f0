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

package io.transactionscope.reactive.engine;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * What is to be done in a block.
 *
 * @param <T> the type of what it emits
 * @since 0.1.0
 */
@FunctionalInterface
public interface Body<T> {

	/**
	 * Say what to do.
	 * @param block the running block
	 */
	@Nullable Publisher<? extends T> of(ReactiveBlock block) throws Exception;

}
