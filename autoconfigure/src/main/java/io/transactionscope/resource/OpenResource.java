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

import org.jspecify.annotations.Nullable;

/**
 * A resource that is held, in the form for try-with-resources.
 *
 * <p>
 * Java does not tell a resource whether the body failed, so the body has to say that it
 * succeeded: its last statement is {@link #complete()}. Without it, the release sees a
 * failure.
 *
 * <p>
 * It belongs to the thread that opened it. Any use from another one, and any but a second
 * {@link #close()} once it is closed, is an {@link IllegalStateException}.
 *
 * @param <T> the type of the resource's value
 * @see Resource#open()
 * @since 0.1.0
 */
public final class OpenResource<T extends @Nullable Object> implements AutoCloseable {

	private final ResourceScope scope;

	private final T value;

	OpenResource(ResourceScope scope, T value) {
		this.scope = scope;
		this.value = value;
	}

	/**
	 * Return what was acquired.
	 * @return the value, the same at each call
	 */
	public T value() {
		this.scope.checkUsable();
		return this.value;
	}

	/**
	 * Say that the body succeeded. It is meant to be the last statement of the block.
	 */
	public void complete() {
		this.scope.complete();
	}

	/**
	 * Release the resource. What it throws comes as it is, checked or not; in
	 * try-with-resources, the failure of the block carries it. A second call does
	 * nothing.
	 */
	@Override
	public void close() {
		this.scope.close();
	}

}
