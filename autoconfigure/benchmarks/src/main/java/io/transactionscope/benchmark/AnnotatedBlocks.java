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

/**
 * Methods with an annotation, called through Spring's proxy.
 */
final class AnnotatedBlocks extends SpringBlocks {

	private final AnnotatedMethods methods;

	AnnotatedBlocks(DataSource dataSource, AnnotatedMethods methods) {
		super(dataSource);
		this.methods = methods;
	}

	@Override
	int call(Body<DataSource> body) {
		return this.methods.call(this.dataSource, body);
	}

	@Override
	int callJoined(DataSource dataSource, Body<DataSource> body) {
		return this.methods.callJoined(dataSource, body);
	}

	@Override
	int callInSavepoint(DataSource dataSource, Body<DataSource> body) {
		return this.methods.callInSavepoint(dataSource, body);
	}

}
