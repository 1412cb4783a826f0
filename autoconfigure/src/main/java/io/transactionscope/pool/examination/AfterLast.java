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
import java.util.Objects;

import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Phase;

/**
 * What keeps connections after their last statement, as far as the stacks of the holders
 * show it.
 */
final class AfterLast {

	private static final String CALLBACKS = "org.springframework.transaction.support.TransactionSynchronizationUtils";

	private static final List<String> TRANSACTIONS = List.of("org.springframework.transaction.",
			"io.transactionscope.engine.", "io.transactionscope.transaction.", "io.transactionscope.managed.",
			"io.transactionscope.annotation.");

	private static final String WEB_REQUEST = "org.springframework.web.servlet.DispatcherServlet";

	private AfterLast() {
	}

	/**
	 * Return what most of some holders stand in whose transaction has ended.
	 */
	static Part of(List<Holder> holders) {
		List<Holder> ended = holders.stream()
			.filter((holder) -> holder.lease().phase() == Phase.AFTER_TRANSACTION)
			.toList();
		return Objects.requireNonNullElse(MostFrequent.of(ended, AfterLast::of), Part.AFTER_LAST_STATEMENT);
	}

	private static Part of(Holder holder) {
		if (holder.stack().stream().anyMatch(AfterLast::callsBack)) {
			return Part.IN_COMPLETION_CALLBACK;
		}
		// Of a scope, nothing but the session of the request has it then.
		boolean inRequest = holder.lease().inScope() && !holder.lease().handedOver() && isInWebRequest(holder);
		return inRequest ? Part.IN_WEB_REQUEST : Part.AFTER_LAST_STATEMENT;
	}

	/**
	 * Return whether a holder stands in a web request, and in no transaction of it.
	 */
	static boolean isInWebRequest(Holder holder) {
		return holder.stack().stream().anyMatch((frame) -> frame.getClassName().equals(WEB_REQUEST))
				&& holder.stack().stream().noneMatch(AfterLast::isOfTransaction);
	}

	private static boolean callsBack(StackTraceElement frame) {
		return frame.getClassName().equals(CALLBACKS) && frame.getMethodName().contains("After");
	}

	private static boolean isOfTransaction(StackTraceElement frame) {
		return TRANSACTIONS.stream().anyMatch(frame.getClassName()::startsWith);
	}

}
