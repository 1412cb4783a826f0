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

package io.transactionscope.kotlin

import io.transactionscope.reactive.ReactiveActiveScope
import io.transactionscope.reactive.ReactiveTransactionScope
import reactor.core.publisher.Mono

/**
 * Run the body in this scope, once for each subscription.
 * @see ReactiveTransactionScope.call
 * @since 0.1.0
 */
@JvmSynthetic
public inline fun <T : Any> ReactiveTransactionScope.execute(
	crossinline body: ReactiveActiveScope.() -> Mono<T>
): Mono<T> = call(ReactiveTransactionScope.Call<T> { it.body() })
