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

package io.transactionscope.autoconfigure.lint;

/**
 * A call that an object may make of one of its own methods.
 *
 * @param owner the class that the call names, as byte code has it
 * @param callee the method
 * @param line the line of the call, 0 if it is not known
 * @param way how the method comes to run
 */
record OwnCall(String owner, Signature callee, int line, Way way) {

	/** How a method comes to run. */
	enum Way {

		/** It is called on {@code this}, or by a lambda that is run at once. */
		DIRECT,

		/** It is called on {@code super}, or on {@code this} and cannot be overridden. */
		EXACT,

		/** A thread runs it, or is likely to. */
		ELSEWHERE,

		/** Something is given it that may do anything around it. */
		UNKNOWN

	}

}
