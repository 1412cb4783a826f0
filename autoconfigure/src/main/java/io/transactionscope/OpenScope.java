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

package io.transactionscope;

import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;

/**
 * A running scope in the form for try-with-resources.
 *
 * <pre class="code">
 * try (OpenScope tx = transactions.named("import-delivery").open()) {
 *     for (NewOrder line : delivery) {
 *         orders.insert(line);
 *     }
 *     tx.complete();
 * }
 * </pre>
 *
 * <p>
 * Java does not tell a resource whether the body failed, so the body has to say that it
 * succeeded: its last statement is {@link #complete()}.
 *
 * <p>
 * One that is dropped without {@link #close()} stays the thread's transaction until the
 * request or task ends (see {@link ScopeBoundary}), or the garbage collector has found
 * it. It is rolled back then, which the log says at ERROR: in the latter case, before the
 * next block or {@code @Transactional} method of the thread begins.
 *
 * @see TransactionScope#open()
 * @since 0.1.0
 */
public interface OpenScope extends ActiveScope, AutoCloseable {

	/**
	 * Say that the body succeeded: {@link #close()} will commit. It is meant to be the
	 * last statement of the block; what is done after it is committed as well.
	 */
	void complete();

	/**
	 * End the block: commit if {@link #complete()} was called, roll back otherwise. A
	 * rollback that the block's own exception caused is silent; try-with-resources lets
	 * that exception suppress whatever fails here. A second call does nothing.
	 * <p>
	 * A joined block that ends without {@code complete()} dooms the transaction, as one
	 * that throws does.
	 * @throws CommitFailedException if the COMMIT failed
	 * @throws AfterCommitException if the data is committed and something failed after it
	 * @throws org.springframework.transaction.UnexpectedRollbackException if a joined
	 * block has doomed the transaction
	 * @throws org.springframework.transaction.TransactionTimedOutException if the block
	 * was completed past its deadline
	 * @throws IllegalStateException if called by another thread, or while a scope that
	 * was opened inside this one is still open; both are rolled back then
	 */
	@Override
	void close();

}
