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

package io.transactionscope.engine;

import io.transactionscope.resource.Resource;

/**
 * A transaction on another data source, as a resource of a scope: it is committed after
 * the scope's own.
 *
 * @since 0.1.0
 */
public interface CompanionTransaction extends Resource<CompanionTransaction> {

	/** Before the first COMMIT, as long as everything can still be rolled back. */
	void refuseDoomed();

	/**
	 * Roll it back with the savepoint that it was entered in, at once: what comes after
	 * that must not become a part of it, and be lost with it.
	 */
	void rollBackWithSavepoint();

}
