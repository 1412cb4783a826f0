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

import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * jOOQ's {@code transactionResult}, which works from a savepoint where it is nested.
 */
final class JooqBlocks extends Blocks<Configuration> {

	static {
		System.setProperty("org.jooq.no-logo", "true");
		System.setProperty("org.jooq.no-tips", "true");
	}

	private final DSLContext dsl;

	JooqBlocks(DataSource dataSource) {
		this.dsl = DSL.using(dataSource, SQLDialect.DEFAULT);
	}

	@Override
	int call(Body<Configuration> body) {
		return this.dsl.transactionResult(body::run);
	}

	@Override
	int callInSavepoint(Configuration configuration, Body<Configuration> body) {
		return configuration.dsl().transactionResult(body::run);
	}

	@Override
	int update(Configuration configuration, int id) {
		return configuration.dsl().connectionResult((connection) -> updateRow(connection, id));
	}

}
