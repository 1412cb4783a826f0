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

import java.util.EnumSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A transaction, by its relation to one that is active already.
 *
 * @param type the annotation, without its attributes
 * @param relation the relation
 * @param manager the transaction manager, if it is known
 */
record AskedTransaction(String type, Relation relation, @Nullable Object manager) implements Asked {

	private static final Set<Relation> INSIDE = EnumSet.of(Relation.REQUIRED, Relation.REQUIRES_NEW, Relation.NESTED,
			Relation.OUTERMOST, Relation.MANDATORY);

	@Override
	public String annotation() {
		return (this.relation == Relation.REQUIRED) ? this.type
				: "%s(propagation = %s)".formatted(this.type, this.relation);
	}

	@Override
	public String inCode() {
		return switch (this.relation) {
			case REQUIRES_NEW -> "TransactionScope.requiresNew()";
			case NESTED -> "TransactionScope.nested()";
			case OUTERMOST -> "TransactionScope.outermost()";
			case NOT_SUPPORTED, NEVER -> "TransactionScope.withoutTransaction()";
			case REQUIRED, MANDATORY, SUPPORTS -> "TransactionScope";
		};
	}

	@Override
	public @Nullable String lossIn(@Nullable Asked around) {
		boolean inside = around instanceof AskedTransaction transaction && INSIDE.contains(transaction.relation)
				&& isOfSameManager(transaction);
		return switch (this.relation) {
			case REQUIRED, OUTERMOST -> inside ? null : "begins no transaction";
			case REQUIRES_NEW -> inside ? "runs in its caller's transaction" : "begins no transaction";
			case NESTED -> inside ? "has no savepoint to go back to" : "begins no transaction";
			case NOT_SUPPORTED, NEVER -> inside ? "runs in its caller's transaction" : null;
			case MANDATORY, SUPPORTS -> null;
		};
	}

	private boolean isOfSameManager(AskedTransaction other) {
		return this.manager == null || other.manager == null || this.manager == other.manager;
	}

	/** Spring's propagations, and those of scopes. */
	enum Relation {

		REQUIRED, REQUIRES_NEW, NESTED, OUTERMOST, MANDATORY, SUPPORTS, NOT_SUPPORTED, NEVER

	}

}
