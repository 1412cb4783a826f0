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

package io.transactionscope.benchmark;

import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;

import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;

/**
 * A way to write a reactive block in a transaction.
 */
public enum ReactivePeer {

	/** Spring's {@code TransactionalOperator} on Boot's default manager. */
	OPERATOR("`TransactionalOperator`") {

		@Override
		ReactiveBlocks blocks(ConnectionFactory connections) {
			return TransactionalOperator.create(new R2dbcTransactionManager(connections))::transactional;
		}

	},

	/** The same on our manager. */
	OPERATOR_ON_OURS("the same on our manager") {

		@Override
		ReactiveBlocks blocks(ConnectionFactory connections) {
			return TransactionalOperator.create(new ScopedR2dbcTransactionManager(connections))::transactional;
		}

	},

	/** A reactive scope around a lambda. */
	REACTIVE_CALL("`ReactiveTransactionScope`") {

		@Override
		ReactiveBlocks blocks(ConnectionFactory connections) {
			ReactiveTransactionScope transactions = ReactiveTransactionScope
				.create(new ScopedR2dbcTransactionManager(connections));
			return (body) -> transactions.call(() -> body);
		}

	};

	private final String text;

	ReactivePeer(String text) {
		this.text = text;
	}

	/** What the reader calls it. */
	String text() {
		return this.text;
	}

	abstract ReactiveBlocks blocks(ConnectionFactory connections);

}
