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

package io.transactionscope.contract;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A block with what its body does, other blocks among it, and what fails.
 *
 * @param name of it alone
 * @param kind what block it is
 * @param way how it is written
 * @param side on which of two data sources
 * @param steps what its body does
 * @param fault what goes wrong at its beginning or end, if it comes to that
 */
record Tree(String name, Kind kind, Written way, int side, List<Step> steps, Fault fault) {

	/** How many blocks it has. */
	int size() {
		return 1 + this.steps.stream().map(Step::inner).mapToInt((each) -> (each != null) ? each.size() : 0).sum();
	}

	String faultMessage() {
		return "%s of %s".formatted(this.fault, this.name);
	}

	Tree with(List<Step> steps) {
		return new Tree(this.name, this.kind, this.way, this.side, steps, this.fault);
	}

	@Override
	public String toString() {
		return "%s %s %s on %d%s %s".formatted(this.name, this.kind, this.way, this.side,
				(this.fault != Fault.NONE) ? " with " + this.fault : "", this.steps);
	}

	/**
	 * A block of ours, or a transaction of Spring's that knows nothing of blocks.
	 */
	enum Kind {

		RESOURCES, REQUIRED, NESTED, REQUIRES_NEW, WITHOUT, MANDATORY, NEVER, OUTERMOST, PLAIN, PLAIN_NESTED, PLAIN_NEW;

		boolean isPlain() {
			return this == PLAIN || this == PLAIN_NESTED || this == PLAIN_NEW;
		}

		/** Whether its body has a handle to register something with. */
		boolean hasHandle() {
			return this != RESOURCES && !isPlain();
		}

	}

	/**
	 * How it is written.
	 */
	enum Written {

		LAMBDA, TRY_WITH_RESOURCES, ANNOTATION

	}

	/**
	 * What goes wrong.
	 */
	enum Fault {

		NONE, BORROW, BEGIN, SAVEPOINT, STATEMENT, COMMIT_REFUSED, COMMIT_LOST, ROLLBACK, ROLLBACK_TO_SAVEPOINT,
		RELEASE_SAVEPOINT, RESTORE;

		/** Whether it is there before the body runs. */
		boolean isAtBegin() {
			return this == BORROW || this == BEGIN || this == SAVEPOINT;
		}

	}

	/**
	 * What a body does.
	 */
	enum Deed {

		/** By plain JDBC. */
		INSERT,

		/** By the entity manager, where there is a transaction of JPA's. */
		PERSIST,

		/** By a native query of the entity manager, likewise. */
		QUERY,

		ENTER,

		/** An advisory lock, where the database has them. */
		SESSION_LOCK, TRANSACTION_LOCK,

		AFTER_COMMIT, AFTER_ROLLBACK, ON_COMPLETION, BEFORE_COMMIT, INNER, SET_ROLLBACK_ONLY, THROW;

		boolean isWrite() {
			return this == INSERT || this == PERSIST || this == QUERY;
		}

		boolean isLock() {
			return this == SESSION_LOCK || this == TRANSACTION_LOCK;
		}

		/** Whether it can be done in such a block. */
		boolean fits(Kind kind) {
			return switch (this) {
				case INSERT, PERSIST, QUERY, INNER, THROW -> true;
				case ENTER -> !kind.isPlain();
				case SET_ROLLBACK_ONLY -> kind != Kind.RESOURCES;
				case SESSION_LOCK, TRANSACTION_LOCK -> kind.hasHandle() && kind != Kind.WITHOUT && kind != Kind.NEVER;
				default -> kind.hasHandle();
			};
		}

		/** Whether it can be done on the handle of such a block from inside another. */
		boolean fitsFromInside(Kind kind) {
			return !isWrite() && this != INNER && this != THROW && !kind.isPlain() && fits(kind);
		}

	}

	/**
	 * One of the things that a body does.
	 *
	 * @param name of it alone
	 * @param side where it is done, if it is a statement, or on the handle of another
	 * block
	 * @param fails whether it fails; of an inner block, whether its failure is swallowed
	 * @param releaseFails of a resource
	 * @param outward whether it is done on the handle of the nearest block around that it
	 * can be done on, if there is any
	 * @param inner the block inside, if it is one
	 */
	record Step(Deed deed, String name, int side, boolean fails, boolean releaseFails, boolean outward,
			@Nullable Tree inner) {

		@Override
		public String toString() {
			return (this.inner != null) ? (this.fails ? "swallowed " : "") + this.inner
					: "%s %s%s%s%s%s".formatted(this.deed, this.name, this.outward ? " of a block around" : "",
							(this.deed.isWrite() || this.outward) ? " on " + this.side : "", this.fails ? " fails" : "",
							this.releaseFails ? " release fails" : "");
		}

		/** Of the lock, if it is one. */
		long key() {
			return Long.parseLong(this.name.replaceAll("\\D", ""));
		}

		/** A statement that fails on its way to the database. */
		String faultMessage() {
			return "statement of " + this.name;
		}

	}

}
