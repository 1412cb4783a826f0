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

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which pools do not fit and what can be changed.
 */
class PoolLintFailureAnalyzer extends AbstractFailureAnalyzer<PoolLintException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, PoolLintException cause) {
		return new FailureAnalysis(cause.getMessage(),
				("Change %s, or what transaction-scope.lint.* says about the application; "
						+ "transaction-scope.lint.mode=warn lets it start all the same.")
					.formatted(String.join(" or ", cause.keys())),
				cause);
	}

}
