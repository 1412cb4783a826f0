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

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import io.transactionscope.ActiveScope;
import io.transactionscope.resource.Held;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.stereotype.Component;

/**
 * Tells the world about orders. What it has told cannot be taken back, so it must only
 * hear of what is committed.
 */
@Component
class Announcer {

	private static final Log logger = LogFactory.getLog(Announcer.class);

	private static final int KEPT = 100;

	private final Deque<String> announcements = new ArrayDeque<>();

	/**
	 * Announce the order once it is committed, and all is done that is entered into its
	 * scope after this: resources are released in reverse order.
	 */
	void announceAtLast(ActiveScope tx, Order order) {
		tx.adopt(Held.of(order, (outcome) -> {
			if (outcome.isSuccess()) {
				announce(order);
			}
		}));
	}

	synchronized void announce(Order order) {
		String announcement = "Order %d was placed by %s".formatted(order.id(), order.customer());
		logger.info(announcement);
		this.announcements.addFirst(announcement);
		if (this.announcements.size() > KEPT) {
			this.announcements.removeLast();
		}
	}

	/** The latest ones, newest first. */
	synchronized List<String> announcements() {
		return List.copyOf(this.announcements);
	}

}
