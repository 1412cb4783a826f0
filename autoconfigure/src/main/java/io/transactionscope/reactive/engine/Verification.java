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

package io.transactionscope.reactive.engine;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.transactionscope.engine.CommitFailure;
import io.transactionscope.engine.Deadline;
import io.transactionscope.resolution.ResolutionTime;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * Asks the application what became of a transaction that is in doubt, outside of any
 * transaction. The first value is the answer. What fails, has no value, or does not
 * answer in time leaves it in doubt.
 */
final class Verification extends Step {

	private final CommitFailedException unknown;

	private final Consumer<TransactionOutcome> then;

	private volatile @Nullable Disposable timer;

	private volatile @Nullable Object answer;

	/**
	 * Prepare it.
	 * @param outer the context of the block's subscriber
	 * @param unknown the failure of the COMMIT; takes that of the question
	 * @param then takes the outcome
	 */
	Verification(Context outer, CommitFailedException unknown, Consumer<TransactionOutcome> then) {
		super(TransactionContexts.outside(outer));
		this.unknown = unknown;
		this.then = then;
	}

	/**
	 * Ask.
	 * @param verification returns the publisher of the answer
	 * @param deadline the block's, if it has one
	 */
	void begin(Callable<?> verification, @Nullable Deadline deadline) {
		Duration time = ResolutionTime.atLast(Deadline.orAtLast(deadline));
		try {
			this.timer = Schedulers.parallel()
				.schedule(
						() -> end(new IllegalStateException("The verification of '%s' did not answer within %d ms"
							.formatted(this.unknown.scope(), time.toMillis()))),
						time.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (RuntimeException ex) {
			// Nothing would bound it.
			end(ex);
			return;
		}
		run(() -> (Publisher<?>) verification.call());
	}

	@Override
	public void onNext(Object item) {
		if (!get()) {
			this.answer = item;
			end(null);
		}
	}

	@Override
	void done(@Nullable Throwable failure) {
		Disposable timer = this.timer;
		if (timer != null) {
			timer.dispose();
		}
		this.then.accept(outcome(failure));
	}

	private TransactionOutcome outcome(@Nullable Throwable failure) {
		if (failure == null && this.answer != null) {
			return CommitFailure.verified(this.unknown, this.answer);
		}
		Failures.suppress(this.unknown, (failure != null) ? failure : new IllegalStateException(
				"The verification of '%s' completed without an answer".formatted(this.unknown.scope())));
		return TransactionOutcome.UNKNOWN;
	}

}
