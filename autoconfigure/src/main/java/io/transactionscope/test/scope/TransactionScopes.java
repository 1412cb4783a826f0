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

import io.transactionscope.TransactionScope;

/**
 * Scopes for unit tests of the services that work in them.
 *
 * <pre class="code">
 * TransactionScope transactions = TransactionScopes.withoutDatabase();
 * ScopeRecords scopes = ScopeRecords.of(transactions);
 * OrderService orders = new OrderService(transactions, this.stock, this.mails);
 *
 * assertThatException().isThrownBy(() -&gt; orders.place(tooMany));
 * assertThat(scopes.rolledBack()).hasSize(1);
 * assertThat(this.mails).isEmpty();
 * </pre>
 *
 * @since 0.1.0
 */
public final class TransactionScopes {

	private TransactionScopes() {
	}

	/**
	 * Return a scope that has no database, and no resource of another kind: what is to be
	 * committed or rolled back is nothing. All else is as in production: callbacks,
	 * resources, savepoints, who joins whom and is refused, what dooms a transaction,
	 * deadlines, failures, asynchronous blocks. Its blocks have no
	 * {@link io.transactionscope.ActiveScope#connection() connection}, and no other scope
	 * can be entered in them. It needs no application context.
	 * @return a scope without options, which has a transaction manager of its own
	 */
	public static TransactionScope withoutDatabase() {
		return TransactionScope.create(new TransactionManagerWithoutDatabase());
	}

}
