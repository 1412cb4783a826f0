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

package io.transactionscope;

import java.util.List;

import io.transactionscope.engine.TransactionEngine;
import io.transactionscope.engine.rehearsal.Rehearsal;
import io.transactionscope.pool.figures.Statistics;
import io.transactionscope.r2dbc.resolution.ReactiveCommitResolution;
import io.transactionscope.reactive.engine.ReactiveEngine;
import io.transactionscope.resolution.CommitResolution;
import io.transactionscope.retry.Repetition;

/**
 * The types that are public for our other packages alone.
 */
final class EngineTypes {

	static final List<String> PACKAGES = List.of(TransactionEngine.class.getPackageName(),
			Rehearsal.class.getPackageName(), ReactiveEngine.class.getPackageName(), Statistics.class.getPackageName(),
			Repetition.class.getPackageName(), CommitResolution.class.getPackageName(),
			ReactiveCommitResolution.class.getPackageName());

	private EngineTypes() {
	}

	/** Whether it is of an engine, or a way of taking part in transactions. */
	static boolean contains(Class<?> type) {
		return PACKAGES.contains(type.getPackageName()) || TransactionEngine.class.isAssignableFrom(type)
				|| ReactiveEngine.class.isAssignableFrom(type);
	}

}
