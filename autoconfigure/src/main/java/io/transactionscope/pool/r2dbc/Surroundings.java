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

import java.util.Map;

import io.r2dbc.spi.Connection;
import org.jspecify.annotations.Nullable;
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
	 * Return the name of the transaction that somebody is in.
	 * @return {@code null} if it has none, or there is none
	 */
	static @Nullable String transactionName(ContextView context) {
		return SPRING ? Spring.transactionName(context) : null;
	}

	/**
	 * Return who holds the connection of the innermost transaction that somebody is in.
	 * @return {@code null} if there is none, or it is of a pool without ledger
	 */
	static @Nullable ReactiveBorrower holder(ContextView context) {
		return SPRING ? Spring.holder(context) : null;
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
			for (TransactionContext each = transaction(context); each != null; each = each.getParent()) {
				ReactiveBorrower holder = holder(each.getResources());
				if (holder != null) {
					return holder;
				}
			}
			return null;
		}

		private static @Nullable ReactiveBorrower holder(Map<Object, Object> resources) {
			for (Object resource : resources.values()) {
				if (resource instanceof ConnectionHolder holder
						&& connection(holder) instanceof TrackedR2dbcConnection tracked && tracked.isOpen()) {
					return tracked.borrower();
				}
			}
			return null;
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
