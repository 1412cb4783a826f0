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

import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

/**
 * What a block is inside of: the block around it, which waits for its end as long as they
 * may share a transaction, and the boundary, if it is the outermost one.
 */
final class Surroundings {

	private final ReactiveBlock block;

	private final @Nullable ReactiveBlock around;

	private final @Nullable Boundary boundary;

	private final Boundary.Inside inside;

	private boolean awaited;

	Surroundings(ReactiveBlock block) {
		this.block = block;
		this.around = block.around();
		this.boundary = (this.around == null) ? Boundary.of(block.outer()) : null;
		this.inside = block::cancelWithBoundary;
	}

	void enter() {
		this.awaited = this.around != null && mayJoin() && this.around.inner().add(this.block);
		if (this.boundary != null) {
			this.boundary.add(this.inside);
		}
	}

	private boolean mayJoin() {
		ScopePropagation propagation = this.block.definition().propagation();
		return propagation == ScopePropagation.REQUIRED || propagation == ScopePropagation.NESTED
				|| propagation == ScopePropagation.MANDATORY;
	}

	/** Whether the block around waits for this one's end. */
	boolean isAwaited() {
		return this.awaited;
	}

	/** It shares nothing with the block around. */
	void standAlone() {
		if (this.awaited && this.around != null) {
			this.awaited = false;
			this.around.inner().remove(this.block);
		}
	}

	void leave() {
		standAlone();
		if (this.boundary != null) {
			this.boundary.remove(this.inside);
		}
	}

}
