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

package io.transactionscope.autoconfigure.health;

import java.time.Duration;

import io.transactionscope.autoconfigure.PropertyRules;
import io.transactionscope.health.PoolHealthPolicy;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration of the health of connection pools.
 *
 * @param replaceDb Whether to replace Boot's "db" health indicator by one that does not
 * wait for a connection when the pool is dry.
 * @param degradedWait Wait for a connection from which on a pool is DEGRADED.
 * @param outOfServiceWait Wait for a connection from which on a pool that has been
 * degraded for some time is OUT_OF_SERVICE.
 * @param outOfServiceAfter Time that a pool must have been degraded before it is
 * OUT_OF_SERVICE.
 * @param recovery Time in which nobody must have waited for long before a pool is UP
 * again.
 */
@ConfigurationProperties("transaction-scope.health")
record PoolHealthProperties(@DefaultValue("false") boolean replaceDb, @DefaultValue("1s") Duration degradedWait,
		@DefaultValue("5s") Duration outOfServiceWait, @DefaultValue("30s") Duration outOfServiceAfter,
		@DefaultValue("30s") Duration recovery) {

	private static final PropertyRules RULES = new PropertyRules("transaction-scope.health");

	PoolHealthPolicy policy() {
		RULES.requirePositive("degraded-wait", this.degradedWait, "the default is 1s");
		RULES.requirePositive("out-of-service-wait", this.outOfServiceWait, "the default is 5s");
		RULES.requireNotNegative("out-of-service-after", this.outOfServiceAfter, "the default is 30s");
		RULES.requireNotNegative("recovery", this.recovery, "the default is 30s");
		if (this.degradedWait.compareTo(this.outOfServiceWait) > 0) {
			throw RULES.refusal("degraded-wait", this.degradedWait,
					"It must be at most transaction-scope.health.out-of-service-wait, which is %s"
						.formatted(this.outOfServiceWait),
					"lower it, or raise that");
		}
		return new PoolHealthPolicy(this.degradedWait, this.outOfServiceWait, this.outOfServiceAfter, this.recovery);
	}

}
