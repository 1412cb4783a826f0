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

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.engine.ScopeSettings;
import io.transactionscope.engine.TransactionEngine;
import io.transactionscope.jdbc.JdbcEngine;
import io.transactionscope.managed.ManagedEngine;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.text.CallSite;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

import org.springframework.core.retry.RetryPolicy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.util.Assert;

/**
 * Default implementation of {@link TransactionScope}.
 */
final class DefaultTransactionScope implements TransactionScope, ScopeSettings.Source {

	private final ScopeSettings settings;

	private final @Nullable Executor asyncExecutor;

	DefaultTransactionScope(PlatformTransactionManager manager) {
		this(ScopeSettings.of(engine(manager)), null);
	}

	private DefaultTransactionScope(ScopeSettings settings, @Nullable Executor asyncExecutor) {
		this.settings = settings;
		this.asyncExecutor = asyncExecutor;
	}

	/**
	 * Where the manager works on a plain JDBC connection, the blocks begin and end the
	 * transaction themselves: only so can they tell a failed COMMIT from the rollback
	 * that follows it, and know when the connection is back. With any other manager they
	 * go through it.
	 */
	private static TransactionEngine engine(PlatformTransactionManager manager) {
		Assert.notNull(manager, "'transactionManager' must not be null");
		ManagedEngine managed = new ManagedEngine(manager);
		TransactionEngine jdbc = JdbcEngine.of(manager, managed);
		return (jdbc != null) ? jdbc : managed;
	}

	@Override
	public ScopeSettings settings() {
		return this.settings;
	}

	@Override
	public <T extends @Nullable Object, X extends Throwable> T call(Call<T, X> body) throws X {
		return ActiveBlock.call(this.settings, nameFor(body), body);
	}

	@Override
	public <T extends @Nullable Object, X extends Throwable> T call(PlainCall<T, X> body) throws X {
		return ActiveBlock.call(this.settings, nameFor(body), body);
	}

	@Override
	public <X extends Throwable> void run(Run<X> body) throws X {
		ActiveBlock.run(this.settings, nameFor(body), body);
	}

	@Override
	public <X extends Throwable> void run(PlainRun<X> body) throws X {
		ActiveBlock.run(this.settings, nameFor(body), body);
	}

	private String nameFor(Object body) {
		Assert.notNull(body, "'body' must not be null");
		String name = this.settings.definition().name();
		return (name != null) ? name : CallSite.nameOf(body.getClass());
	}

	@Override
	public OpenScope open() {
		String given = this.settings.definition().name();
		String name = (given != null) ? given : CallSite.nameOfCaller(TransactionScope.class);
		if (this.settings.definition().retry() != null) {
			throw new IllegalStateException(
					"Scope '%s' cannot be opened, as what try-with-resources runs cannot be repeated: use call or run, or drop retry()."
						.formatted(name));
		}
		return ActiveBlock.open(this.settings, name);
	}

	@Override
	public Async async(Executor executor) {
		Assert.notNull(executor, "'executor' must not be null");
		return new OnExecutor(executor);
	}

	@Override
	public Async async() {
		if (this.asyncExecutor == null) {
			throw new IllegalStateException(
					"This scope has no executor for asynchronous blocks: call async(executor), or set one with asyncExecutor(executor).");
		}
		return new OnExecutor(this.asyncExecutor);
	}

	@Override
	public TransactionScope asyncExecutor(Executor executor) {
		Assert.notNull(executor, "'executor' must not be null");
		return new DefaultTransactionScope(this.settings, executor);
	}

	@Override
	public @Nullable String name() {
		return this.settings.definition().name();
	}

	@Override
	public TransactionScope named(String name) {
		return with(this.settings.definition().withName(name));
	}

	@Override
	public TransactionScope readOnly() {
		return with(this.settings.definition().withReadOnly());
	}

	@Override
	public TransactionScope isolation(Isolation isolation) {
		return with(this.settings.definition().withIsolation(isolation));
	}

	@Override
	public TransactionScope timeout(Duration timeout) {
		return with(this.settings.definition().withTimeout(timeout));
	}

	@Override
	public TransactionScope propagation(ScopePropagation propagation) {
		return with(this.settings.definition().withPropagation(propagation));
	}

	@Override
	public TransactionScope commitOn(Class<?>... types) {
		Assert.notNull(types, "'types' must not be null");
		Assert.noNullElements(types, "'types' must not contain null");
		return with(this.settings.definition().withCommitOn(List.of(types)));
	}

	@Override
	public TransactionScope resolveCommit() {
		return with(this.settings.definition().withResolvedCommit());
	}

	@Override
	public TransactionScope verifiedBy(Callable<Boolean> verification) {
		Assert.notNull(verification, "'verification' must not be null");
		return with(this.settings.definition().withVerification(verification));
	}

	@Override
	public TransactionScope retry(RetryPolicy policy) {
		Assert.notNull(policy, "'policy' must not be null");
		return with(this.settings.definition().withRetry(policy));
	}

	@Override
	public TransactionScope transactionManager(PlatformTransactionManager transactionManager) {
		return with(this.settings.with(engine(transactionManager)));
	}

	@Override
	public TransactionScope observationRegistry(ObservationRegistry registry) {
		return with(this.settings.with(registry));
	}

	@Override
	public TransactionScope slowThreshold(@Nullable Duration threshold) {
		return with(this.settings.withSlowThreshold(threshold));
	}

	private DefaultTransactionScope with(ScopeDefinition definition) {
		return with(this.settings.with(definition));
	}

	private DefaultTransactionScope with(ScopeSettings settings) {
		return new DefaultTransactionScope(settings, this.asyncExecutor);
	}

	@Override
	public String toString() {
		return "TransactionScope" + this.settings.definition();
	}

	private final class OnExecutor implements Async {

		private final Executor executor;

		private OnExecutor(Executor executor) {
			this.executor = executor;
		}

		@Override
		public <T extends @Nullable Object> BlockFuture<T> call(Call<T, ?> body) {
			return start(nameFor(body), body);
		}

		@Override
		public <T extends @Nullable Object> BlockFuture<T> call(PlainCall<T, ?> body) {
			return start(nameFor(body), body);
		}

		@Override
		public BlockFuture<@Nullable Void> run(Run<?> body) {
			return run(nameFor(body), body);
		}

		@Override
		public BlockFuture<@Nullable Void> run(PlainRun<?> body) {
			return run(nameFor(body), body);
		}

		@SuppressWarnings("NullAway") // Which takes what the lambda returns for not
										// nullable
		private BlockFuture<@Nullable Void> run(String name, Run<?> body) {
			Call<@Nullable Void, Throwable> call = (tx) -> {
				body.run(tx);
				return null;
			};
			return start(name, call);
		}

		private <T extends @Nullable Object> BlockFuture<T> start(String name, Call<T, ?> body) {
			ScopeSettings settings = DefaultTransactionScope.this.settings;
			return new AsyncBlock<T>(settings, name, (block) -> ActiveBlock.call(settings, name, block, body))
				.start(this.executor);
		}

		@Override
		public String toString() {
			return DefaultTransactionScope.this + " on " + this.executor;
		}

	}

}
