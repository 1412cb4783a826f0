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

package io.transactionscope.transaction;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.springframework.transaction.TransactionException;

/**
 * The data <em>is</em> committed, and something failed afterwards: a callback, the
 * release of a resource, or the return of the connection. Repeating the work would do it
 * twice.
 *
 * <p>
 * The {@linkplain #getCause() cause} is the first failure; the later ones are
 * {@linkplain #getSuppressed() suppressed} by this exception, in order. What the block's
 * body returned is not kept: a caller who needs it nevertheless sets it aside in the
 * body.
 *
 * @since 0.1.0
 */
public final class AfterCommitException extends TransactionException {

	private final String scope;

	private final List<Throwable> failures;

	/**
	 * Create an exception for what failed after a commit.
	 * @param scope the name of the scope or transaction
	 * @param failures what failed, in order; at least one
	 */
	public AfterCommitException(String scope, List<Throwable> failures) {
		super("The data of '%s' is committed, but what was to follow failed: %s"
			.formatted(Objects.requireNonNull(scope, "scope must not be null"), failures), failures.get(0));
		this.scope = scope;
		this.failures = List.copyOf(failures);
		Set<Throwable> told = Collections.newSetFromMap(new IdentityHashMap<>());
		for (Throwable each : this.failures) {
			if (told.add(each) && told.size() > 1) {
				addSuppressed(each);
			}
		}
	}

	/**
	 * Return whose data is committed. Where it comes from a block inside, the transaction
	 * around that may well be rolled back.
	 * @return the name of the scope or transaction
	 * @since 0.1.0
	 */
	public String scope() {
		return this.scope;
	}

	/**
	 * Return what became of the transaction.
	 * @return always {@link TransactionOutcome#COMMITTED}
	 */
	public TransactionOutcome outcome() {
		return TransactionOutcome.COMMITTED;
	}

	/**
	 * Return what failed after the commit.
	 * @return the failures in order, never empty
	 */
	public List<Throwable> failures() {
		return this.failures;
	}

}
