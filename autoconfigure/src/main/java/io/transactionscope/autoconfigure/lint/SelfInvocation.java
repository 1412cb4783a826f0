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
 * An annotated method that is called within its object, past the proxy.
 *
 * @param type the simple name of the bean's class
 * @param path the methods from the one that is called from elsewhere to the annotated one
 * @param place file and line of the call
 * @param asked what is asked for there, in vain
 * @param loss what becomes of the call instead
 */
record SelfInvocation(String type, List<String> path, String place, Asked asked, String loss) {

	SelfInvocation {
		path = List.copyOf(path);
	}

	private String callee() {
		return this.path.get(this.path.size() - 1);
	}

	/** What is wrong. */
	String problem() {
		String through = (this.path.size() > 2)
				? " through %s()".formatted(String.join("() and ", this.path.subList(1, this.path.size() - 1))) : "";
		return "%s.%s() calls its own %s()%s past the proxy, at %s: there, %s() %s, though it is annotated with %s."
			.formatted(this.type, this.path.get(0), callee(), through, this.place, callee(), this.loss,
					this.asked.annotation());
	}

	/** What can be changed. */
	String remedy() {
		return "Move %s.%s() to another bean, or run it by %s where it is called.".formatted(this.type, callee(),
				this.asked.inCode());
	}

}
