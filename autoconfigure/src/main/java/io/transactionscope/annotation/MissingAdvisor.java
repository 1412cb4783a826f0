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

package io.transactionscope.annotation;

import io.transactionscope.TransactionScope;
import io.transactionscope.reactive.ReactiveTransactionScope;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Why an application has annotated methods and nothing that does what they ask for.
 */
final class MissingAdvisor {

	private static final String ENABLED = "transaction-scope.enabled";

	private static final String OR_ELSE = ", or remove the annotation.";

	private MissingAdvisor() {
	}

	static String problem(AnnotationTerms terms, ConfigurableListableBeanFactory beanFactory) {
		return (terms == AnnotationTerms.SCOPE ? "it would run without its scope: "
				: "it would run without its resources: ")
				+ (isSwitchedOff(beanFactory) ? "%s is false".formatted(ENABLED)
						: needsOnly(terms, beanFactory)
								? autoConfiguration(terms) + " is excluded, or not part of this test"
								: "there is no TransactionScope");
	}

	static String action(AnnotationTerms terms, ConfigurableListableBeanFactory beanFactory) {
		if (isSwitchedOff(beanFactory)) {
			return "Set %s to true, or leave it out".formatted(ENABLED) + OR_ELSE;
		}
		return (needsOnly(terms, beanFactory) ? "Do not exclude io.transactionscope.autoconfigure."
				+ autoConfiguration(terms) + ", or import it in a test"
				: noScope("a data source or a transaction manager")) + OR_ELSE;
	}

	/** What to change where there is no scope of the kind that a method needs. */
	static String withoutScope(String source) {
		return noScope(source) + OR_ELSE;
	}

	private static String noScope(String source) {
		return "Configure %s, and do not exclude the auto-configurations of io.transactionscope, or import them in a test"
			.formatted(source);
	}

	private static String autoConfiguration(AnnotationTerms terms) {
		return terms.annotation().substring(1) + "AutoConfiguration";
	}

	/** Whether nothing but its auto-configuration is missing. */
	private static boolean needsOnly(AnnotationTerms terms, ConfigurableListableBeanFactory beanFactory) {
		return terms == AnnotationTerms.RESOURCE || hasScope(beanFactory);
	}

	private static boolean isSwitchedOff(ConfigurableListableBeanFactory beanFactory) {
		Environment environment = beanFactory.getBean(Environment.class);
		return !Binder.get(environment).bind(ENABLED, Boolean.class).orElse(true);
	}

	private static boolean hasScope(ConfigurableListableBeanFactory beanFactory) {
		return has(beanFactory, TransactionScope.class) || has(beanFactory, ReactiveTransactionScope.class);
	}

	private static boolean has(ConfigurableListableBeanFactory beanFactory, Class<?> type) {
		return BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beanFactory, type, true, false).length > 0;
	}

}
