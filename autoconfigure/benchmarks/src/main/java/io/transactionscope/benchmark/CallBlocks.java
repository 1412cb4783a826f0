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

import javax.sql.DataSource;

import io.transactionscope.TransactionScope;

/**
 * A scope around a lambda.
 */
final class CallBlocks extends SpringBlocks {

	private final TransactionScope transactions;

	private final TransactionScope nested;

	private final TransactionScope anew;

	CallBlocks(DataSource dataSource, TransactionScope transactions) {
		super(dataSource);
		this.transactions = transactions;
		this.nested = transactions.nested();
		this.anew = transactions.requiresNew();
	}

	@Override
	int call(Body<DataSource> body) {
		return this.transactions.call(() -> body.run(this.dataSource));
	}

	@Override
	int callJoined(DataSource dataSource, Body<DataSource> body) {
		return this.transactions.call(() -> body.run(dataSource));
	}

	@Override
	int callAnew(Body<DataSource> body) {
		return this.anew.call(() -> body.run(this.dataSource));
	}

	@Override
	int callInSavepoint(DataSource dataSource, Body<DataSource> body) {
		return this.nested.call(() -> body.run(dataSource));
	}

}
