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

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * What Spring takes from a context while another transaction begins in it, and forgets if
 * that is cancelled.
 *
 * @param synchronizations of the context
 * @param name of its transaction
 * @param readOnly whether that only reads
 * @param isolation its isolation level
 * @param active whether there is any
 */
record SuspendedContext(List<TransactionSynchronization> synchronizations, @Nullable String name, boolean readOnly,
		@Nullable Integer isolation, boolean active) {

	static @Nullable SuspendedContext of(TransactionSynchronizationManager context) {
		return context.isSynchronizationActive() ? new SuspendedContext(context.getSynchronizations(),
				context.getCurrentTransactionName(), context.isCurrentTransactionReadOnly(),
				context.getCurrentTransactionIsolationLevel(), context.isActualTransactionActive()) : null;
	}

	/** Put it back, unless that is done. */
	void resume(TransactionSynchronizationManager to, Context context) {
		if (to.isSynchronizationActive()) {
			return;
		}
		to.setActualTransactionActive(this.active);
		to.setCurrentTransactionIsolationLevel(this.isolation);
		to.setCurrentTransactionReadOnly(this.readOnly);
		to.setCurrentTransactionName(this.name);
		to.initSynchronization();
		resumeSynchronizations(to).contextWrite(context).subscribe();
	}

	/** One that fails still hears of the end, and so do those after it. */
	Flux<Void> resumeSynchronizations(TransactionSynchronizationManager to) {
		return Flux.fromIterable(this.synchronizations)
			.concatMapDelayError((each) -> each.resume().doOnTerminate(() -> to.registerSynchronization(each)));
	}

}
