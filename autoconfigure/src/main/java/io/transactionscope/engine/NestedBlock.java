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

package io.transactionscope.engine;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A block as one of those that a thread is in.
 *
 * @since 0.1.0
 */
public abstract class NestedBlock {

	private final String name;

	final @Nullable NestedBlock outer;

	@Nullable NestedBlock inner;

	NestedBlock(String name, @Nullable NestedBlock outer) {
		this.name = name;
		this.outer = outer;
	}

	final String givenName() {
		return this.name;
	}

	/** What its body knows it as. */
	abstract Object handle();

	/** What it takes part in. */
	abstract TransactionState transaction();

	/** Whether that is a transaction. */
	abstract boolean isTransactional();

	/** Whether that was there before, so that the block does not end it. */
	abstract boolean takesPart();

	abstract boolean hasEnded();

	/** Bring what it goes back to at its end nearer by some time. */
	abstract void advance(Duration time);

	/** Whether it was opened, never closed, and cannot be closed any more. */
	abstract boolean isDropped();

	/**
	 * End it, as it was left open.
	 * @return the failure that says so
	 */
	abstract Throwable endLeftOpen();

	/**
	 * End it after a failure.
	 * @param failure what failed around it
	 * @return what is to be told
	 */
	abstract Throwable fail(Throwable failure);

}
