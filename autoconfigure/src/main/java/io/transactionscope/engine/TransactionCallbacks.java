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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * What is to follow the end of a transaction: callbacks in order, then the release of
 * resources in reverse order (T6, R4). The callbacks before the commit wait here as well.
 *
 * @since 0.1.0
 */
public final class TransactionCallbacks {

	/** Of more than that at once, most are left over. */
	private static final int EXPECTED = 1_000;

	private final String transaction;

	private final List<Action> beforeCommit = new ArrayList<>();

	private final List<Registered> afterEnd = new ArrayList<>();

	private final Deque<Entered> entered = new ArrayDeque<>();

	/** How many groups of resources there have been. */
	private int groups;

	private final List<CompanionTransaction> companions = new ArrayList<>(0);

	private int expected = EXPECTED;

	private int resources;

	private boolean cancelled;

	/**
	 * Create what is to follow the end of a transaction.
	 * @param transaction its name
	 */
	TransactionCallbacks(String transaction) {
		this.transaction = transaction;
	}

	/** Show a rollback as a cancel. */
	void cancelled() {
		this.cancelled = true;
	}

	/** A transaction on another data source, which has been entered as a resource. */
	void add(CompanionTransaction companion) {
		this.companions.add(companion);
	}

	public void beforeCommit(Action callback) {
		this.beforeCommit.add(callback);
	}

	/**
	 * Register what is to follow the end.
	 * @param outcome when to run it, or {@code null} for always
	 * @param callback what to run
	 */
	public void afterEnd(@Nullable TransactionOutcome outcome, OutcomeAction callback) {
		this.afterEnd.add(new Registered(null, outcome, callback));
	}

	/**
	 * The same for a callback of the application's.
	 * @param scope the name of the block that registers it
	 */
	public void afterEnd(String scope, @Nullable TransactionOutcome outcome, OutcomeAction callback) {
		this.afterEnd.add(new Registered(scope, outcome, callback));
	}

	int registered() {
		return this.afterEnd.size();
	}

	/** What a commit would run of what the application has registered. */
	List<Registered> forCommit(int from) {
		return this.afterEnd.stream()
			.skip(from)
			.filter((each) -> each.scope != null && each.follows(TransactionOutcome.COMMITTED))
			.toList();
	}

	/** Close something after the end. */
	public <C extends AutoCloseable> C enter(C closeable) {
		C entered = resources().enter(closeable);
		counted();
		return entered;
	}

	/** Acquire a resource, and release it after the end. */
	<T extends @Nullable Object> T enter(Resource<? extends T> resource) {
		T value = ((resource instanceof CompanionTransaction) ? apart() : resources()).enter(resource);
		counted();
		return value;
	}

	/** Where to enter one more resource. */
	ResourceScope resources() {
		Entered last = this.entered.peekLast();
		return ((last == null || last.closed) ? group() : last).resources;
	}

	/** Where to enter a transaction, which may go before what is around it. */
	private ResourceScope apart() {
		Entered group = group();
		group.closed = true;
		group.transaction = true;
		return group.resources;
	}

	private Entered group() {
		Entered group = new Entered(ResourceScope.open(), this.groups++);
		group.resources.expect(Integer.MAX_VALUE);
		this.entered.addLast(group);
		return group;
	}

	private void counted() {
		if (this.resources++ == this.expected) {
			Log.warn(
					"Transaction '{}' holds more than {} resources until its end. If a loop enters them, let each of its "
							+ "rounds have a ResourceScope of its own; otherwise, expect(...) more.",
					this.transaction, this.expected, new IllegalStateException("Entered here"));
		}
	}

	/** How many resources there may be before that is logged. */
	public void expect(int resources) {
		if (resources < 1) {
			throw new IllegalArgumentException("Invalid resources (%d): must be at least 1".formatted(resources));
		}
		this.expected = Math.max(resources, this.resources);
	}

	void runBeforeCommit() throws Exception {
		// By index: a callback may register another one.
		for (int i = 0; i < this.beforeCommit.size(); i++) {
			this.beforeCommit.get(i).run();
		}
	}

	/**
	 * Run those that a part of the transaction has registered, as it ends before that,
	 * and forget them.
	 */
	public void runBeforeCommit(Position from) throws Exception {
		for (int i = from.beforeCommit; i < this.beforeCommit.size(); i++) {
			this.beforeCommit.get(i).run();
		}
		this.beforeCommit.subList(from.beforeCommit, this.beforeCommit.size()).clear();
	}

	/** What is to follow the end and was registered since. */
	public List<Registered> since(Position from) {
		return List.copyOf(this.afterEnd.subList(from.afterEnd, this.afterEnd.size()));
	}

	/** Where things stand. Resources that are entered from now on are a new group. */
	public Position position() {
		if (!this.entered.isEmpty()) {
			this.entered.getLast().closed = true;
		}
		return new Position(this.beforeCommit.size(), this.afterEnd.size(), this.groups, this.companions.size());
	}

	/**
	 * Drop the callbacks registered since. The resources entered since stay until the
	 * end, and see a failure then, whatever becomes of the transaction.
	 */
	void rollBackTo(Position position, Throwable failure) {
		this.beforeCommit.subList(position.beforeCommit, this.beforeCommit.size()).clear();
		this.afterEnd.subList(position.afterEnd, this.afterEnd.size()).clear();
		this.entered.stream().filter((each) -> each.isSince(position) && each.failure == null).forEach((each) -> {
			each.closed = true;
			each.failure = failure;
		});
		List<CompanionTransaction> over = this.companions.subList(position.companions, this.companions.size());
		over.forEach(CompanionTransaction::rollBackWithSavepoint);
		over.clear();
	}

	/**
	 * Run the callbacks, each whatever became of the others, then release the resources.
	 * @param outcome what became of the transaction
	 * @param failure the caller's failure, if it has one; it takes what failed by the end
	 * of the callbacks
	 * @param silently what to show to the resources if the transaction was not committed
	 * and the caller has no failure
	 * @param later what failed after that, in order; takes what fails here
	 * @return the caller's failure, or what a resource has translated it into
	 */
	@Nullable Throwable follow(TransactionOutcome outcome, @Nullable Throwable failure, Supplier<Throwable> silently,
			List<Throwable> later) {
		return follow(this.afterEnd, (group) -> true, outcome, failure, silently, later);
	}

	/**
	 * The same for a part of the transaction, which ends before that.
	 * @param part which part
	 * @param callbacks what to run
	 */
	@Nullable Throwable follow(Part part, List<Registered> callbacks, TransactionOutcome outcome, @Nullable Throwable failure,
			Supplier<Throwable> silently, List<Throwable> later) {
		return follow(callbacks, (group) -> group.isIn(part), outcome, failure, silently, later);
	}

	private @Nullable Throwable follow(List<Registered> callbacks, Predicate<Entered> which, TransactionOutcome outcome,
			@Nullable Throwable failure, Supplier<Throwable> silently, List<Throwable> later) {
		boolean interrupted = run(callbacks, outcome, later);
		if (failure != null) {
			// Before the resources, which see it with all that failed so far.
			Failures.suppressAll(failure, later);
			later.clear();
		}
		Throwable told = this.entered.isEmpty() ? failure : release(which, outcome, failure, silently, later);
		if (interrupted) {
			// Not earlier, or what was still to follow would fail.
			Thread.currentThread().interrupt();
		}
		return told;
	}

	private static boolean run(List<Registered> callbacks, TransactionOutcome outcome, List<Throwable> later) {
		boolean interrupted = false;
		for (Registered each : callbacks) {
			if (each.follows(outcome)) {
				try {
					each.run(outcome);
				}
				catch (Throwable ex) {
					interrupted |= (ex instanceof InterruptedException);
					later.add(ex);
				}
			}
		}
		return interrupted;
	}

	private @Nullable Throwable release(Predicate<Entered> which, TransactionOutcome outcome,
			@Nullable Throwable failure, Supplier<Throwable> silently, List<Throwable> later) {
		boolean interrupted = false;
		Throwable told = failure;
		Throwable unseen = (failure != null || outcome == TransactionOutcome.COMMITTED) ? null : silently.get();
		// Apart from the failures of callbacks, which no resource may suppress.
		List<Throwable> failures = new ArrayList<>(0);
		for (Entered last = takeLast(which); last != null; last = takeLast(which)) {
			if (last.failure == null) {
				told = last.resources.end(outcome(outcome, (told != null) ? told : unseen), told, failures);
			}
			else if (last.failure == failure && told != null) {
				told = last.resources.end(Outcome.failed(told), told, failures);
			}
			else {
				// It has reached its caller long since
				last.resources.end(Outcome.failed(last.failure), null, failures);
			}
			interrupted |= Thread.interrupted();
		}
		later.addAll(failures);
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
		return told;
	}

	private @Nullable Entered takeLast(Predicate<Entered> which) {
		Iterator<Entered> groups = this.entered.descendingIterator();
		while (groups.hasNext()) {
			Entered group = groups.next();
			if (which.test(group)) {
				groups.remove();
				return group;
			}
		}
		return null;
	}

	private Outcome outcome(TransactionOutcome outcome, @Nullable Throwable seen) {
		if (seen == null || outcome == TransactionOutcome.COMMITTED) {
			return Outcome.succeeded();
		}
		if (outcome == TransactionOutcome.UNKNOWN) {
			return Outcome.unknown(seen);
		}
		return this.cancelled ? Outcome.cancelled(seen) : Outcome.failed(seen);
	}

	/**
	 * What to do before the COMMIT.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Action {

		void run() throws Exception;

	}

	/**
	 * What to do after the end.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface OutcomeAction {

		void run(TransactionOutcome outcome) throws Exception;

	}

	/**
	 * What is to follow the end, once.
	 *
	 * @since 0.1.0
	 */
	public static final class Registered {

		private final @Nullable String scope;

		private final @Nullable TransactionOutcome outcome;

		private final OutcomeAction callback;

		private boolean run;

		private Registered(@Nullable String scope, @Nullable TransactionOutcome outcome, OutcomeAction callback) {
			this.scope = scope;
			this.outcome = outcome;
			this.callback = callback;
		}

		/** The block that has registered it, if it is the application's. */
		public @Nullable String scope() {
			return this.scope;
		}

		/** Whether it is still to be run if that is the outcome. */
		public boolean follows(TransactionOutcome outcome) {
			return !this.run && (this.outcome == null || this.outcome == outcome);
		}

		/** Run it, and never again. */
		public void run(TransactionOutcome outcome) throws Exception {
			this.run = true;
			this.callback.run(outcome);
		}

	}

	/**
	 * How many callbacks, groups of resources and transactions on other data sources
	 * there were.
	 *
	 * @since 0.1.0
	 */
	public record Position(int beforeCommit, int afterEnd, int entered, int companions) {

		static final Position START = new Position(0, 0, 0, 0);

	}

	/**
	 * A part of a transaction.
	 *
	 * @param from where it began
	 * @param to where it ended
	 * @param transactionsOnly whether to leave out all resources but transactions on
	 * other data sources
	 * @since 0.1.0
	 */
	public record Part(Position from, Position to, boolean transactionsOnly) {
	}

	/**
	 * The resources entered between two savepoints.
	 */
	private static final class Entered {

		private final ResourceScope resources;

		private final int number;

		private boolean closed;

		/** Whether it is one on another data source, and nothing else. */
		private boolean transaction;

		private @Nullable Throwable failure;

		private Entered(ResourceScope resources, int number) {
			this.resources = resources;
			this.number = number;
		}

		private boolean isSince(Position position) {
			return this.number >= position.entered;
		}

		private boolean isIn(Part part) {
			return isSince(part.from) && !isSince(part.to) && (!part.transactionsOnly || this.transaction);
		}

	}

}
