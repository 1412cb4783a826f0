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

package io.transactionscope.reactive.engine;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.util.context.ContextView;

/**
 * What nothing that was begun inside may outlast once it has failed. Safe for use by
 * several threads.
 *
 * @since 0.1.0
 */
public final class Boundary {

	private final Set<Inside> inside = Collections.newSetFromMap(new IdentityHashMap<>(2));

	private boolean failed;

	private Boundary() {
	}

	/** The one that a subscription is inside of. */
	public static @Nullable Boundary of(ContextView context) {
		return context.getOrDefault(TransactionContexts.BOUNDARY, null);
	}

	/**
	 * Draw one around each subscription.
	 * @param exchange what has it in its context
	 */
	public static <T> Mono<T> around(Mono<T> exchange) {
		return Mono.defer(() -> {
			Boundary boundary = new Boundary();
			// Once a cancel has got to where it gets by itself.
			return exchange.doFinally(boundary::ended)
				.contextWrite((context) -> context.put(TransactionContexts.BOUNDARY, boundary));
		});
	}

	/** Add something, which is told at once where it comes too late. */
	public void add(Inside begun) {
		synchronized (this) {
			if (!this.failed) {
				this.inside.add(begun);
				return;
			}
		}
		begun.outlasts();
	}

	public synchronized void remove(Inside ended) {
		this.inside.remove(ended);
	}

	private void ended(SignalType how) {
		if (how == SignalType.ON_COMPLETE) {
			return;
		}
		List<Inside> left;
		synchronized (this) {
			this.failed = true;
			left = List.copyOf(this.inside);
			this.inside.clear();
		}
		left.forEach(Inside::outlasts);
	}

	/**
	 * Something begun inside.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Inside {

		/** The boundary has failed: cancel. */
		void outlasts();

	}

}
