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

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Wrapped;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.r2dbc.connection.ConnectionHolder;
import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.util.ClassUtils;

/**
 * What Spring's transactions in Reactor's context say of who asks for a connection.
 */
final class Surroundings {

	private static final boolean SPRING = ClassUtils.isPresent("org.springframework.r2dbc.connection.ConnectionHolder",
			Surroundings.class.getClassLoader());

	private Surroundings() {
	}

	/**
	 * Return who asks for a connection.
	 * @param context of the subscription
	 * @param pool the pool that is asked
	 */
	static ReactiveBorrower borrower(ContextView context, WatchedConnectionPool pool) {
		ReactiveBorrower told = ReactiveBorrower.in(context);
		ReactiveBorrower borrower = (told != null) ? told.orLike() : ReactiveBorrower.inside(transactionName(context));
		ReactiveBorrower around = holder(borrower.surrounding());
		if (around == null) {
			around = bound(context);
		}
		if (around == null) {
			around = holder(ReactiveBorrower.surroundingIn(context));
		}
		if (around != null) {
			around.keeps();
		}
		Object transactions = (around == null && told == null) ? transactions(context) : null;
		// It may be beside it: this is for those who wait for long.
		borrower.asks(context, (transactions != null) ? pool.begunIn(transactions) : around);
		return borrower;
	}

	/**
	 * Return what Spring's transactions that one after the other begin, are suspended and
	 * end in a context have in common.
	 * @return {@code null} if there are none
	 */
	static @Nullable Object transactions(ContextView context) {
		return SPRING ? Spring.transaction(context) : null;
	}

	/**
	 * Return a context in which nobody is in a transaction: what opens connections has no
	 * need of one, and may keep the context as long as they last, with the connection in
	 * it.
	 */
	static Context outside(Context context) {
		return context.isEmpty() ? context
				: context.stream()
					.map(Map.Entry::getKey)
					.filter((key) -> isOfTransactions(context.get(key)))
					.reduce(context, Context::delete, (one, other) -> other);
	}

	private static boolean isOfTransactions(Object value) {
		String type = value.getClass().getName();
		return type.startsWith("org.springframework.transaction.") || type.startsWith("io.transactionscope.");
	}

	/**
	 * Return the name of the transaction that somebody is in.
	 * @return {@code null} if it has none, or there is none
	 */
	private static @Nullable String transactionName(ContextView context) {
		return SPRING ? Spring.transactionName(context) : null;
	}

	/**
	 * Return who holds the connection of the innermost transaction that somebody is in.
	 * @return {@code null} if there is none, or it is of a pool without ledger
	 */
	private static @Nullable ReactiveBorrower bound(ContextView context) {
		return SPRING ? Spring.holder(context) : null;
	}

	/** Return who holds a connection, of whatever stands in front of it. */
	private static @Nullable ReactiveBorrower holder(@Nullable Object connection) {
		TrackedR2dbcConnection tracked = tracked(connection);
		return (tracked != null && tracked.isOpen()) ? tracked.borrower() : null;
	}

	/** Return what the ledger knows, of whatever stands in front of it. */
	private static @Nullable TrackedR2dbcConnection tracked(@Nullable Object connection) {
		Object each = connection;
		while (each instanceof Wrapped<?> wrapped && !(each instanceof TrackedR2dbcConnection)) {
			each = wrapped.unwrap();
		}
		return (each instanceof TrackedR2dbcConnection tracked) ? tracked : null;
	}

	/**
	 * Return who holds the connections of the transactions that somebody is in, one of
	 * each pool that has a ledger.
	 */
	static Collection<ReactiveBorrower> holders(ContextView context) {
		Collection<ReactiveBorrower> bound = SPRING ? Spring.holders(context) : List.of();
		ReactiveBorrower around = bound.isEmpty() ? holder(ReactiveBorrower.surroundingIn(context)) : null;
		return (around != null) ? List.of(around) : bound;
	}

	/**
	 * Is loaded where Spring's R2DBC is there.
	 */
	private static final class Spring {

		private static @Nullable TransactionContext transaction(ContextView context) {
			return context.getOrDefault(TransactionContext.class, null);
		}

		private static @Nullable String transactionName(ContextView context) {
			TransactionContext transaction = transaction(context);
			return (transaction != null) ? transaction.getCurrentTransactionName() : null;
		}

		private static @Nullable ReactiveBorrower holder(ContextView context) {
			Collection<ReactiveBorrower> holders = holders(context);
			return holders.stream()
				.filter((each) -> holders.stream().noneMatch((other) -> other.isInside(each)))
				.findFirst()
				.orElse(null);
		}

		private static Collection<ReactiveBorrower> holders(ContextView context) {
			TransactionContext transaction = transaction(context);
			if (transaction == null) {
				return List.of();
			}
			List<ReactiveBorrower> holders = new ArrayList<>(1);
			for (TransactionContext each = transaction; each != null; each = each.getParent()) {
				for (Object resource : each.getResources().values()) {
					ReactiveBorrower holder = (resource instanceof ConnectionHolder bound)
							? Surroundings.holder(connection(bound)) : null;
					if (holder != null && !holders.contains(holder)) {
						holders.add(holder);
					}
				}
			}
			return holders;
		}

		private static @Nullable Connection connection(ConnectionHolder holder) {
			try {
				return holder.getConnection();
			}
			catch (RuntimeException ex) {
				// It has none any more.
				return null;
			}
		}

	}

}
