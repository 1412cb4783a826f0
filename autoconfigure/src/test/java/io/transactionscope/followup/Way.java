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

package io.transactionscope.followup;

import io.transactionscope.OpenScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;

/**
 * A way to write a block.
 */
enum Way {

	LAMBDA {

		@Override
		void run(FollowUpApplication application, Runnable body) {
			application.scope().run((tx) -> body.run());
		}

	},

	TRY_WITH_RESOURCES {

		@Override
		void run(FollowUpApplication application, Runnable body) {
			try (OpenScope tx = application.scope().open()) {
				body.run();
				tx.complete();
			}
		}

	},

	ANNOTATION {

		@Override
		void run(FollowUpApplication application, Runnable body) {
			application.bean(Annotated.class).run(body);
		}

	};

	abstract void run(FollowUpApplication application, Runnable body);

	/** A bean of {@link TransactionScope}'s annotation. */
	static class Annotated {

		@ScopedTransaction
		public void run(Runnable body) {
			body.run();
		}

	}

}
