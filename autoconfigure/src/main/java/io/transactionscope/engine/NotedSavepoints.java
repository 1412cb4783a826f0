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

import java.util.ArrayDeque;
import java.util.Deque;

import org.springframework.transaction.support.TransactionSynchronization;

/**
 * Hears of the savepoints that a transaction manager which is not ours sets in a
 * transaction, so that what blocks have registered since can be dropped.
 *
 * @since 0.1.0
 */
public class NotedSavepoints implements TransactionSynchronization {

	private final TransactionState shared;

	private final Deque<NotedSavepoint> savepoints = new ArrayDeque<>();

	public NotedSavepoints(TransactionState shared) {
		this.shared = shared;
	}

	@Override
	public void savepoint(Object savepoint) {
		this.savepoints.push(NotedSavepoint.of(savepoint, this.shared));
	}

	@Override
	public void savepointRollback(Object savepoint) {
		// One that is not known was set before a block joined.
		TransactionState.Position position = TransactionState.Position.START;
		while (!this.savepoints.isEmpty()) {
			NotedSavepoint last = this.savepoints.element();
			if (last.savepoint() == savepoint) {
				// It stays: one can roll back to it again.
				position = last.position();
				break;
			}
			this.savepoints.remove();
		}
		this.shared.rollBackTo(position, RollbackMark.unexpectedRollback(this.shared.name(), this.shared.mark()));
	}

}
