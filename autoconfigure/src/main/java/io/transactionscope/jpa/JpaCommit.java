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

package io.transactionscope.jpa;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

import io.transactionscope.engine.ClassPath;
import io.transactionscope.engine.CommitFailure;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityTransaction;
import org.hibernate.Transaction;
import org.jspecify.annotations.Nullable;

/**
 * Tells how far a JPA provider got with a commit that failed. It flushes before it sends
 * COMMIT: what fails by then has led to a rollback.
 */
final class JpaCommit {

	private JpaCommit() {
	}

	/**
	 * Watch the commit that is about to begin.
	 * @param bound the transaction's entity manager, if it is bound to the thread
	 * @param beforeCommit what is to be done right before COMMIT is sent, with Hibernate
	 * @return whether COMMIT had been sent when the given failure came
	 */
	static Predicate<Throwable> watch(@Nullable EntityManager bound, Runnable beforeCommit) {
		return (ClassPath.HIBERNATE && bound != null) ? HibernateCommit.watch(bound.getTransaction(), beforeCommit)
				: CommitFailure::isLinkLost;
	}

	private static final class HibernateCommit {

		static Predicate<Throwable> watch(EntityTransaction transaction, Runnable beforeCommit) {
			if (!(transaction instanceof Transaction hibernate) || !transaction.isActive()) {
				return (failure) -> false;
			}
			AtomicBoolean sent = new AtomicBoolean();
			// After the flush, which is the first thing that Hibernate does then.
			hibernate.runBeforeCompletion(() -> {
				beforeCommit.run();
				sent.set(true);
			});
			return (failure) -> sent.get();
		}

	}

}
