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

import io.transactionscope.javadoc.OrdersApplication.NewOrder;
import io.transactionscope.javadoc.OrdersApplication.OrderService;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.test.spring.AutoConfigureDatabaseFaults;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@SpringBootTest
@AutoConfigureDatabaseFaults
class OrdersTests {

	@Autowired
	OrderService orders;

	@Autowired
	DatabaseFaults faults;

	@Test
	void saysThatAnOrderIsInDoubt() {
		this.faults.at(Phase.COMMIT).lostLinkAfterwards();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> this.orders.place(new NewOrder("pen")))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
	}

}
