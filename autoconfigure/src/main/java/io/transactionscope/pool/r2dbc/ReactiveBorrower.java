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

package io.transactionscope.pool.r2dbc;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.Party;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A subscription that asks an R2DBC pool for a connection: what is known of it is in
 * Reactor's context, whatever thread serves it.
 *
 * <p>
 * Whoever begins a transaction says so in the context that it asks with:
 *
 * <pre>
 * ReactiveBorrower borrower = ReactiveBorrower.ofTransaction("place-order", deadline);
 * factory.create() ... contextWrite(borrower::in)
 * </pre>
 *
 * @since 0.1.0
 */
public final class ReactiveBorrower extends Party {

	private static final Object KEY = new Object() {

		@Override
		public String toString() {
			return "io.transactionscope.borrower";
		}

	};

	private static final Object SURROUNDING = new Object() {

		@Override
		public String toString() {
			return "io.transactionscope.surrounding";
		}

	};

	private final @Nullable String name;

	private final long deadline;

	private final boolean beginning;

	/** Who asks from inside of what this one holds a connection for. */
	private volatile @Nullable Set<ReactiveBorrower> inside;

	/** Inside of whose connection it asks, as soon as it does. */
	private volatile @Nullable ReactiveBorrower around;

	/** By what it is known outside of scopes. */
	private @Nullable String occasion;

	private @Nullable Exchange exchange;

	private volatile boolean waitBounded;

	private volatile boolean asked;

	/** What it holds is a transaction's. */
	private volatile boolean keeping;

	/** The connection inside of which it asks, until it does. */
	private @Nullable Object surrounding;

	/** Written by whoever signals to it, read by the watch. */
	private volatile @Nullable Thread loop;

	private ReactiveBorrower(@Nullable String name, long deadline, boolean beginning) {
		this.name = name;
		this.deadline = deadline;
		this.beginning = beginning;
	}

	/**
	 * {@return somebody who is about to begin a transaction}
	 * @param name of the transaction
	 * @param deadline until when the transaction has to be over, a value of
	 * {@link System#nanoTime()}, or {@link Borrower#NO_DEADLINE}
	 */
	public static ReactiveBorrower ofTransaction(String name, long deadline) {
		Objects.requireNonNull(name, "name must not be null");
		return new ReactiveBorrower(name, deadline, true);
	}

	/**
	 * Say that it asks while the connection of another transaction is kept.
	 * @param connection as it was lent, which no context tells of, {@code null} for none
	 */
	public void asksInside(@Nullable Object connection) {
		this.surrounding = connection;
	}

	/**
	 * {@return a context in which those who ask for connections do so while one is kept}
	 * @param context of the subscriber
	 * @param connection as it was lent, and not bound in the context
	 */
	public static Context inside(Context context, Object connection) {
		Objects.requireNonNull(context, "context must not be null");
		Objects.requireNonNull(connection, "connection must not be null");
		return context.put(SURROUNDING, connection);
	}

	/** Return the connection that is kept while it asks, as far as it was told of. */
	@Nullable Object surrounding() {
		return this.surrounding;
	}

	static @Nullable Object surroundingIn(ContextView context) {
		return context.getOrDefault(SURROUNDING, null);
	}

	/**
	 * {@return a context in which this one asks for connections}
	 * @param context of the subscriber
	 */
	public Context in(Context context) {
		Objects.requireNonNull(context, "context must not be null");
		return context.put(KEY, this);
	}

	/**
	 * {@return a context in which whoever asks for connections outside of scopes is known
	 * by a name} It comes before what the context tells otherwise.
	 * @param context of the subscriber
	 * @param call what is called, such as a method of a repository
	 */
	public static Context in(Context context, String call) {
		Objects.requireNonNull(context, "context must not be null");
		Objects.requireNonNull(call, "call must not be null");
		return context.put(ContextNames.CALL, call);
	}

	/**
	 * Return who is about to begin a transaction in a context.
	 * @return {@code null} if nobody has told of it
	 */
	static @Nullable ReactiveBorrower in(ContextView context) {
		return context.getOrDefault(KEY, null);
	}

	/**
	 * Return somebody who asks for a connection and begins no transaction.
	 * @param name of the transaction that this is in, {@code null} if there is none
	 */
	static ReactiveBorrower inside(@Nullable String name) {
		return new ReactiveBorrower(name, Borrower.NO_DEADLINE, false);
	}

	/**
	 * Say what it is inside of as it asks. The context itself may lead to the connection,
	 * which would never be garbage.
	 */
	void asks(ContextView context, @Nullable ReactiveBorrower around) {
		this.around = around;
		this.asked = true;
		this.exchange = Exchange.of(context);
		this.occasion = isNamed() ? null : ContextNames.of(context);
	}

	/** A transaction is known to keep what it holds. */
	void keeps() {
		this.keeping = true;
	}

	/** Return itself, or its like if it has asked before: each can wait for one. */
	ReactiveBorrower orLike() {
		if (!this.asked) {
			return this;
		}
		ReactiveBorrower like = new ReactiveBorrower(this.name, this.deadline, this.beginning);
		like.surrounding = this.surrounding;
		return like;
	}

	private boolean isNamed() {
		return this.name != null && !this.name.equals(Borrower.UNNAMED_TRANSACTION);
	}

	/** Whether it has asked in an exchange that has ended since. */
	boolean isExchangeOver() {
		Exchange exchange = this.exchange;
		return exchange != null && exchange.isOver();
	}

	/**
	 * {@return whether the pool's ledger ends the wait at the deadline}
	 */
	public boolean isWaitBounded() {
		return this.waitBounded;
	}

	/** Depend on an event loop from now on, or on none. */
	void isServedBy(@Nullable Thread loop) {
		// The same one nearly always.
		if (this.loop != loop) {
			this.loop = loop;
		}
	}

	@Override
	protected @Nullable Thread loop() {
		return this.loop;
	}

	void boundsWait() {
		this.waitBounded = true;
	}

	boolean hasDeadline() {
		return this.deadline != Borrower.NO_DEADLINE;
	}

	boolean isOverdue() {
		return hasDeadline() && this.deadline - System.nanoTime() <= 0;
	}

	long deadline() {
		return this.deadline;
	}

	/** Return those inside of whose connections it asked, from the inside out. */
	Stream<ReactiveBorrower> surroundings() {
		return Stream.iterate(this.around, Objects::nonNull, (each) -> each.around);
	}

	/** Take part in what others wait for, from now on. */
	void enter() {
		ReactiveBorrower around = this.around;
		if (around != null) {
			around.inside().add(this);
		}
	}

	/** Neither wait nor hold anything any more. */
	void leave() {
		ReactiveBorrower around = this.around;
		if (around != null) {
			around.inside().remove(this);
		}
	}

	/** Few have any. */
	private synchronized Set<ReactiveBorrower> inside() {
		Set<ReactiveBorrower> inside = this.inside;
		if (inside == null) {
			inside = ConcurrentHashMap.newKeySet(4);
			this.inside = inside;
		}
		return inside;
	}

	@Override
	protected Iterable<ReactiveBorrower> awaited() {
		Set<ReactiveBorrower> inside = this.inside;
		return (inside != null) ? inside : List.of();
	}

	/** What is held around it counts, too: it cannot be given back before. */
	@Override
	protected int holds() {
		ReactiveBorrower around = this.around;
		return super.holds() + ((around != null) ? around.holds() : 0);
	}

	@Override
	protected boolean isInside(Party other) {
		return surroundings().anyMatch((each) -> each == other);
	}

	@Override
	protected boolean isKeeping() {
		return this.keeping;
	}

	@Override
	protected @Nullable String name() {
		return this.name;
	}

	/**
	 * What its context tells. The application's own {@link Borrower.Occasion}s are not
	 * asked: they know what a thread is at, and the one that subscribes may be at
	 * anything.
	 */
	@Override
	protected @Nullable String occasion(Borrower.Occasion ofThread) {
		return this.occasion;
	}

	@Override
	protected boolean isBeginning() {
		return this.beginning;
	}

	@Override
	protected String description() {
		return "subscription %08x".formatted(System.identityHashCode(this));
	}

	@Override
	protected boolean isAlive() {
		return true;
	}

	/** Whatever thread it is. */
	@Override
	protected boolean isCurrent() {
		return true;
	}

	/** It has no thread, and so no stack. */
	@Override
	protected List<StackTraceElement> activity() {
		return List.of();
	}

	@Override
	protected int spread() {
		return System.identityHashCode(Thread.currentThread());
	}

}
