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

import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Spring's {@code TransactionTemplate}.
 */
final class TemplateBlocks extends SpringBlocks {

	private final TransactionTemplate template;

	private final TransactionTemplate nested;

	private final TransactionTemplate anew;

	TemplateBlocks(DataSource dataSource, PlatformTransactionManager manager) {
		super(dataSource);
		this.template = new TransactionTemplate(manager);
		this.nested = new TransactionTemplate(manager);
		this.nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
		this.anew = new TransactionTemplate(manager);
		this.anew.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
	}

	@Override
	int call(Body<DataSource> body) {
		return this.template.execute((status) -> body.run(this.dataSource));
	}

	@Override
	int callJoined(DataSource dataSource, Body<DataSource> body) {
		return this.template.execute((status) -> body.run(dataSource));
	}

	@Override
	int callAnew(Body<DataSource> body) {
		return this.anew.execute((status) -> body.run(this.dataSource));
	}

	@Override
	int callInSavepoint(DataSource dataSource, Body<DataSource> body) {
		return this.nested.execute((status) -> body.run(dataSource));
	}

}
