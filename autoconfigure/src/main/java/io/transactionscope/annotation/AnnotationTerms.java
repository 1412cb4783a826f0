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

import java.lang.reflect.Method;

/**
 * What an annotation is called, and what it does to a method, for those who have to
 * change something.
 */
enum AnnotationTerms {

	SCOPE("@ScopedTransaction", "in its scope", "the scope would end", "TransactionScope") {

		@Override
		InvalidAnnotatedMethodException invalid(Class<?> targetClass, Method method, String problem, String action) {
			return new InvalidScopedTransactionException(targetClass, method, problem, action);
		}

		@Override
		boolean allowsPublishers() {
			return true;
		}

	},

	RESOURCE("@WithResource", "with its resources", "the resources would be released", "ResourceScope") {

		@Override
		InvalidAnnotatedMethodException invalid(Class<?> targetClass, Method method, String problem, String action) {
			return new InvalidAnnotatedMethodException(annotation(), targetClass, method, problem, action);
		}

		@Override
		boolean allowsPublishers() {
			return false;
		}

	};

	private final String annotation;

	private final String inside;

	private final String end;

	private final String scope;

	AnnotationTerms(String annotation, String inside, String end, String scope) {
		this.annotation = annotation;
		this.inside = inside;
		this.end = end;
		this.scope = scope;
	}

	abstract InvalidAnnotatedMethodException invalid(Class<?> targetClass, Method method, String problem,
			String action);

	/** Whether a method may return what is to be subscribed to. */
	abstract boolean allowsPublishers();

	String annotation() {
		return this.annotation;
	}

	/** How a method is to be run. */
	String inside() {
		return this.inside;
	}

	/** What would happen too early. */
	String end() {
		return this.end;
	}

	/** What does the same in code. */
	String scope() {
		return this.scope;
	}

}
