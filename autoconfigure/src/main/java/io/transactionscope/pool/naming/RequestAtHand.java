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

package io.transactionscope.pool.naming;

import io.transactionscope.pool.Borrower;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.ResourceHolder;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Names what is borrowed in a web request after the route that has matched it: {@code GET
 * /owners/{ownerId}}.
 *
 * @since 0.1.0
 */
public final class RequestAtHand implements Borrower.Occasion {

	/**
	 * Ask for the request of the current thread.
	 */
	public RequestAtHand() {
	}

	@Override
	public @Nullable String name() {
		RequestAttributes attributes = RequestContextHolder.getRequestAttributes();
		return (attributes instanceof ServletRequestAttributes servlet) ? name(servlet.getRequest()) : null;
	}

	private static @Nullable String name(HttpServletRequest request) {
		Object route = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
		if (route == null) {
			return null;
		}
		// A client may send any word there, and each would be another name.
		RequestMethod method = RequestMethod.resolve(request.getMethod());
		return (method != null) ? method + " " + route : route.toString();
	}

	/**
	 * {@return the name of the request if something is open for all of it, such as the
	 * session of open-in-view} Outside of transactions that keeps what it has borrowed,
	 * so that what it has borrowed it for would say little.
	 */
	public @Nullable String nameOfOpenSession() {
		return TransactionSynchronizationManager.getResourceMap()
			.values()
			.stream()
			.anyMatch(ResourceHolder.class::isInstance) ? name() : null;
	}

}
