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

import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * What is held, with another value.
 *
 * @param <T> the type of what is held
 * @param <R> the type of the other value
 */
final class MappedHeld<T extends @Nullable Object, R extends @Nullable Object> extends Unwinding.Part<R> {

	private final Held<T> held;

	private final Function<? super T, ? extends R> mapper;

	MappedHeld(Held<T> held, Function<? super T, ? extends R> mapper) {
		this.held = held;
		this.mapper = mapper;
	}

	@Override
	public R value() {
		return this.mapper.apply(this.held.value());
	}

	@Override
	public boolean isThreadBound() {
		return this.held.isThreadBound();
	}

	@Override
	void unwind(Unwinding unwinding) {
		unwinding.push(this.held);
	}

	@Override
	public void release(Outcome outcome) throws Exception {
		this.held.release(outcome);
	}

}
