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

import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;

/**
 * A stage that is completed twice, and then throws.
 *
 * @param <T> the type of the value
 */
class OddStage<T> extends CompletableFuture<T> {

	private final Object first;

	private final Object second;

	OddStage(Object first, Object second) {
		this.first = first;
		this.second = second;
	}

	@Override
	@SuppressWarnings("unchecked")
	public CompletableFuture<T> whenComplete(BiConsumer<? super T, ? super Throwable> action) {
		for (Object end : new Object[] { this.first, this.second }) {
			Throwable failure = (end instanceof Throwable thrown) ? thrown : null;
			((BiConsumer<@Nullable Object, @Nullable Throwable>) (BiConsumer<?, ?>) action)
				.accept((failure != null) ? null : end, failure);
		}
		throw new IllegalStateException("third");
	}

}
