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

import io.transactionscope.resource.async.BlockFuture;
import org.jspecify.annotations.Nullable;

/**
 * A scope whose blocks run on the threads of an executor, each on one, with a transaction
 * of its own even if the caller is in one. (Only an executor that runs a block on the
 * caller's thread, as some do when they are saturated, lets it join what that is in.)
 * What the blocking form returns or throws, the future has, once all is released. In
 * addition:
 * <ul>
 * <li>Whatever else completes the future (a cancel, a timeout) cancels the block. In the
 * executor's queue, it never begins. In its body it is interrupted, with its statement
 * under way ended at the server if its pool is watched, and rolls back, whatever the body
 * makes of that; resources see it as
 * {@linkplain io.transactionscope.resource.Outcome#isCancelled() cancelled}. Nothing else
 * of the thread is interrupted: no rollback, no release, no later task. Once the COMMIT
 * is about to be sent, it is too late; {@link BlockFuture#ended()} knows.</li>
 * <li>The {@linkplain TransactionScope#timeout deadline} includes the time in the
 * executor's queue: past it there, the future fails and nothing begins. So it does with
 * what the executor throws if it refuses the block; the future of one that it drops
 * without a word has the deadline alone. A body is not interrupted by it, as in the
 * blocking form, but by {@link BlockFuture#orTimeout}.</li>
 * <li>A block that is {@linkplain TransactionScope#retry repeated} waits on its thread. A
 * cancel ends that wait, and no attempt follows.</li>
 * <li>The MDC, the context class loader and the observation are the caller's.</li>
 * </ul>
 *
 * @see TransactionScope#async(java.util.concurrent.Executor)
 * @since 0.1.0
 */
public interface AsyncTransactionScope {

	/**
	 * Run the body on a thread of the executor.
	 * @param body what to do, given the handle of the running scope
	 * @param <T> the type of the value
	 * @return the future of the body's value
	 */
	<T extends @Nullable Object> BlockFuture<T> call(TransactionScope.Call<T, ?> body);

	/**
	 * Run a body that needs no handle on a thread of the executor.
	 * @param body what to do
	 * @param <T> the type of the value
	 * @return the future of the body's value
	 */
	<T extends @Nullable Object> BlockFuture<T> call(TransactionScope.PlainCall<T, ?> body);

	/**
	 * {@return the future of a body that returns nothing}
	 * @param body what to do, given the handle of the running scope
	 */
	BlockFuture<@Nullable Void> run(TransactionScope.Run<?> body);

	/**
	 * {@return the future of a body that returns nothing and needs no handle}
	 * @param body what to do
	 */
	BlockFuture<@Nullable Void> run(TransactionScope.PlainRun<?> body);

}
