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

package io.transactionscope.pool.naming;

import java.lang.StackWalker.StackFrame;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import io.transactionscope.pool.Borrower;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Names what is borrowed in a transaction that the ledger knows no name of. One that is
 * {@code SUPPORTS} has a name, but begins nothing. One that was given no name, as by a
 * {@code TransactionTemplate}, is named after the method that has begun it, which costs
 * some microseconds.
 *
 * @since 0.1.0
 */
public final class TransactionAtHand implements Borrower.Occasion {

	private static final StackWalker WALKER = StackWalker.getInstance();

	private static final String TEMPLATE = "org.springframework.transaction.support.TransactionTemplate";

	private static final String MANAGER = "org.springframework.transaction.support.AbstractPlatformTransactionManager";

	/** What begins a transaction on behalf of the code that has called it. */
	private static final List<String> ON_BEHALF = List.of("org.springframework.transaction.",
			"org.springframework.jdbc.", "org.springframework.orm.", "io.transactionscope.jdbc.",
			"io.transactionscope.jpa.");

	/** Spring Batch begins those of all steps: which one it is, others know. */
	private static final String ANY_STEP = "org.springframework.batch.";

	/**
	 * Ask for the transaction of the current thread.
	 */
	public TransactionAtHand() {
	}

	@Override
	public @Nullable String name() {
		Borrower borrower = Borrower.current();
		if (borrower.name() != null) {
			return WALKER.walk(TransactionAtHand::begun).map(TransactionAtHand::nameOf).orElse(null);
		}
		String empty = TransactionSynchronizationManager.getCurrentTransactionName();
		return (empty != null) ? borrower.nameOfTransaction(empty) : null;
	}

	private static Optional<StackFrame> begun(Stream<StackFrame> stack) {
		return stack.dropWhile((frame) -> !begins(frame))
			.dropWhile(TransactionAtHand::isOnBehalf)
			.findFirst()
			.filter((frame) -> !frame.getClassName().startsWith(ANY_STEP));
	}

	private static boolean begins(StackFrame frame) {
		return frame.getClassName().equals(TEMPLATE) || frame.getClassName().equals(MANAGER);
	}

	private static boolean isOnBehalf(StackFrame frame) {
		return ON_BEHALF.stream().anyMatch(frame.getClassName()::startsWith);
	}

	/** A lambda is named after the method that it is written in. */
	private static String nameOf(StackFrame frame) {
		String method = frame.getMethodName();
		boolean lambda = method.startsWith("lambda$") && method.indexOf('$', 7) > 0;
		return frame.getClassName() + "." + (lambda ? method.substring(7, method.indexOf('$', 7)) : method);
	}

}
