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

	private @Nullable ReactiveTransactionState nests;

	/** Who waits for its end. */
	private @Nullable ReactiveBlock awaiting;

	Surroundings(ReactiveBlock block) {
		this.block = block;
		this.around = block.around();
		this.boundary = (this.around == null) ? Boundary.of(block.outer()) : null;
		this.inside = block::cancelWithBoundary;
	}

	/**
	 * Begin.
	 * @return why it must not, or {@code null}
	 */
	@Nullable Throwable enter() {
		if (this.around != null && mayJoin() && this.around.inner().add(this.block)) {
			this.awaiting = this.around;
		}
		if (this.boundary != null) {
			this.boundary.add(this.inside);
		}
		ReactiveTransactionState nests = nests();
		String beside = (nests != null)
				? nests.nest(this.block, this.block.name(), this.block.cancellation(), this.block::isInside) : null;
		if (beside != null) {
			return new IllegalStateException(
					"Scope '%s' cannot set a savepoint while scope '%s', beside it, works from one: a rollback to either would take along what the other did. Run them one after another, as concatMap does."
						.formatted(this.block.name(), beside));
		}
		this.nests = nests;
		return null;
	}

	/**
	 * The transaction in which it is to work from a savepoint, as far as that is known.
	 */
	private @Nullable ReactiveTransactionState nests() {
		return (this.block.definition().propagation() == ScopePropagation.NESTED)
				? this.block.settings().engine().current(this.block.outer()) : null;
	}

	private boolean mayJoin() {
		ScopePropagation propagation = this.block.definition().propagation();
		return propagation == ScopePropagation.REQUIRED || propagation == ScopePropagation.NESTED
				|| propagation == ScopePropagation.MANDATORY;
	}

	/**
	 * It works in the transaction of a block around.
	 * @return whether that block has not ended, and waits for it
	 */
	boolean joins(ReactiveBlock host) {
		if (this.awaiting != host) {
			standAlone();
			if (!host.inner().add(this.block)) {
				return false;
			}
			this.awaiting = host;
		}
		return true;
	}

	/** It shares nothing with the block around. */
	void standAlone() {
		ReactiveBlock awaiting = this.awaiting;
		if (awaiting != null) {
			this.awaiting = null;
			awaiting.inner().remove(this.block);
		}
	}

	void leave() {
		if (this.nests != null) {
			this.nests.unnest(this.block);
		}
		standAlone();
		if (this.boundary != null) {
			this.boundary.remove(this.inside);
		}
	}

}
