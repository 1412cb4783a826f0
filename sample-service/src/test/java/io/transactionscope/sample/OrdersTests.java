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

package io.transactionscope.sample;

import java.nio.file.Path;
import java.util.List;

import io.transactionscope.test.scope.AfterCommitCallbacks;
import io.transactionscope.test.scope.ScopeRecords;
import io.transactionscope.test.spring.RecordScopes;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.transaction.annotation.Transactional;

import static io.transactionscope.test.assertj.ScopeRecordsAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The orders, each test in a transaction that is rolled back.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE,
		properties = "spring.datasource.url=jdbc:h2:mem:orders-tests")
@Transactional
@RecordScopes
class OrdersTests {

	@Autowired
	Orders orders;

	@Autowired
	Inventory inventory;

	@Autowired
	Invoices invoices;

	@Autowired
	Announcer announcer;

	@Autowired
	ScopeRecords scopes;

	@Test
	void placesAnOrderByFewStatements() throws OutOfStockException {
		Order order = this.orders.place("Ada", List.of(new OrderLine("beans", 2), new OrderLine("kettle", 1)));
		assertThat(this.orders.find(order.id())).contains(order);
		assertThat(left("kettle")).isZero();
		assertThat(this.scopes).committed("place-order").sentAtMost("place-order", 9).hasNoRemoteCalls();
	}

	@Test
	void announcesAnOrderOnceItsInvoiceIsThere() throws OutOfStockException {
		Order order = this.orders.place("Ada", List.of(new OrderLine("beans", 2)));
		assertThat(this.announcer.announcements()).first().asString().contains("Order " + order.id());
		assertThat(this.invoices.find(order.id())).isPresent();
	}

	@Test
	void takesNothingForAnOrderThatCannotBeServed() throws OutOfStockException {
		assertThatExceptionOfType(OutOfStockException.class)
			.isThrownBy(() -> this.orders.place("Ada", List.of(new OrderLine("beans", 2), new OrderLine("kettle", 2))));
		assertThat(this.scopes).rolledBack("place-order", OutOfStockException.class);
		assertThat(left("beans")).isEqualTo(20);
		this.orders.place("Ada", List.of(new OrderLine("kettle", 1)));
		assertThat(left("kettle")).isZero();
	}

	@Test
	void withdrawsTheInvoiceOnceTheOrderIsCancelledForGood() throws OutOfStockException {
		Order order = this.orders.place("Ada", List.of(new OrderLine("beans", 2)));
		Path invoice = this.invoices.directory().resolve("order-%d.txt".formatted(order.id()));
		AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> this.orders.cancel(order.id()));
		assertThat(callbacks.scopes()).containsExactly("cancel-order");
		assertThat(invoice).exists();
		callbacks.run();
		assertThat(invoice).doesNotExist();
		assertThat(left("beans")).isEqualTo(20);
	}

	private int left(String sku) {
		return this.inventory.find(sku).orElseThrow().quantity();
	}

}
