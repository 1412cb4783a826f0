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

package io.transactionscope.autoconfigure.pool.lint;

import io.transactionscope.autoconfigure.PropertyRules;
import io.transactionscope.autoconfigure.lint.LintMode;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration of what is checked about pools at start-up.
 *
 * @param mode What to do about a pool whose size does not fit, or that lets everybody
 * wait for ever.
 * @param threads Number of threads, or of subscriptions, that may borrow connections at a
 * time. Unknown by default, and needed if each takes more than one connection.
 * @param connectionsPerThread Number of connections of a pool that a thread, or a
 * subscription, holds at a time, at most. More than one where a scope or transaction
 * inside of another one needs a connection of its own.
 * @param instances Number of instances of the application that share the database.
 */
@ConfigurationProperties("transaction-scope.lint")
record PoolLintProperties(@DefaultValue("off") LintMode mode, @Nullable Integer threads,
		@DefaultValue("1") int connectionsPerThread, @DefaultValue("1") int instances) {

	private static final PropertyRules RULES = new PropertyRules("transaction-scope.lint");

	/**
	 * Refuse what cannot be meant.
	 */
	void check() {
		RULES.requireAtLeastOne("connections-per-thread", this.connectionsPerThread, "the default is 1");
		RULES.requireAtLeastOne("instances", this.instances, "the default is 1");
		if (this.threads != null) {
			RULES.requireAtLeastOne("threads", this.threads,
					"leave it out if none takes more than one connection at a time");
		}
		else if (this.connectionsPerThread > 1) {
			throw RULES.refusal("connections-per-thread", this.connectionsPerThread,
					"With more than 1, it needs transaction-scope.lint.threads",
					"set that to how many threads may borrow connections at a time");
		}
	}

	/**
	 * Return the smallest pool in which threads cannot lock each other out.
	 */
	long floor() {
		return (this.threads != null) ? this.threads.longValue() * (this.connectionsPerThread - 1) + 1 : 1;
	}

}
