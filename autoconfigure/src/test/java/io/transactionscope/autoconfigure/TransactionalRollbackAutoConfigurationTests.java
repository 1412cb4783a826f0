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

package io.transactionscope.autoconfigure;

import java.io.FileNotFoundException;
import java.io.IOException;

import javax.sql.DataSource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What plain {@code @Transactional} methods roll back on.
 */
class TransactionalRollbackAutoConfigurationTests {

	private final ApplicationContextRunner stock = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(TransactionalRollbackAutoConfiguration.class, DataSourceAutoConfiguration.class,
						DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class))
		.withBean(Orders.class)
		.withPropertyValues("spring.datasource.generate-unique-name=true");

	private final ApplicationContextRunner scoped = this.stock
		.withConfiguration(AutoConfigurations.of(ScopedTransactionManagerAutoConfiguration.class));

	@Test
	void checkedExceptionsCommitUnlessToldOtherwise() {
		this.scoped.run((context) -> assertThat(rowsAfter(context, new IOException("gone"))).isOne());
		this.scoped.withPropertyValues("transaction-scope.transactional.rollback-on=runtime-exceptions")
			.run((context) -> assertThat(rowsAfter(context, new IOException("gone"))).isOne());
	}

	@ParameterizedTest
	@ValueSource(strings = { "all-exceptions", "ALL_EXCEPTIONS" })
	void checkedExceptionsRollBackWhereToldTo(String value) {
		for (ApplicationContextRunner runner : new ApplicationContextRunner[] { this.scoped, this.stock }) {
			runner.withPropertyValues("transaction-scope.transactional.rollback-on=" + value)
				.run((context) -> assertThat(rowsAfter(context, new IOException("gone"))).isZero());
		}
	}

	@Test
	void whatTheAnnotationSaysGoesFirst() {
		this.scoped.withPropertyValues("transaction-scope.transactional.rollback-on=all-exceptions")
			.run((context) -> assertThat(rowsAfter(context, new FileNotFoundException("gone"))).isOne());
	}

	@Test
	void nothingElseIsUnderstood() {
		this.scoped.withPropertyValues("transaction-scope.transactional.rollback-on=errors")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(BeanCreationException.class)
				.rootCause()
				.hasMessageContaining("errors"));
		this.scoped.withPropertyValues("transaction-scope.transactional.rollback-on=errors")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining(BindException.class.getName())
				.hasStackTraceContaining("transaction-scope.transactional.rollback-on"));
	}

	private static int rowsAfter(ApplicationContext context, IOException failure) {
		JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
		jdbc.execute("create table orders (id int)");
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> context.getBean(Orders.class).place(jdbc, failure))
			.isSameAs(failure);
		Integer rows = jdbc.queryForObject("select count(*) from orders", Integer.class);
		return (rows != null) ? rows : -1;
	}

	static class Orders {

		@Transactional(noRollbackFor = FileNotFoundException.class)
		public void place(JdbcTemplate jdbc, IOException failure) throws IOException {
			jdbc.execute("insert into orders values (1)");
			throw failure;
		}

	}

}
