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

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import io.transactionscope.text.Printable;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

import org.springframework.core.retry.RetryPolicy;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.InvalidIsolationLevelException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionUsageException;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.util.Assert;

/**
 * The options of a scope.
 *
 * @param name the name, or {@code null} for one made of the body's class and method
 * @param propagation how it relates to an active transaction
 * @param isolation the isolation level of a transaction that it begins
 * @param readOnly whether it only reads
 * @param timeout how long a block may take, or {@code null} for as long as it likes
 * @param commit how to commit
 * @param retry when to repeat a block that has failed, or {@code null} for never
 * @since 0.1.0
 */
public record ScopeDefinition(@Nullable String name, ScopePropagation propagation, Isolation isolation,
		boolean readOnly, @Nullable Duration timeout, CommitTerms commit,
		@Nullable RetryPolicy retry) implements TransactionDefinition {

	public static final ScopeDefinition DEFAULT = new ScopeDefinition(null, ScopePropagation.REQUIRED,
			Isolation.DEFAULT, false, null, CommitTerms.DEFAULT, null);

	public ScopeDefinition withName(String name) {
		Assert.hasText(name, () -> "Invalid scope name '%s': must not be blank.".formatted(name));
		return new ScopeDefinition(Printable.of(name), this.propagation, this.isolation, this.readOnly, this.timeout,
				this.commit, this.retry);
	}

	public ScopeDefinition withPropagation(ScopePropagation propagation) {
		Assert.notNull(propagation, "'propagation' must not be null");
		return new ScopeDefinition(this.name, propagation, this.isolation, this.readOnly, this.timeout, this.commit,
				this.retry);
	}

	public ScopeDefinition withIsolation(Isolation isolation) {
		Assert.notNull(isolation, "'isolation' must not be null");
		return new ScopeDefinition(this.name, this.propagation, isolation, this.readOnly, this.timeout, this.commit,
				this.retry);
	}

	public ScopeDefinition withReadOnly() {
		return new ScopeDefinition(this.name, this.propagation, this.isolation, true, this.timeout, this.commit,
				this.retry);
	}

	public ScopeDefinition withTimeout(Duration timeout) {
		Assert.notNull(timeout, "'timeout' must not be null");
		return new ScopeDefinition(this.name, this.propagation, this.isolation, this.readOnly, Deadline.check(timeout),
				this.commit, this.retry);
	}

	public ScopeDefinition withCommitOn(List<Class<?>> types) {
		for (Class<?> type : types) {
			Assert.isTrue(Throwable.class.isAssignableFrom(type),
					() -> "Invalid type %s to commit on: must be a Throwable.".formatted(type.getName()));
		}
		return with(new CommitTerms(List.copyOf(types), this.commit.resolved(), this.commit.verification()));
	}

	public ScopeDefinition withResolvedCommit() {
		return with(new CommitTerms(this.commit.on(), true, this.commit.verification()));
	}

	public ScopeDefinition withVerification(Callable<?> verification) {
		return with(new CommitTerms(this.commit.on(), this.commit.resolved(), verification));
	}

	private ScopeDefinition with(CommitTerms commit) {
		return new ScopeDefinition(this.name, this.propagation, this.isolation, this.readOnly, this.timeout, commit,
				this.retry);
	}

	public ScopeDefinition withRetry(RetryPolicy retry) {
		Assert.notNull(retry, "'retry' must not be null");
		return new ScopeDefinition(this.name, this.propagation, this.isolation, this.readOnly, this.timeout,
				this.commit, retry);
	}

	public @Nullable Deadline deadline() {
		return (this.timeout != null) ? Deadline.in(this.timeout) : null;
	}

	public boolean commitsOn(Throwable failure) {
		for (Class<?> type : this.commit.on()) {
			if (type.isInstance(failure)) {
				return true;
			}
		}
		return false;
	}

	@Override
	public int getPropagationBehavior() {
		return switch (this.propagation) {
			// A nested block sets its savepoint itself.
			case REQUIRED, NESTED, OUTERMOST -> PROPAGATION_REQUIRED;
			case REQUIRES_NEW -> PROPAGATION_REQUIRES_NEW;
			case MANDATORY -> PROPAGATION_MANDATORY;
			case NEVER -> PROPAGATION_NEVER;
			case NOT_SUPPORTED -> PROPAGATION_NOT_SUPPORTED;
		};
	}

	@Override
	public int getIsolationLevel() {
		return this.isolation.value();
	}

	@Override
	public boolean isReadOnly() {
		return this.readOnly;
	}

	@Override
	public @Nullable String getName() {
		return this.name;
	}

	/** What any {@code PlatformTransactionManager} understands; its seconds are whole. */
	public TransactionDefinition toSpring(String name, @Nullable Deadline deadline) {
		return new OfBlock(this, name, (deadline != null) ? deadline.remainingSeconds() : TIMEOUT_DEFAULT);
	}

	public static IllegalTransactionStateException notOutermost(String name, @Nullable String active) {
		return new IllegalTransactionStateException(
				"Scope '%s' must be the outermost one, but transaction '%s' is active already: call it from outside, or drop outermost()."
					.formatted(name, shown(active)));
	}

	/** Refuse a block that joins a transaction or nothing, where there is none. */
	public static IllegalTransactionStateException mustJoin(String name) {
		return new IllegalTransactionStateException(
				"Scope '%s' must join a transaction, and none is active: call it from inside one, or drop mandatory()."
					.formatted(name));
	}

	/** Refuse a block that must have no transaction, in one. */
	public static IllegalTransactionStateException mustBeOutside(String name, @Nullable String active) {
		return new IllegalTransactionStateException(
				"Scope '%s' must not run in a transaction, but transaction '%s' is active: call it from outside, or drop never()."
					.formatted(name, shown(active)));
	}

	/**
	 * Return what a transaction manager has refused, in words that say of which block and
	 * what to change.
	 * @param name of the block
	 * @param active the transaction around it, if there is one
	 * @param refusal what the manager has thrown
	 */
	public TransactionUsageException refused(String name, @Nullable String active, TransactionUsageException refusal) {
		String words = String.valueOf(refusal.getMessage());
		TransactionUsageException ours = refusal;
		if (this.propagation == ScopePropagation.MANDATORY && words.contains("'mandatory'")) {
			ours = mustJoin(name);
		}
		else if (this.propagation == ScopePropagation.NEVER && words.contains("'never'")) {
			ours = mustBeOutside(name, active);
		}
		else if (refusal instanceof InvalidIsolationLevelException) {
			ours = new InvalidIsolationLevelException(
					"Scope '%s' cannot begin with isolation level %s, which its transaction manager does not support: drop isolation(). (%s)"
						.formatted(name, this.isolation, words));
		}
		if (ours != refusal) {
			ours.initCause(refusal);
		}
		return ours;
	}

	/**
	 * Refuse a block in a transaction that is only still bound, as it is while those are
	 * called that follow it.
	 * @param name of the block
	 * @param ended the transaction
	 */
	public static IllegalTransactionStateException hasEnded(String name, @Nullable String ended) {
		return new IllegalTransactionStateException(("Scope '%s' cannot join transaction '%s', which has ended: "
				+ "what it does would never be committed. Use ActiveScope.afterCommit, or requiresNew().")
			.formatted(name, shown(ended)));
	}

	private static @Nullable String shown(@Nullable String transaction) {
		return (transaction != null) ? Printable.of(transaction) : null;
	}

	/**
	 * Tells our own managers that it is a block that begins the transaction, and will end
	 * it.
	 *
	 * @since 0.1.0
	 */
	public static final class OfBlock extends DefaultTransactionDefinition {

		private OfBlock(ScopeDefinition definition, String name, int timeoutSeconds) {
			super(definition);
			setName(name);
			setTimeout(timeoutSeconds);
		}

	}

}
