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

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.modulith.events.ApplicationModuleListener;
import org.springframework.stereotype.Component;

/**
 * Tells customers by mail that their orders are placed.
 */
@Component
class Confirmations {

	private static final Log logger = LogFactory.getLog(Confirmations.class);

	private final JdbcClient jdbc;

	Confirmations(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * At once, in a transaction and on a thread of its own; again at the next start, if
	 * this process does not come to its end. Twice at worst, so it looks first.
	 */
	// tag::confirm[]
	@ApplicationModuleListener
	void confirm(OrderPlaced event) {
		int confirmed = this.jdbc
			.sql("UPDATE orders SET confirmed_at = current_timestamp WHERE id = ? AND confirmed_at IS NULL")
			.param(event.orderId())
			.update();
		if (confirmed == 1) {
			send("Dear %s, your order %d is placed.".formatted(event.customer(), event.orderId()));
		}
	}
	// end::confirm[]

	/** There is no mail server. */
	void send(String mail) {
		logger.info(mail);
	}

}
