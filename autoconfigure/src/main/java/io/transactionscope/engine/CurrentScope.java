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

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.transactionscope.pool.Borrower;
import io.transactionscope.resource.Resource;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that a thread is in. There is one for each thread, for as long as anybody
 * knows it, like its {@link Borrower}.
 *
 * @since 0.1.0
 */
public final class CurrentScope {

	// Types of the JDK, because a thread may outlive our class loader.
	private static final ThreadLocal<@Nullable Object @Nullable []> CURRENT = new ThreadLocal<>();

	private static final int SELF = 0;

	private static final int OUTERMOST = 1;

	/** What the thread keeps. */
	private final @Nullable Object[] kept;

	private final Thread thread = Thread.currentThread();

	private final Borrower borrower = Borrower.current();

	/** The block on whose handle a resource is being acquired. */
	private @Nullable NestedBlock entering;

	private @Nullable NestedBlock innermostAtEntry;

	private CurrentScope(@Nullable Object[] kept) {
		this.kept = kept;
	}

	static CurrentScope ofThread() {
		@Nullable Object[] kept = CURRENT.get();
		CurrentScope known = (kept != null) ? self(kept) : null;
		return (known != null) ? known : begin(kept);
	}

	private static @Nullable CurrentScope self(@Nullable Object[] kept) {
		return (CurrentScope) ((WeakReference<?>) Objects.requireNonNull(kept[SELF])).get();
	}

	private static CurrentScope begin(@Nullable Object @Nullable [] known) {
		@Nullable Object[] kept = (known != null) ? known : new @Nullable Object[] { null, null };
		CurrentScope self = new CurrentScope(kept);
		kept[SELF] = new WeakReference<>(self);
		CURRENT.set(kept);
		return self;
	}

	/**
	 * Return what the body of the innermost block of the thread knows that block as,
	 * unless it would lead a resource to the wrong transaction.
	 * @throws IllegalStateException if it would, or if the thread is in none
	 */
	public static Object handle() {
		return block().handle();
	}

	private static NestedBlock block() {
		CurrentScope scope = ofThread();
		NestedBlock current = scope.require();
		NestedBlock entering = scope.entering;
		if (entering != null && entering.transaction() != current.transaction() && current == scope.innermostAtEntry) {
			throw new IllegalStateException(
					"Scope '%s' cannot acquire a resource that works on the current scope while scope '%s', which has a transaction of its own, is active inside it. Enter the resource on the handle of scope '%2$s', or before that scope begins."
						.formatted(entering.givenName(), current.givenName()));
		}
		return current;
	}

	/** The innermost block of the thread, if it is in one. */
	public static @Nullable NestedBlock innermostOfThread() {
		return ofThread().innermost();
	}

	/** Whether the thread is in a block that has joined what was there before. */
	public static boolean takesPart() {
		for (NestedBlock each = innermostOfThread(); each != null; each = each.outer) {
			if (each.takesPart()) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Return the name of a transaction that a block of the thread takes part in, be it
	 * suspended, or {@code null} if none does.
	 */
	public static @Nullable String transactionOfThread() {
		for (NestedBlock each = ofThread().enclosing(); each != null; each = each.outer) {
			if (each.isTransactional()) {
				return each.transaction().name();
			}
		}
		return null;
	}

	/**
	 * Let time pass for the deadlines of all blocks that the thread is in.
	 * @throws IllegalStateException if it is in none
	 */
	public static void advance(Duration time) {
		CurrentScope scope = ofThread();
		Set<TransactionState> transactions = Collections.newSetFromMap(new IdentityHashMap<>());
		for (NestedBlock each = scope.require(); each != null; each = each.outer) {
			each.advance(time);
			TransactionState transaction = each.transaction();
			if (transactions.add(transaction)) {
				transaction.deadline(Deadline.sooner(transaction.deadline(), time));
			}
		}
		scope.borrower.exchangeDeadline(Deadline.sooner(scope.borrower.deadline(), time));
	}

	/** End what was dropped on the thread, if a transaction is about to join it. */
	public static void endDropped() {
		ofThread().enclosing();
	}

	/**
	 * End what was opened inside a block, and not closed.
	 * @param outside the block, or {@code null} for all of the thread's
	 * @return the failures that say so, the innermost first
	 */
	public static List<Throwable> endLeftOpen(@Nullable NestedBlock outside) {
		List<Throwable> failures = new ArrayList<>(0);
		if (outside == null || !outside.hasEnded()) {
			CurrentScope scope = ofThread();
			for (NestedBlock each = scope.innermost(); each != null && each != outside; each = scope.innermost()) {
				failures.add(each.endLeftOpen());
			}
		}
		return failures;
	}

	Thread thread() {
		return this.thread;
	}

	Borrower borrower() {
		return this.borrower;
	}

	NestedBlock require() {
		NestedBlock current = innermost();
		if (current == null) {
			throw new IllegalStateException(
					"Thread '%s' is in no scope: call this from the body of a TransactionScope or from a method annotated with @ScopedTransaction."
						.formatted(Printable.of(this.thread.getName())));
		}
		return current;
	}

	private @Nullable NestedBlock innermost() {
		NestedBlock block = (NestedBlock) this.kept[OUTERMOST];
		while (block != null && block.inner != null) {
			block = block.inner;
		}
		return block;
	}

	/** The innermost block that somebody can still close. */
	@Nullable NestedBlock enclosing() {
		NestedBlock block = innermost();
		while (block != null && block.isDropped()) {
			block.endLeftOpen();
			block = innermost();
		}
		return block;
	}

	void setInner(@Nullable NestedBlock outer, @Nullable NestedBlock block) {
		if (outer == null) {
			// Leads to the others. To write a reference costs a memory barrier here,
			// where an old object is, but not in a block, which is young.
			this.kept[OUTERMOST] = block;
		}
		else {
			outer.inner = block;
		}
	}

	/** Enter a resource on a block, which may not be the innermost one. */
	<T extends @Nullable Object> T enter(NestedBlock block, Resource<? extends T> resource) {
		NestedBlock entering = this.entering;
		NestedBlock innermost = this.innermostAtEntry;
		this.entering = block;
		this.innermostAtEntry = innermost();
		try {
			return block.transaction().callbacks().enter(resource);
		}
		finally {
			this.entering = entering;
			this.innermostAtEntry = innermost;
		}
	}

}
