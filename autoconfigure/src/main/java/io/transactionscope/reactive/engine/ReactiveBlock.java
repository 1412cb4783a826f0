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

import java.util.function.Function;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.RollbackMark;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.AsyncResourceScope;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * One running block of a subscription, as what is inside of it sees it: usable until it
 * ends, and only from below. Safe for use by several threads.
 *
 * @since 0.1.0
 */
public abstract class ReactiveBlock {

	private final ReactiveScopeSettings settings;

	private final String name;

	private final Context outer;

	private final @Nullable ReactiveBlock around;

	private final Cancellation cancellation = new Cancellation();

	private final InnerBlocks inner = new InnerBlocks();

	private volatile @Nullable RollbackMark mark;

	private volatile @Nullable ReactiveParticipation participation;

	private volatile @Nullable Object handle;

	private Sinks.@Nullable One<Outcome> ended;

	private @Nullable Outcome outcome;

	ReactiveBlock(ReactiveScopeSettings settings, String name, Context outer) {
		this.settings = settings;
		this.name = name;
		this.outer = outer;
		this.around = innermost(outer);
	}

	/** The innermost block of a subscription. */
	public static @Nullable ReactiveBlock innermost(ContextView context) {
		return context.hasKey(TransactionContexts.BLOCK) ? context.get(TransactionContexts.BLOCK) : null;
	}

	/** Whether its body has not ended, or its callbacks before the commit have not. */
	abstract boolean isInUse();

	/** Whether its body has not ended, and nobody has cancelled it. */
	abstract boolean isAtWork();

	/** When it has to be over, if it has to. */
	public abstract @Nullable Deadline deadline();

	/** Cancel it, as the block around it ends. */
	abstract void cancelWithOuter(String outer);

	/** Cancel it, as the exchange that it belongs to has failed. */
	abstract void cancelWithBoundary();

	public final String name() {
		return this.name;
	}

	final ReactiveScopeSettings settings() {
		return this.settings;
	}

	final ScopeDefinition definition() {
		return this.settings.definition();
	}

	/** The context of its subscriber. */
	final Context outer() {
		return this.outer;
	}

	final @Nullable ReactiveBlock around() {
		return this.around;
	}

	final boolean isInside(Object block) {
		for (ReactiveBlock each = this.around; each != null; each = each.around) {
			if (each == block) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The innermost block around that works in the same transaction, past those with
	 * transactions on other connections.
	 * @param entered its part in the transaction
	 */
	final @Nullable ReactiveBlock host(ReactiveParticipation entered) {
		if (entered.isOwner() || !entered.isTransactional()) {
			return null;
		}
		for (ReactiveBlock each = this.around; each != null; each = each.around) {
			ReactiveParticipation outer = each.participation;
			if (outer != null && outer.transaction() == entered.transaction()) {
				return each;
			}
		}
		return null;
	}

	final Cancellation cancellation() {
		return this.cancellation;
	}

	final InnerBlocks inner() {
		return this.inner;
	}

	final @Nullable RollbackMark mark() {
		return this.mark;
	}

	final @Nullable ReactiveParticipation participationIfAny() {
		return this.participation;
	}

	final void participation(ReactiveParticipation participation) {
		this.participation = participation;
	}

	/**
	 * What its body holds in its hands.
	 * @param made makes it, at the first use
	 */
	public final Object handle(Function<ReactiveBlock, Object> made) {
		Object handle = this.handle;
		if (handle == null) {
			handle = made.apply(this);
			this.handle = handle;
		}
		return handle;
	}

	private ReactiveParticipation inUse() {
		ReactiveParticipation participation = this.participation;
		if (participation == null || !isInUse()) {
			throw new IllegalStateException(
					"Scope '%s' has ended: its handle is good only inside its body.".formatted(this.name));
		}
		return participation;
	}

	/** Refuse those that are in another subscription. */
	private ReactiveParticipation inUse(ContextView context) {
		ReactiveParticipation participation = inUse();
		for (ReactiveBlock each = innermost(context); each != null; each = each.around) {
			if (each == this) {
				return participation;
			}
		}
		throw new IllegalStateException(
				"Scope '%s' belongs to another subscription: its handle is good only in what its body returns."
					.formatted(this.name));
	}

	/** What is to be called before and after its transaction's end. */
	public final ReactiveCallbacks callbacks() {
		return inUse().transaction().callbacks();
	}

	/**
	 * Where to enter one more resource, to be released after its transaction's end.
	 * @param context of a subscription
	 */
	public final AsyncResourceScope resources(ContextView context) {
		return inUse(context).transaction().callbacks().resources();
	}

	/**
	 * For a block inside, from a savepoint.
	 * @param context of its subscription
	 */
	public final ReactiveScopeSettings savepoint(ContextView context) {
		ReactiveParticipation participation = inUse(context);
		if (!participation.isTransactional()) {
			throw new IllegalStateException(
					"Scope '%s' cannot set a savepoint: it runs without transaction.".formatted(this.name));
		}
		ReactiveBlock innermost = innermost(context);
		ReactiveParticipation active = (innermost != null) ? innermost.participation : null;
		if (innermost != null && (active == null || active.transaction() != participation.transaction())) {
			throw new IllegalStateException(
					"Scope '%s' cannot set a savepoint while scope '%s', which has a transaction of its own, is active inside it."
						.formatted(this.name, innermost.name));
		}
		return this.settings.savepoint();
	}

	public final void askForRollback(String reason) {
		inUse();
		this.mark = RollbackMark.asked(this.name, reason);
	}

	public final boolean isDoomed() {
		ReactiveParticipation participation = inUse();
		return this.mark != null || this.cancellation.cause() != null || participation.transaction().mark() != null
				|| participation.isRollbackOnly();
	}

	/**
	 * The connection that its transaction runs on.
	 * @param context of a subscription
	 */
	public final Object connection(ContextView context) {
		Object connection = inUse(context).connection();
		if (connection == null) {
			throw new IllegalStateException(
					"Scope '%s' has no R2DBC connection here: it runs without transaction, or its transaction manager works on none."
						.formatted(this.name));
		}
		return connection;
	}

	/** What becomes of it, once all is over. */
	public final Mono<Outcome> ended() {
		synchronized (this.inner) {
			if (this.outcome != null) {
				return Mono.just(this.outcome);
			}
			if (this.ended == null) {
				this.ended = Sinks.one();
			}
			return this.ended.asMono();
		}
	}

	static Outcome outcome(@Nullable TransactionOutcome outcome, @Nullable Throwable told, boolean cancelled) {
		if (outcome == null || outcome == TransactionOutcome.COMMITTED) {
			return Outcome.succeeded();
		}
		if (outcome == TransactionOutcome.UNKNOWN && told != null) {
			return Outcome.unknown(told);
		}
		if (cancelled) {
			return Outcome.cancelled(told);
		}
		return (told != null) ? Outcome.failed(told) : Outcome.failed();
	}

	final void tellEnd(Outcome outcome) {
		Sinks.One<Outcome> ended;
		synchronized (this.inner) {
			this.outcome = outcome;
			ended = this.ended;
		}
		if (ended != null) {
			ended.tryEmitValue(outcome);
		}
	}

}
