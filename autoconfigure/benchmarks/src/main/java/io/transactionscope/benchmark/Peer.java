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

import org.springframework.beans.factory.BeanFactory;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * A way to write a block in a transaction, in its fastest honest idiom.
 */
public enum Peer {

	/** Hand-written JDBC, which the others are compared to. */
	JDBC(Starter.NONE, "hand-written"),

	/** Spring's {@code TransactionTemplate} on Boot's default manager. */
	TRANSACTION_TEMPLATE(Starter.NONE, "`TransactionTemplate`"),

	/** {@code @Transactional} on Boot's default manager. */
	TRANSACTIONAL(Starter.NONE, "`@Transactional`"),

	/** JDBI's {@code inTransaction}. */
	JDBI(Starter.NONE, "JDBI"),

	/** jOOQ's {@code transactionResult}. */
	JOOQ(Starter.NONE, "jOOQ"),

	/** A scope around a lambda. */
	CALL(Starter.WHOLE, "`call`"),

	/** The same without a ledger. */
	CALL_WITHOUT_LEDGER(Starter.WITHOUT_LEDGER, "`call`, no ledger"),

	/** A scope in try-with-resources. */
	OPEN(Starter.WHOLE, "`open`"),

	/** The same without a ledger. */
	OPEN_WITHOUT_LEDGER(Starter.WITHOUT_LEDGER, "`open`, no ledger"),

	/** {@code @ScopedTransaction}. */
	SCOPED_TRANSACTION(Starter.WHOLE, "`@ScopedTransaction`"),

	/** The same without a ledger. */
	SCOPED_TRANSACTION_WITHOUT_LEDGER(Starter.WITHOUT_LEDGER, "`@ScopedTransaction`, no ledger"),

	/** {@code @Transactional} in an application with the starter. */
	TRANSACTIONAL_WITH_STARTER(Starter.WHOLE, "`@Transactional` with the starter");

	private final Starter starter;

	private final String text;

	Peer(Starter starter, String text) {
		this.starter = starter;
		this.text = text;
	}

	/** What its application has of the starter. */
	Starter starter() {
		return this.starter;
	}

	/** What the reader calls it. */
	String text() {
		return this.text;
	}

	/** Its blocks in an application. */
	Blocks<?> blocks(BeanFactory application) {
		DataSource dataSource = application.getBean(DataSource.class);
		return switch (this) {
			case JDBC -> new HandWrittenBlocks(dataSource);
			case TRANSACTION_TEMPLATE ->
				new TemplateBlocks(dataSource, application.getBean(PlatformTransactionManager.class));
			case JDBI -> new JdbiBlocks(dataSource);
			case JOOQ -> new JooqBlocks(dataSource);
			case CALL, CALL_WITHOUT_LEDGER -> new CallBlocks(dataSource, application.getBean(TransactionScope.class));
			case OPEN, OPEN_WITHOUT_LEDGER -> new OpenBlocks(dataSource, application.getBean(TransactionScope.class));
			case SCOPED_TRANSACTION, SCOPED_TRANSACTION_WITHOUT_LEDGER ->
				new AnnotatedBlocks(dataSource, application.getBean(AnnotatedMethods.OfScopes.class));
			case TRANSACTIONAL, TRANSACTIONAL_WITH_STARTER ->
				new AnnotatedBlocks(dataSource, application.getBean(AnnotatedMethods.OfSpring.class));
		};
	}

}
