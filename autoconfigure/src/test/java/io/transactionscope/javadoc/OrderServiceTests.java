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

package io.transactionscope.javadoc;

import java.util.List;
import java.util.concurrent.locks.Lock;

import io.transactionscope.javadoc.OrdersApplication.Imports;
import io.transactionscope.javadoc.OrdersApplication.Mails;
import io.transactionscope.javadoc.OrdersApplication.NewOrder;
import io.transactionscope.javadoc.OrdersApplication.OrderService;
import io.transactionscope.javadoc.OrdersApplication.Orders;
import io.transactionscope.javadoc.OrdersApplication.OutOfStockException;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.test.scope.AfterCommitCallbacks;
import io.transactionscope.test.scope.ScopeRecords;
import io.transactionscope.test.spring.RecordScopes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.transaction.annotation.Transactional;

import static io.transactionscope.test.assertj.ScopeRecordsAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@SpringBootTest
@RecordScopes
class OrderServiceTests {

	@Autowired
	OrderService orders;

	@Autowired
	ScopeRecords scopes;

	@Autowired
	Mails mails;

	@AfterEach
	void forget(@Autowired Orders table) {
		table.clear();
		this.mails.clear();
	}

	@Test
	void takesFromStock() throws OutOfStockException {
		this.orders.place(new NewOrder("pen"));
		assertThat(this.scopes).committed("OrderService.place").joined("Stock.take");
	}

	@Test
	void asksNobodyElse() throws OutOfStockException {
		this.orders.place(new NewOrder("pen"));
		assertThat(scopes).committed("OrderService.place").joined("Stock.take").hasNoRemoteCalls();
		assertThat(this.mails).containsExactly("pen");
	}

	@Test
	void placesNothingThatIsSoldOut(@Autowired Orders table) {
		assertThatExceptionOfType(OutOfStockException.class)
			.isThrownBy(() -> this.orders.place(new NewOrder(OrdersApplication.SOLD_OUT)));
		assertThat(this.scopes).rolledBack("OrderService.place", OutOfStockException.class);
		assertThat(table.items()).isEmpty();
		assertThat(this.mails).isEmpty();
	}

	@Test
	@Transactional
	void confirmsByMail() {
		NewOrder order = new NewOrder("pen");
		AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> this.orders.place(order));
		assertThat(callbacks.scopes()).containsExactly("OrderService.place");
		assertThat(this.mails).isEmpty();
		callbacks.run();
		assertThat(this.mails).hasSize(1);
	}

	@Test
	void importsNothingWhileSomebodyElseDoes(@Autowired Imports imports, @Autowired Resource<Lock> importLock,
			@Autowired Orders table) throws Exception {
		imports.importOrders(List.of(new NewOrder("pen"), new NewOrder("ink")));
		assertThat(table.items()).containsExactly("pen", "ink");
		Thread other = new Thread(() -> assertThatExceptionOfType(ResourceUnavailableException.class)
			.isThrownBy(() -> imports.importOrders(List.of(new NewOrder("cap")))));
		importLock.callInside(() -> {
			other.start();
			other.join();
			return other;
		});
		assertThat(table.items()).containsExactly("pen", "ink");
	}

}
