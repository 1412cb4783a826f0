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

import io.transactionscope.OpenScope;
import io.transactionscope.TransactionScope;

/**
 * A scope in try-with-resources, named because to find its caller costs a microsecond.
 */
final class OpenBlocks extends SpringBlocks {

	private final TransactionScope transactions;

	private final TransactionScope nested;

	OpenBlocks(DataSource dataSource, TransactionScope transactions) {
		super(dataSource);
		this.transactions = transactions.named("open");
		this.nested = transactions.named("nested").nested();
	}

	@Override
	int call(Body<DataSource> body) {
		try (OpenScope scope = this.transactions.open()) {
			int result = body.run(this.dataSource);
			scope.complete();
			return result;
		}
	}

	@Override
	int callJoined(DataSource dataSource, Body<DataSource> body) {
		try (OpenScope scope = this.transactions.open()) {
			int result = body.run(dataSource);
			scope.complete();
			return result;
		}
	}

	@Override
	int callInSavepoint(DataSource dataSource, Body<DataSource> body) {
		try (OpenScope scope = this.nested.open()) {
			int result = body.run(dataSource);
			scope.complete();
			return result;
		}
	}

}
