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

package io.transactionscope.engine.rehearsal;

import java.lang.StackWalker.StackFrame;
import java.util.List;
import java.util.function.Supplier;

import io.transactionscope.engine.CurrentScope;
import io.transactionscope.engine.Log;
import io.transactionscope.engine.Participation;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.SavepointParticipation;
import io.transactionscope.engine.TransactionCallbacks;
import io.transactionscope.engine.TransactionState;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.interceptor.TransactionAspectSupport;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The transaction that a test is in as a whole. Only what is about to join a transaction
 * that no block has begun asks for it.
 *
 * <p>
 * Whoever of the application has joined it already is found by what is on the thread:
 * blocks, {@code @Transactional} methods, and the stack of a {@code TransactionTemplate}.
 * Spring's managers tell their {@code TransactionExecutionListener}s of what begins, and
 * nothing of what joins, so that who has asked a manager itself is not found.
 *
 * @since 0.1.0
 */
public final class Rehearsal {

	private static final Object KEY = Rehearsal.class;

	private static final Object HELD = HeldResources.class;

	/** In an application that is not tested, there is nothing to look for. */
	private static volatile boolean known;

	private Rehearsal() {
	}

	/**
	 * Say in which transactions of the thread a test is.
	 * @param transaction their name, or {@code null} for none any more
	 * @return what was said before, to be put back at the end
	 */
	public static @Nullable String exchange(@Nullable String transaction) {
		String previous = (String) TransactionSynchronizationManager.unbindResourceIfPossible(KEY);
		if (transaction != null) {
			known = true;
			TransactionSynchronizationManager.bindResource(KEY, transaction);
		}
		return previous;
	}

	/**
	 * Whether the thread's transaction is the test's, and nobody of the application is in
	 * it yet.
	 */
	public static boolean isAround() {
		return known && isInTransactionOfTest() && !CurrentScope.takesPart() && !isInTransactionalMethod()
				&& !isInTransactionTemplate();
	}

	private static boolean isInTransactionOfTest() {
		Object transaction = TransactionSynchronizationManager.getResource(KEY);
		return transaction != null && transaction.equals(TransactionSynchronizationManager.getCurrentTransactionName());
	}

	private static boolean isInTransactionalMethod() {
		try {
			return TransactionAspectSupport.currentTransactionStatus().hasTransaction();
		}
		catch (NoTransactionException ex) {
			return false;
		}
	}

	private static boolean isInTransactionTemplate() {
		return StackWalker.getInstance().walk((frames) -> frames.anyMatch(Rehearsal::isOfTransactionTemplate));
	}

	private static boolean isOfTransactionTemplate(StackFrame frame) {
		return frame.getMethodName().equals("execute")
				&& frame.getClassName().equals("org.springframework.transaction.support.TransactionTemplate");
	}

	/**
	 * Take part as the outermost block does, or join where there can be no savepoint.
	 * @param name the block's name
	 * @param joined the block's part if it joins
	 * @param savepoint sets the savepoint
	 */
	public static Participation takePart(String name, Participation joined,
			Supplier<SavepointParticipation> savepoint) {
		try {
			return outermost(name, savepoint.get());
		}
		catch (CannotCreateTransactionException ex) {
			TransactionState transaction = joined.transaction();
			if (transaction.mark() != null || joined.isRollbackOnly()) {
				Log.warn(
						"Scope '{}' works in the transaction of its test, which can only be rolled back any more, "
								+ "so that what failed in it is not undone until then. {}",
						name, RollbackMark.unexpectedRollback(transaction.name(), transaction.mark()).getMessage());
			}
			else {
				Log.debug("Scope '{}' joins the transaction of its test, and would doom it: {}", name, ex.getMessage());
			}
			return new RehearsedParticipant(joined, transaction.callbacks().position());
		}
	}

	/**
	 * Take part as the outermost block does.
	 * @param name the block's name
	 * @param savepoint where it begins
	 */
	public static Participation outermost(String name, SavepointParticipation savepoint) {
		return new RehearsedBlock(name, savepoint);
	}

	/**
	 * Say that the callbacks after the commit that the thread registers from now on are
	 * going to be run by the test.
	 * @param held takes what is to be released after them, or {@code null} if they are
	 * not any more
	 * @return what was said before, to be put back at the end
	 */
	@SuppressWarnings("unchecked")
	public static @Nullable List<HeldResources> exchangeHeld(@Nullable List<HeldResources> held) {
		Object previous = TransactionSynchronizationManager.unbindResourceIfPossible(HELD);
		if (held != null) {
			TransactionSynchronizationManager.bindResource(HELD, held);
		}
		return (List<HeldResources>) previous;
	}

	/**
	 * Let follow what needs no commit as a block succeeds: those who watch it hear of it,
	 * and its resources are released. Where there are callbacks that may still need them,
	 * only transactions on other data sources are.
	 */
	@SuppressWarnings("unchecked")
	static @Nullable Throwable followCommit(TransactionState transaction, TransactionCallbacks.Position begin,
			@Nullable Throwable failure, List<Throwable> later) {
		TransactionCallbacks callbacks = transaction.callbacks();
		TransactionCallbacks.Position end = callbacks.position();
		List<TransactionCallbacks.Registered> watchers = callbacks.since(begin)
			.stream()
			.filter((each) -> each.scope() == null)
			.toList();
		List<HeldResources> held = (List<HeldResources>) TransactionSynchronizationManager.getResource(HELD);
		boolean holds = held != null && !transaction.registeredForCommit(begin.afterEnd()).isEmpty();
		if (held != null && holds) {
			held.add(new HeldResources(transaction, new TransactionCallbacks.Part(begin, end, false)));
		}
		return transaction.follow(new TransactionCallbacks.Part(begin, end, holds), watchers,
				TransactionOutcome.COMMITTED, failure, later);
	}

	/** Let follow what is to follow the rollback of a block. */
	static @Nullable Throwable followRollback(TransactionState transaction, TransactionCallbacks.Position begin,
			List<TransactionCallbacks.Registered> callbacks, TransactionOutcome outcome, @Nullable Throwable failure,
			List<Throwable> later) {
		TransactionCallbacks.Position end = transaction.callbacks().position();
		return transaction.follow(new TransactionCallbacks.Part(begin, end, false), callbacks, outcome, failure, later);
	}

	/**
	 * Take part in nothing.
	 * @param name the block's name
	 */
	public static Participation outside(String name) {
		return new RehearsedOutside(new TransactionState(name, null));
	}

}
