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

package io.transactionscope.test;

/**
 * Goes down the stack.
 */
public final class Descent {

	private Descent() {
	}

	/**
	 * Run something so many frames below.
	 * @param reached told in its one element that it was run at all
	 */
	public static void to(int depth, boolean[] reached, Runnable action) {
		if (depth > 0) {
			to(depth - 1, reached, action);
		}
		else {
			reached[0] = true;
			action.run();
		}
	}

	/** Go down until there is no stack left. */
	@SuppressWarnings("InfiniteRecursion") // it is to overflow
	public static int forever(int depth) {
		return forever(depth + 1) + 1;
	}

}
