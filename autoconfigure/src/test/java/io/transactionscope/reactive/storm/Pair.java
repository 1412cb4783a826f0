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

package io.transactionscope.reactive.storm;

import org.jspecify.annotations.Nullable;

/**
 * Two rows in two tables that are there together or not at all, and what a subscriber has
 * been told about them.
 */
final class Pair {

	private final long id;

	private @Nullable String there;

	private @Nullable String notThere;

	private int waits;

	Pair(long id) {
		this.id = id;
	}

	long id() {
		return this.id;
	}

	synchronized void mustBeThere(String because) {
		this.there = because;
	}

	synchronized void mustNotBeThere(String because) {
		this.notThere = because;
	}

	/** Somebody has still to tell what becomes of it. */
	synchronized void beginsToWait() {
		this.waits++;
	}

	synchronized void waitsNoLonger() {
		this.waits--;
	}

	synchronized boolean isWaiting() {
		return this.waits > 0;
	}

	/**
	 * What is wrong with what the tables have of it; {@code null} if all is as it was
	 * told.
	 */
	synchronized @Nullable String fault(boolean left, boolean right) {
		if (left != right) {
			return "half of pair " + this.id + " is there (" + (left ? "left" : "right") + ")";
		}
		if (this.waits > 0) {
			return "nobody has told what became of pair " + this.id;
		}
		if (this.there != null && this.notThere != null) {
			return "pair " + this.id + " was told twice: " + this.there + ", and " + this.notThere;
		}
		if (left && this.notThere != null) {
			return "pair " + this.id + " is there, although " + this.notThere;
		}
		if (!left && this.there != null) {
			return "pair " + this.id + " is not there, although " + this.there;
		}
		return null;
	}

}
