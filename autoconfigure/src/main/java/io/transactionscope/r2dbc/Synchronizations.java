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

package io.transactionscope.r2dbc;

import java.util.List;
import java.util.function.Function;

import io.transactionscope.reactive.engine.Guarded;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * What is registered with Spring in the context of one transaction. Spring stops at the
 * first that fails, or only logs it (T3, T6).
 *
 * @param context of the transaction
 */
record Synchronizations(TransactionSynchronizationManager context) {

	boolean isNone() {
		return !this.context.isSynchronizationActive() || this.context.getSynchronizations().isEmpty();
	}

	private List<TransactionSynchronization> all() {
		return this.context.isSynchronizationActive() ? this.context.getSynchronizations() : List.of();
	}

	/** The first that fails prevents the commit. */
	Mono<Void> beforeCommit(boolean readOnly) {
		return Flux.fromIterable(all()).concatMap((each) -> new Guarded(() -> each.beforeCommit(readOnly))).then();
	}

	Mono<Void> beforeCompletion(List<Throwable> failures) {
		return tell(all(), TransactionSynchronization::beforeCompletion, failures);
	}

	Mono<Void> afterCommit(List<Throwable> failures) {
		return tell(all(), TransactionSynchronization::afterCommit, failures);
	}

	/** The last that they hear. */
	Mono<Void> afterCompletion(int status, List<Throwable> failures) {
		List<TransactionSynchronization> all = all();
		if (this.context.isSynchronizationActive()) {
			this.context.clearSynchronization();
		}
		return tell(all, (each) -> each.afterCompletion(status), failures);
	}

	private static Mono<Void> tell(List<TransactionSynchronization> all,
			Function<TransactionSynchronization, Mono<Void>> what, List<Throwable> failures) {
		return Flux.fromIterable(all)
			.concatMap((each) -> new Guarded(() -> what.apply(each))
				.onErrorResume((ex) -> Mono.fromRunnable(() -> failures.add(ex))))
			.then();
	}

}
