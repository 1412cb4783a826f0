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

package io.transactionscope.autoconfigure.pool;

import java.util.List;

import io.transactionscope.pool.Borrower;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link TransactionNamingBeanPostProcessor}.
 */
class TransactionNamingBeanPostProcessorTests {

	@Test
	void listenersThatCannotBeAddedToStayAndAreToldFirst() {
		JdbcTransactionManager manager = new JdbcTransactionManager(new SingleConnectionDataSource());
		manager.setTransactionExecutionListeners(List.of(new Refusing()));
		new TransactionNamingBeanPostProcessor().postProcessBeforeInitialization(manager, "manager");
		assertThat(manager.getTransactionExecutionListeners()).hasSize(2);
		assertThatIllegalStateException().isThrownBy(() -> manager.getTransaction(null)).withMessage("Not today");
		assertThat(Borrower.current().name()).isNull();
		assertThat(Borrower.current().exchangeBeginning(false)).isFalse();
	}

	private static final class Refusing implements TransactionExecutionListener {

		@Override
		public void beforeBegin(TransactionExecution transaction) {
			throw new IllegalStateException("Not today");
		}

	}

}
