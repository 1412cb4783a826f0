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

package io.transactionscope.autoconfigure;

import java.util.Objects;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * The order of the advisors that run annotated methods. It is needed before there are
 * beans that properties are bound to.
 *
 * @param ofScopes the order for
 * {@link io.transactionscope.annotation.ScopedTransaction @ScopedTransaction}
 * @since 0.1.0
 */
public record AdvisorOrder(int ofScopes) {

	/**
	 * Read the order from the environment.
	 * @param environment where {@code transaction-scope.advisor.order} may be
	 * @return the order, which is the lowest precedence by default
	 */
	public static AdvisorOrder of(Environment environment) {
		Objects.requireNonNull(environment, "environment must not be null");
		int order = Binder.get(environment)
			.bind("transaction-scope.advisor.order", Integer.class)
			.orElse(Ordered.LOWEST_PRECEDENCE);
		if (order == Ordered.HIGHEST_PRECEDENCE) {
			throw new PropertyRules("transaction-scope.advisor").refusal("order", order,
					"It must be at least %d, as the resources of a method come before its scope"
						.formatted(Ordered.HIGHEST_PRECEDENCE + 1),
					null);
		}
		return new AdvisorOrder(order);
	}

	/**
	 * Return the order for
	 * {@link io.transactionscope.annotation.WithResource @WithResource}: resources are
	 * acquired immediately before the scope begins.
	 * @return the order
	 */
	public int ofResources() {
		return this.ofScopes - 1;
	}

}
