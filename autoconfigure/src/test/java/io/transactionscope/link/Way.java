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

package io.transactionscope.link;

import java.time.Duration;

import io.transactionscope.OpenScope;
import io.transactionscope.TransactionScope;

import org.springframework.transaction.annotation.Isolation;

/**
 * A way to write a block with a deadline.
 */
enum Way {

	LAMBDA {

		@Override
		void run(LinkedDatabase database, Duration deadline, Work.Body body) throws Throwable {
			withDeadline(database, deadline).run((tx) -> body.run(Work.of(tx)));
		}

	},

	TRY_WITH_RESOURCES {

		@Override
		void run(LinkedDatabase database, Duration deadline, Work.Body body) throws Throwable {
			try (OpenScope tx = withDeadline(database, deadline).open()) {
				body.run(Work.of(tx));
				tx.complete();
			}
		}

	},

	ANNOTATION {

		@Override
		void run(LinkedDatabase database, Duration deadline, Work.Body body) throws Throwable {
			call(AnnotatedMethods.scoped(database.scope()), deadline, body);
		}

	},

	/** Without a scope, with Spring's {@code @Transactional(timeout = …)}. */
	PLAIN {

		@Override
		void run(LinkedDatabase database, Duration deadline, Work.Body body) throws Throwable {
			call(AnnotatedMethods.plain(database.manager()), deadline, body);
		}

	};

	abstract void run(LinkedDatabase database, Duration deadline, Work.Body body) throws Throwable;

	private static TransactionScope withDeadline(LinkedDatabase database, Duration deadline) {
		return database.scope().isolation(Isolation.SERIALIZABLE).timeout(deadline);
	}

	private static void call(AnnotatedMethods methods, Duration deadline, Work.Body body) throws Throwable {
		if (deadline.equals(Moment.DEADLINE)) {
			methods.run(body);
		}
		else {
			methods.runLonger(body);
		}
	}

}
