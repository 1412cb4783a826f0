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

import org.jspecify.annotations.Nullable;

/**
 * The transactions of one manager, as blocks take part in them.
 *
 * @since 0.1.0
 */
public interface TransactionEngine {

	/**
	 * Take part, as the definition says.
	 * @param definition the block's options
	 * @param name the block's name
	 * @param deadline the block's own deadline, if it has one
	 * @return the block's part
	 */
	Participation enter(ScopeDefinition definition, String name, @Nullable Deadline deadline);

	/**
	 * Prepare a transaction beside the one that the thread is in: one on another data
	 * source, without synchronization of its own.
	 * @param definition its options
	 * @param outerName the name of the block that it follows, for one without its own
	 * @param outerDeadline the deadline of that block, if it has one
	 * @return the transaction, to be begun as a resource
	 */
	CompanionTransaction companion(ScopeDefinition definition, String outerName, @Nullable Deadline outerDeadline);

}
