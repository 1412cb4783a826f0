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

package io.transactionscope.pool.examination;

import java.util.List;

import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.snapshot.Holder;

/**
 * When connections are held idle: what the figures say, or more than that if the stacks
 * of the holders show it.
 */
final class PartSeen {

	private static final String HIBERNATE = "org.hibernate.";

	private PartSeen() {
	}

	/**
	 * Return when some holders hold their connections idle.
	 * @param part what the figures say
	 */
	static Part of(Part part, List<Holder> holders) {
		return switch (part) {
			case AFTER_LAST_STATEMENT -> AfterLast.of(holders);
			case BETWEEN_STATEMENTS -> (holders.stream().filter(PartSeen::isInOpenSession).count() * 2 > holders.size())
					? Part.IN_OPEN_SESSION : part;
			default -> part;
		};
	}

	/**
	 * Return whether a session has borrowed the connection outside of any transaction,
	 * and keeps it: the code has come back from there, and its web request goes on.
	 */
	private static boolean isInOpenSession(Holder holder) {
		return !holder.lease().inScope() && !holder.lease().handedOver() && holder.lease().phase().isIdle()
				&& isOfHibernate(holder.lease().borrowSite()) && !isOfHibernate(holder.stack())
				&& AfterLast.isInWebRequest(holder);
	}

	private static boolean isOfHibernate(List<StackTraceElement> stack) {
		return stack.stream().anyMatch((frame) -> frame.getClassName().startsWith(HIBERNATE));
	}

}
