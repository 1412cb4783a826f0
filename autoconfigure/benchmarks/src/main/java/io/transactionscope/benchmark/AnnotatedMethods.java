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

import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.transaction.ScopePropagation;

import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Methods that run in a transaction because an annotation says so.
 */
interface AnnotatedMethods {

	int call(DataSource dataSource, Body<DataSource> body);

	int callJoined(DataSource dataSource, Body<DataSource> body);

	int callInSavepoint(DataSource dataSource, Body<DataSource> body);

	/**
	 * With Spring's annotation.
	 */
	class OfSpring implements AnnotatedMethods {

		@Override
		@Transactional
		public int call(DataSource dataSource, Body<DataSource> body) {
			return body.run(dataSource);
		}

		@Override
		@Transactional
		public int callJoined(DataSource dataSource, Body<DataSource> body) {
			return body.run(dataSource);
		}

		@Override
		@Transactional(propagation = Propagation.NESTED)
		public int callInSavepoint(DataSource dataSource, Body<DataSource> body) {
			return body.run(dataSource);
		}

	}

	/**
	 * With ours.
	 */
	class OfScopes implements AnnotatedMethods {

		@Override
		@ScopedTransaction
		public int call(DataSource dataSource, Body<DataSource> body) {
			return body.run(dataSource);
		}

		@Override
		@ScopedTransaction
		public int callJoined(DataSource dataSource, Body<DataSource> body) {
			return body.run(dataSource);
		}

		@Override
		@ScopedTransaction(propagation = ScopePropagation.NESTED)
		public int callInSavepoint(DataSource dataSource, Body<DataSource> body) {
			return body.run(dataSource);
		}

	}

}
