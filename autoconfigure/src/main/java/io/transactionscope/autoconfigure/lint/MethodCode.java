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

import java.util.List;

/**
 * What the code of a method says about calls.
 *
 * @param access its modifiers, as byte code has them
 * @param source the name of the source file
 * @param calls the calls of the object's own methods
 * @param callsAnything whether it calls anything at all
 * @param opensByItself whether it opens transactions in code
 */
record MethodCode(int access, String source, List<OwnCall> calls, boolean callsAnything, boolean opensByItself) {

	MethodCode {
		calls = List.copyOf(calls);
	}

	boolean is(int modifiers) {
		return (this.access & modifiers) != 0;
	}

}
