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

import java.sql.Connection;
import java.util.function.Consumer;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.ScopeSettings;
import io.transactionscope.engine.UsableBlock;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.LateWork;
import io.transactionscope.resource.Resource;
import io.transactionscope.retry.Repetition;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.util.Assert;

/**
 * One running block, as the handle that its body sees.
 */
final class ActiveBlock extends UsableBlock implements ActiveScope, AsyncBlock.Running {

	private ActiveBlock(ScopeSettings settings, String name) {
		super(settings, name);
	}

	private ActiveBlock(ScopeSettings settings, String name, @Nullable Deadline deadline) {
		super(settings, name, deadline);
	}

	static OpenScope open(ScopeSettings settings, String name) {
		ActiveBlock block = new ActiveBlock(settings, name);
		try {
			OpenHandle handle = new OpenHandle(block);
			block.openAs(handle);
			return handle;
		}
		catch (Throwable ex) {
			throw Failures.rethrow(block.endAll(ex));
		}
	}

	static <T extends @Nullable Object, X extends Throwable> T call(ScopeSettings settings, String name,
			TransactionScope.Call<T, X> body) throws X {
		return (settings.definition().retry() == null) ? call(new ActiveBlock(settings, name), name, body)
				: Repetition.<T, X>call(settings, name, (repetition) -> attempt(settings, name, repetition, body));
	}

	/** The same for a caller on another thread, who may cancel it. */
	static <T extends @Nullable Object> T call(ScopeSettings settings, String name, AsyncBlock<T> async,
			TransactionScope.Call<T, ?> body) throws Throwable {
		if (settings.definition().retry() == null) {
			return guarded(new ActiveBlock(settings, name, async.deadline()), name, async, body);
		}
		return Repetition.<T, Throwable>call(settings, name, async.deadline(), async::goesOn,
				(repetition) -> guarded(new ActiveBlock(settings, name, repetition.deadline()), name, async,
						told(repetition, body)));
	}

	private static <T extends @Nullable Object> T guarded(ActiveBlock block, String name, AsyncBlock<T> async,
			TransactionScope.Call<T, ?> body) throws Throwable {
		return call(block, name, (tx) -> async.guard(block, () -> body.call(tx)));
	}

	/** One of several, within the deadline of them all. */
	private static <T extends @Nullable Object, X extends Throwable> T attempt(ScopeSettings settings, String name,
			Repetition<?> repetition, TransactionScope.Call<T, X> body) throws X {
		return call(new ActiveBlock(settings, name, repetition.deadline()), name, told(repetition, body));
	}

	private static <T extends @Nullable Object, X extends Throwable> TransactionScope.Call<T, X> told(
			Repetition<?> repetition, TransactionScope.Call<T, X> body) {
		return (tx) -> {
			repetition.begins();
			((ActiveBlock) tx).whenEnded(repetition::ended);
			return body.call(tx);
		};
	}

	private static <T extends @Nullable Object, X extends Throwable> T call(ActiveBlock block, String name,
			TransactionScope.Call<T, X> body) throws X {
		T result;
		try {
			result = body.call(block);
			if (result != null && LateWork.isLate(result.getClass())) {
				LateWork.refuse("Scope '%s'".formatted(name), result);
			}
		}
		catch (Throwable ex) {
			throw Failures.rethrow(block.endAll(ex));
		}
		block.succeed();
		return result;
	}

	static <X extends Throwable> void run(ScopeSettings settings, String name, TransactionScope.Run<X> body) throws X {
		if (settings.definition().retry() != null) {
			TransactionScope.Call<@Nullable Void, X> call = asCall(body);
			Repetition.<@Nullable Void, X>call(settings, name,
					(repetition) -> attempt(settings, name, repetition, call));
			return;
		}
		ActiveBlock block = new ActiveBlock(settings, name);
		try {
			body.run(block);
		}
		catch (Throwable ex) {
			throw Failures.rethrow(block.endAll(ex));
		}
		block.succeed();
	}

	@SuppressWarnings("NullAway") // Which takes what the lambda returns for not nullable
	private static <X extends Throwable> TransactionScope.Call<@Nullable Void, X> asCall(TransactionScope.Run<X> body) {
		return (tx) -> {
			body.run(tx);
			return null;
		};
	}

	@Override
	public String name() {
		return usedName();
	}

	@Override
	public void afterCommit(Callback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		callbacks().afterEnd(name(), TransactionOutcome.COMMITTED, (outcome) -> callback.run());
	}

	@Override
	public void afterRollback(Callback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		callbacks().afterEnd(name(), TransactionOutcome.ROLLED_BACK, (outcome) -> callback.run());
	}

	@Override
	public void onCompletion(OutcomeCallback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		callbacks().afterEnd(name(), null, callback::completed);
	}

	@Override
	public void beforeCommit(Callback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		callbacks().beforeCommit(callback::run);
	}

	@Override
	public <X extends Throwable> void savepoint(TransactionScope.Run<X> body) throws X {
		Assert.notNull(body, "'body' must not be null");
		run(savepointSettings(), name(), body);
	}

	@Override
	public <T extends @Nullable Object, X extends Throwable> T callInSavepoint(TransactionScope.Call<T, X> body)
			throws X {
		Assert.notNull(body, "'body' must not be null");
		return call(savepointSettings(), name(), body);
	}

	@Override
	public void setRollbackOnly(String reason) {
		Assert.notNull(reason, "'reason' must not be null");
		askForRollback(reason);
	}

	@Override
	public boolean isRollbackOnly() {
		return isDoomed();
	}

	@Override
	public Connection connection() {
		return GuardedConnection.around(requireConnection(), name(), this::duties);
	}

	@Override
	public <T extends AutoCloseable> T enter(T resource) {
		Assert.notNull(resource, "'resource' must not be null");
		return callbacks().enter(resource);
	}

	@Override
	public <T extends @Nullable Object> T enter(Resource<? extends T> resource) {
		Assert.notNull(resource, "'resource' must not be null");
		return acquire(resource);
	}

	@Override
	public void expect(int resources) {
		callbacks().expect(resources);
	}

	@Override
	public void enter(TransactionScope other) {
		Assert.isInstanceOf(ScopeSettings.Source.class, other, "'other' must be a scope of this library");
		ScopeSettings settings = ((ScopeSettings.Source) other).settings();
		if (settings.definition().retry() != null) {
			throw new IllegalTransactionStateException(
					"Scope '%s' cannot be repeated as a part of scope '%s': drop retry() from what is entered, and set it on the outermost scope."
						.formatted(settings.definition().name(), usedName()));
		}
		accompany(settings);
	}

	@Override
	public void whenEnded(Consumer<TransactionOutcome> listener) {
		callbacks().afterEnd(null, listener::accept);
	}

	@Override
	public void checkBeforeCommit(Runnable check) {
		callbacks().beforeCommit(check::run);
	}

	@Override
	public void cancelled(Throwable failure) {
		cancel(failure);
	}

	/**
	 * What the caller of {@link TransactionScope#open()} holds. Nothing else leads to it:
	 * once it is unreachable, nobody can close its block any more.
	 */
	private static final class OpenHandle implements OpenScope {

		private final ActiveBlock block;

		private OpenHandle(ActiveBlock block) {
			this.block = block;
		}

		@Override
		public String name() {
			return this.block.name();
		}

		@Override
		public void afterCommit(Callback callback) {
			this.block.afterCommit(callback);
		}

		@Override
		public void afterRollback(Callback callback) {
			this.block.afterRollback(callback);
		}

		@Override
		public void onCompletion(OutcomeCallback callback) {
			this.block.onCompletion(callback);
		}

		@Override
		public void beforeCommit(Callback callback) {
			this.block.beforeCommit(callback);
		}

		@Override
		public <X extends Throwable> void savepoint(TransactionScope.Run<X> body) throws X {
			this.block.savepoint(body);
		}

		@Override
		public <T extends @Nullable Object, X extends Throwable> T callInSavepoint(TransactionScope.Call<T, X> body)
				throws X {
			return this.block.callInSavepoint(body);
		}

		@Override
		public void setRollbackOnly(String reason) {
			this.block.setRollbackOnly(reason);
		}

		@Override
		public boolean isRollbackOnly() {
			return this.block.isRollbackOnly();
		}

		@Override
		public Connection connection() {
			return this.block.connection();
		}

		@Override
		public <T extends AutoCloseable> T enter(T resource) {
			return this.block.enter(resource);
		}

		@Override
		public <T extends @Nullable Object> T enter(Resource<? extends T> resource) {
			return this.block.enter(resource);
		}

		@Override
		public void expect(int resources) {
			this.block.expect(resources);
		}

		@Override
		public void enter(TransactionScope other) {
			this.block.enter(other);
		}

		@Override
		public void complete() {
			this.block.complete();
		}

		@Override
		public void close() {
			this.block.close();
		}

	}

}
