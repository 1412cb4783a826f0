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

package io.transactionscope.engine;

import java.sql.Connection;

import io.transactionscope.resource.Resource;
import io.transactionscope.text.Printable;
import io.transactionscope.transaction.SessionDuties;
import org.jspecify.annotations.Nullable;

/**
 * A block as its body uses it: on the block's own thread, and only until it ends.
 *
 * @since 0.1.0
 */
public abstract class UsableBlock extends Block {

	protected UsableBlock(ScopeSettings settings, String name) {
		super(settings, name);
	}

	protected UsableBlock(ScopeSettings settings, String name, @Nullable Deadline deadline) {
		super(settings, name, deadline);
	}

	private UsableBlock inUse() {
		if (Thread.currentThread() != current().thread()) {
			throw new IllegalStateException(
					"Scope '%s' belongs to thread '%s' and cannot be used from thread '%s': a transaction runs on one thread."
						.formatted(givenName(), Printable.of(current().thread().getName()),
								Printable.of(Thread.currentThread().getName())));
		}
		if (hasEnded()) {
			throw new IllegalStateException(
					"Scope '%s' has ended: its handle is good only inside its body.".formatted(givenName()));
		}
		return this;
	}

	protected final String usedName() {
		return inUse().givenName();
	}

	/** What is to be called before and after its transaction's end. */
	protected final TransactionCallbacks callbacks() {
		return inUse().transaction().callbacks();
	}

	/** For a block inside, from a savepoint. */
	protected final ScopeSettings savepointSettings() {
		inUse();
		if (!participation().isTransactional()) {
			throw new IllegalStateException(
					"Scope '%s' cannot set a savepoint: it runs without transaction.".formatted(givenName()));
		}
		NestedBlock innermost = current().require();
		if (innermost.transaction() != transaction()) {
			throw new IllegalStateException(
					"Scope '%s' cannot set a savepoint while scope '%s', which has a transaction of its own, is active inside it."
						.formatted(givenName(), innermost.givenName()));
		}
		return settings().savepoint();
	}

	protected final void askForRollback(String reason) {
		inUse().mark(RollbackMark.asked(givenName(), reason));
	}

	/** Let it end in a rollback that is seen as a cancel, if it ends the transaction. */
	protected final void cancel(Throwable failure) {
		mark(RollbackMark.failed(givenName(), failure));
		if (participation().isOwner()) {
			transaction().cancelled();
		}
	}

	protected final boolean isDoomed() {
		return inUse().mark() != null || transaction().mark() != null || participation().isRollbackOnly()
				|| participation().ended() != null;
	}

	protected final Connection requireConnection() {
		Connection connection = inUse().participation().connection();
		if (connection == null) {
			throw new IllegalStateException(
					"Scope '%s' has no JDBC connection here: it runs without transaction, its transaction is suspended for another one, or its transaction manager works on none."
						.formatted(givenName()));
		}
		return connection;
	}

	/** What to do in the transaction's session at its end. */
	protected final SessionDuties duties() {
		return transaction().duties();
	}

	protected final <T extends @Nullable Object> T acquire(Resource<? extends T> resource) {
		return inUse().current().enter(this, resource);
	}

	/** Let a transaction on another data source follow this one's. */
	protected final void accompany(ScopeSettings other) {
		inUse();
		CompanionTransaction companion = other.engine()
			.companion(other.definition(), givenName(), transaction().deadline());
		acquire(companion);
		callbacks().add(companion);
		callbacks().beforeCommit(companion::refuseDoomed);
	}

	/** Let it commit when its handle is closed. */
	protected final void complete() {
		inUse().agree();
	}

	/** End it as its handle is closed, unless it has ended already. */
	protected final void close() {
		if (!hasEnded()) {
			inUse().endByHandle();
		}
	}

}
