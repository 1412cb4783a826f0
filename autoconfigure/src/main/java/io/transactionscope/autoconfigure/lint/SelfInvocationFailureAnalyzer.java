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

package io.transactionscope.autoconfigure.lint;

import java.util.stream.Collectors;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which methods are called past their proxy and what can be changed.
 */
class SelfInvocationFailureAnalyzer extends AbstractFailureAnalyzer<SelfInvocationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, SelfInvocationException cause) {
		String remedies = cause.findings()
			.stream()
			.map(SelfInvocation::remedy)
			.distinct()
			.collect(Collectors.joining(System.lineSeparator()));
		return new FailureAnalysis(cause.getMessage(),
				remedies + System.lineSeparator()
						+ "transaction-scope.lint.self-invocation=warn lets the application start all the same.",
				cause);
	}

}
