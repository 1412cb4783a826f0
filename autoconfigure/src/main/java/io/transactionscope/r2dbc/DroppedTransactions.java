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

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.transactionscope.engine.Log;

/**
 * Finds transactions whose status nobody has any more, as Reactor may drop one that is
 * handed over in the very moment of a cancel. They are rolled back before the next one
 * begins.
 */
final class DroppedTransactions {

	private final ReferenceQueue<TransactionObject> queue = new ReferenceQueue<>();

	private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

	/**
	 * Watch a transaction until it is released.
	 * @param object what its status leads to, and it does not
	 */
	void watch(TransactionObject object, R2dbcTransaction transaction) {
		Watch watch = new Watch(object, transaction, this.queue);
		this.watches.add(watch);
		transaction.whenReleased(() -> this.watches.remove(watch));
	}

	/** Roll back what was dropped. */
	void abandon() {
		for (Object each = this.queue.poll(); each != null; each = this.queue.poll()) {
			if (each instanceof Watch dropped && this.watches.contains(dropped)) {
				Log.warn("Transaction '{}' was dropped in the moment of a cancel, and is rolled back",
						dropped.transaction.shared().name());
				dropped.transaction.abandon();
			}
		}
	}

	/**
	 * One of them.
	 */
	private static final class Watch extends WeakReference<TransactionObject> {

		private final R2dbcTransaction transaction;

		private Watch(TransactionObject object, R2dbcTransaction transaction, ReferenceQueue<TransactionObject> queue) {
			super(object, queue);
			this.transaction = transaction;
		}

	}

}
