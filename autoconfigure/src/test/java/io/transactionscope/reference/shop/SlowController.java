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

package io.transactionscope.reference.shop;

// tag::slow[]
import java.util.concurrent.TimeUnit;

import io.transactionscope.TransactionScope;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class SlowController {

	private final TransactionScope transactions;

	private final JdbcClient jdbc;

	SlowController(TransactionScope transactions, JdbcClient jdbc) {
		this.transactions = transactions.named("slow");
		this.jdbc = jdbc;
	}

	@PostMapping("/slow")
	String slow(@RequestParam(defaultValue = "20") int seconds) throws InterruptedException {
		return this.transactions.call(() -> {
			this.jdbc.sql("select count(*) from orders").query(Integer.class).single();
			// In its place, imagine a call to another service.
			TimeUnit.SECONDS.sleep(seconds);
			return "Done\n";
		});
	}

}
// end::slow[]
