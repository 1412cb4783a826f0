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

import java.time.Duration;
import java.util.List;

import io.transactionscope.autoconfigure.PropertyRules;
import io.transactionscope.autoconfigure.lint.LintMode;
import io.transactionscope.autoconfigure.pool.PoolProperties;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Finds properties that each make sense, and have no effect together. Whoever has set
 * them relies on it.
 */
class PoolContradictions implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(PoolContradictions.class);

	private static final PropertyRules POOL = new PropertyRules("transaction-scope.pool");

	private static final PropertyRules LINT = new PropertyRules("transaction-scope.lint");

	private final PoolProperties pool;

	private final PoolLintProperties lint;

	private final ObjectProvider<PoolLedgers> ledgers;

	PoolContradictions(PoolProperties pool, PoolLintProperties lint, ObjectProvider<PoolLedgers> ledgers) {
		this.pool = pool;
		this.lint = lint;
		this.ledgers = ledgers;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (!this.pool.enabled()) {
			lintHasNothingToLookAt();
		}
		else if (this.pool.waitTarget() != null) {
			waitTargetIsNeverExceeded(this.pool.waitTarget());
		}
	}

	private void lintHasNothingToLookAt() {
		if (this.lint.mode() == LintMode.FAIL) {
			throw LINT.refusal("mode", "fail",
					"It looks at pools with a ledger, which transaction-scope.pool.enabled=false leaves none of them",
					"leave out one of the two");
		}
		if (this.lint.mode() == LintMode.WARN) {
			logger.warn("transaction-scope.lint.mode=warn looks at no pool, because of "
					+ "transaction-scope.pool.enabled=false: leave out one of the two");
		}
	}

	/**
	 * The pool itself ends a wait before, so that nobody is turned away for the target.
	 */
	private void waitTargetIsNeverExceeded(Duration target) {
		List<PoolLedger> all = this.ledgers.stream().flatMap((ledgers) -> ledgers.all().stream()).toList();
		List<PoolLedger> without = all.stream().filter((ledger) -> ledger.patience().compareTo(target) <= 0).toList();
		if (!without.isEmpty() && without.size() == all.size()) {
			PoolLedger first = without.get(0);
			throw POOL.refusal("wait-target", target,
					"It must be less than the %s of pool %s, which is %s".formatted(limit(first), first.pool(),
							first.patience()),
					"lower it, or raise " + (first.isOfHikari() ? "spring.datasource.hikari.connection-timeout"
							: "spring.r2dbc.pool.max-acquire-time"));
		}
		without.forEach((ledger) -> logger.warn(
				"transaction-scope.pool.wait-target ({}) has no effect on pool {}, whose {} ({}) ends each wait before",
				target, ledger.pool(), limit(ledger), ledger.patience()));
	}

	private static String limit(PoolLedger ledger) {
		return ledger.isOfHikari() ? "connectionTimeout" : "max-acquire-time";
	}

}
