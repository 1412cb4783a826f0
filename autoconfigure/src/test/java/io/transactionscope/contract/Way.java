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

import io.transactionscope.OpenScope;
import org.jspecify.annotations.Nullable;

/**
 * A way to write a block.
 */
enum Way {

	LAMBDA {

		@Override
		@SuppressWarnings("NullAway") // It is the body that decides whether null is a
										// value
		@Nullable Object call(Application application, Form form, Body body) throws Throwable {
			return form.scope(application).<@Nullable Object, Throwable>call((tx) -> body.call(tx));
		}

	},

	TRY_WITH_RESOURCES {

		@Override
		@Nullable Object call(Application application, Form form, Body body) throws Throwable {
			try (OpenScope tx = form.scope(application).open()) {
				Object result = body.call(tx);
				tx.complete();
				return result;
			}
		}

	},

	ANNOTATION {

		@Override
		@Nullable Object call(Application application, Form form, Body body) throws Throwable {
			return form.callMethod(application, body);
		}

	};

	abstract @Nullable Object call(Application application, Form form, Body body) throws Throwable;

}
