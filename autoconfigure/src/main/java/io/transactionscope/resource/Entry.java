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

import org.jspecify.annotations.Nullable;

/**
 * What was entered in a scope, linked to what was entered before. Not a record, as it is
 * read where there may be no stack left for a call.
 */
final class Entry {

	final Kind kind;

	final Object entered;

	final @Nullable Entry earlier;

	Entry(Kind kind, Object entered, @Nullable Entry earlier) {
		this.kind = kind;
		this.entered = entered;
		this.earlier = earlier;
	}

	/**
	 * How to release what was entered.
	 */
	enum Kind {

		HELD {

			@Override
			void release(Object entered, Unwinding unwinding) throws Exception {
				if (entered instanceof Unwinding.Part<?> part) {
					part.unwind(unwinding);
				}
				else {
					((Held<?>) entered).release(unwinding.outcome());
				}
			}

		},

		CLOSEABLE {

			@Override
			void release(Object entered, Unwinding unwinding) throws Exception {
				((AutoCloseable) entered).close();
			}

		},

		ACTION {

			@Override
			void release(Object entered, Unwinding unwinding) throws Exception {
				((ExitAction) entered).run(unwinding.outcome());
			}

		},

		INNER {

			@Override
			void release(Object entered, Unwinding unwinding) {
				((Unwinding) entered).moveInto(unwinding);
			}

		},

		/** All that an inner one had is released. */
		END {

			@Override
			void release(Object entered, Unwinding unwinding) {
				((Unwinding) entered).end();
			}

		};

		abstract void release(Object entered, Unwinding unwinding) throws Exception;

	}

}
