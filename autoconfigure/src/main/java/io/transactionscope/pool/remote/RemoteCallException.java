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

package io.transactionscope.pool.remote;

import java.util.Objects;

import io.transactionscope.pool.RemoteCallPolicy;

/**
 * A call elsewhere was not made, because its caller holds a connection and
 * {@link RemoteCallPolicy#FAIL} forbids that.
 *
 * @since 0.1.0
 */
public class RemoteCallException extends IllegalStateException {

	private final String call;

	RemoteCallException(String message, String call) {
		super(message);
		this.call = Objects.requireNonNull(call, "call must not be null");
	}

	/**
	 * {@return what was about to be called, such as {@code POST warehouse}}
	 */
	public String call() {
		return this.call;
	}

}
