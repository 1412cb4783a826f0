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

package io.transactionscope.test.scope;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import io.transactionscope.engine.NotedSavepoints;
import io.transactionscope.engine.TransactionState;

import org.springframework.transaction.support.ResourceHolderSynchronization;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * How much was registered with the transactions of the thread by some moment.
 *
 * @param callbacks the number of callbacks by transaction
 * @param synchronizations Spring's synchronizations
 */
record Registrations(IdentityHashMap<TransactionState, Integer> callbacks,
		Set<TransactionSynchronization> synchronizations) {

	static Registrations ofThread() {
		IdentityHashMap<TransactionState, Integer> callbacks = new IdentityHashMap<>();
		transactions().forEach((each) -> callbacks.put(each, each.registered()));
		Set<TransactionSynchronization> synchronizations = Collections.newSetFromMap(new IdentityHashMap<>());
		synchronizations.addAll(registered());
		return new Registrations(callbacks, synchronizations);
	}

	/** What was registered since, in the order in which a commit would run it. */
	List<Captured> later() {
		Stream<Captured> ofSpring = registered().stream()
			.filter((each) -> !this.synchronizations.contains(each) && isCallback(each))
			.map(Captured.OfSpring::new);
		Stream<Captured> ofScopes = transactions()
			.flatMap((each) -> each.registeredForCommit(this.callbacks.getOrDefault(each, 0)).stream())
			.map((each) -> new Captured.OfScope(Objects.requireNonNull(each.scope()), each));
		return Stream.concat(ofSpring, ofScopes).toList();
	}

	/** Neither what holds a resource of the transaction's, nor what is ours. */
	private static boolean isCallback(TransactionSynchronization synchronization) {
		return !(synchronization instanceof ResourceHolderSynchronization)
				&& !(synchronization instanceof NotedSavepoints);
	}

	private static List<TransactionSynchronization> registered() {
		return TransactionSynchronizationManager.isSynchronizationActive()
				? TransactionSynchronizationManager.getSynchronizations() : List.of();
	}

	private static Stream<TransactionState> transactions() {
		return TransactionSynchronizationManager.getResourceMap()
			.values()
			.stream()
			.map((each) -> (each instanceof TransactionState.Source source) ? source.shared() : each)
			.filter(TransactionState.class::isInstance)
			.map(TransactionState.class::cast)
			.distinct();
	}

}
