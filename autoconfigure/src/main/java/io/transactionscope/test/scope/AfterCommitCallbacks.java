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

package io.transactionscope.test.scope;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

import io.transactionscope.engine.rehearsal.HeldResources;
import io.transactionscope.engine.rehearsal.Rehearsal;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.AfterCommitException;

import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * What waits for a commit that never comes: in a test that is {@code @Transactional},
 * everything joins the test's transaction, which is rolled back, and no
 * {@link io.transactionscope.ActiveScope#afterCommit afterCommit} runs. The test captures
 * what has been registered, looks at it, and runs it when it likes.
 *
 * <pre class="code">
 * AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -&gt; this.orders.place(order));
 * assertThat(callbacks.scopes()).containsExactly("OrderService.place");
 * assertThat(this.mails).isEmpty();
 * callbacks.run();
 * assertThat(this.mails).hasSize(1);
 * </pre>
 *
 * <p>
 * Captured is what the body has registered with the transaction around it:
 * {@code afterCommit} and {@code onCompletion} of scopes, Spring's
 * {@link org.springframework.transaction.support.TransactionSynchronization#afterCommit
 * TransactionSynchronization.afterCommit}, and events for
 * {@link org.springframework.transaction.event.TransactionalEventListener
 * TransactionalEventListener} methods. Not that of blocks with transactions of their own,
 * as with {@code requiresNew()} or on other threads: these commit, and run theirs. Nor
 * what is to run before the commit: a scope's has run at its end, and Spring's, such as
 * listeners to {@code BEFORE_COMMIT}, only where the test commits.
 *
 * <p>
 * Resources of a scope that has registered a callback are released after the callbacks
 * have {@linkplain #run() run}, or with the transaction; those of all others are released
 * as their scope ends.
 *
 * <p>
 * What a scope has registered is run once: not again at the end of the transaction.
 * Whatever waits for the rollback still runs then. One of Spring's synchronizations hears
 * of that end as well, so that a listener to {@code AFTER_COMPLETION} hears twice.
 *
 * @since 0.1.0
 */
public final class AfterCommitCallbacks {

	private final String transaction;

	private final List<Captured> captured;

	private final Deque<Captured> waiting;

	private final List<HeldResources> resources;

	private AfterCommitCallbacks(String transaction, List<Captured> captured, List<HeldResources> resources) {
		this.transaction = transaction;
		this.captured = new ArrayList<>(captured);
		this.waiting = new ArrayDeque<>(captured);
		this.resources = resources;
	}

	/**
	 * Run the body, and capture what it has registered for the time after the commit.
	 * What is dropped again in the body, as it is when a savepoint is rolled back, is not
	 * captured.
	 * @param body what to do; what it throws is thrown as it is
	 * @return what now waits for a commit
	 * @throws IllegalStateException if no transaction is active, as callbacks run by
	 * themselves then
	 */
	public static AfterCommitCallbacks capture(Body body) {
		Objects.requireNonNull(body, "body must not be null");
		if (!TransactionSynchronizationManager.isActualTransactionActive()) {
			throw new IllegalStateException(
					"No transaction is active whose callbacks could be captured: make the test @Transactional. "
							+ "Outside of a transaction, each scope commits and runs its callbacks itself.");
		}
		Registrations before = Registrations.ofThread();
		List<HeldResources> resources = holding(body);
		return new AfterCommitCallbacks(String.valueOf(TransactionSynchronizationManager.getCurrentTransactionName()),
				before.later(), resources);
	}

	/** What the callbacks of the body may still need. */
	private static List<HeldResources> holding(Body body) {
		List<HeldResources> resources = new ArrayList<>(0);
		List<HeldResources> outer = Rehearsal.exchangeHeld(resources);
		try {
			body.run();
		}
		catch (Throwable ex) {
			throw Failures.rethrow(ex);
		}
		finally {
			Rehearsal.exchangeHeld(outer);
			if (outer != null) {
				outer.addAll(resources);
			}
		}
		return resources;
	}

	/**
	 * Return the names of the scopes whose callbacks were captured, one for each
	 * callback, in the order in which they were registered. Callbacks that are registered
	 * by others as they {@linkplain #run() run} are added. What waits in Spring's
	 * synchronizations has no scope, and is not among them.
	 * @return the names
	 */
	public List<String> scopes() {
		return this.captured.stream().filter(Captured::isOfScope).map(Captured::name).toList();
	}

	/**
	 * Return how many callbacks of scopes were captured.
	 * @return the number of {@link #scopes()}
	 */
	public int size() {
		return scopes().size();
	}

	/**
	 * Run them as a commit would: Spring's synchronizations first, then what scopes have
	 * registered, in order, each whatever became of the others. They see what the test's
	 * transaction has written, and what they write becomes a part of it. What they
	 * register for the time after the commit runs, too. Then the resources of their
	 * scopes are released.
	 * <p>
	 * Each is run once: not again by a second call, nor where the transaction was
	 * committed after all.
	 * @throws AfterCommitException with all that failed, as the caller of the outermost
	 * scope would have got it
	 */
	public void run() {
		List<Throwable> failures = new ArrayList<>();
		this.resources.addAll(holding(() -> runAll(failures)));
		for (int i = this.resources.size() - 1; i >= 0; i--) {
			this.resources.remove(i).release(failures);
		}
		if (failures.stream().anyMatch(InterruptedException.class::isInstance)) {
			Thread.currentThread().interrupt();
		}
		if (!failures.isEmpty()) {
			throw new AfterCommitException(this.transaction, failures);
		}
	}

	private void runAll(List<Throwable> failures) {
		while (!this.waiting.isEmpty()) {
			Captured next = this.waiting.removeFirst();
			Registrations before = Registrations.ofThread();
			try {
				next.run();
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
			List<Captured> later = before.later();
			this.captured.addAll(later);
			this.waiting.addAll(later);
		}
	}

	@Override
	public String toString() {
		return "Callbacks after the commit of '%s': %s".formatted(this.transaction,
				this.captured.stream().map(Captured::name).toList());
	}

	/**
	 * What a test captures the callbacks of. It throws what it likes, and a test need not
	 * declare that.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Body {

		/**
		 * Do it.
		 * @throws Throwable what fails the test, if anything
		 */
		void run() throws Throwable;

	}

}
