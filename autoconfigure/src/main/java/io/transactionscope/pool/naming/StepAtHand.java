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

package io.transactionscope.pool.naming;

import io.transactionscope.pool.Borrower;
import org.jspecify.annotations.Nullable;

import org.springframework.batch.core.scope.context.StepContext;
import org.springframework.batch.core.scope.context.StepSynchronizationManager;

/**
 * Names what a step of Spring Batch borrows after its job and itself,
 * {@code import-orders.load}. The partitions of a step have its name.
 *
 * @since 0.1.0
 */
public final class StepAtHand implements Borrower.Occasion {

	/** What stands between the name of a step and that of its partition. */
	private static final char PARTITION = ':';

	/**
	 * Ask for the step of the current thread.
	 */
	public StepAtHand() {
	}

	@Override
	public @Nullable String name() {
		StepContext context = StepSynchronizationManager.getContext();
		return (context != null) ? context.getJobName() + "." + withoutPartition(context.getStepName()) : null;
	}

	private static String withoutPartition(String step) {
		int partition = step.indexOf(PARTITION);
		return (partition > 0) ? step.substring(0, partition) : step;
	}

}
