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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.AsyncResourceScope;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What was entered in a transaction, in groups between its savepoints (R4). Safe for use
 * by several threads.
 */
final class EnteredResources {

	private final Deque<Group> groups = new ArrayDeque<>();

	/** Where to enter one more. */
	synchronized AsyncResourceScope open() {
		Group last = this.groups.peekLast();
		if (last == null || last.closed) {
			last = new Group(AsyncResourceScope.open());
			this.groups.addLast(last);
		}
		return last.resources;
	}

	/** How many groups there are; a new one begins. */
	synchronized int position() {
		if (!this.groups.isEmpty()) {
			this.groups.getLast().closed = true;
		}
		return this.groups.size();
	}

	/**
	 * Let those entered since see a failure at the end, whatever becomes of the
	 * transaction.
	 */
	synchronized void rollBackTo(int position, Throwable failure) {
		this.groups.stream().skip(position).filter((each) -> each.failure == null).forEach((each) -> {
			each.closed = true;
			each.failure = failure;
		});
	}

	private synchronized @Nullable Group removeLast() {
		return this.groups.pollLast();
	}

	private synchronized boolean isEmpty() {
		return this.groups.isEmpty();
	}

	/**
	 * Release them one after another, in reverse order.
	 * @param outcome what became of the transaction
	 * @param failure the subscriber's failure, if it has one
	 * @param later takes what fails here
	 * @return the failure, or what a resource has translated it into; empty if there is
	 * none
	 */
	Mono<Throwable> release(Outcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		Release release = new Release(outcome, failure);
		return Mono.defer(() -> release.next(removeLast())).repeat(() -> !isEmpty()).then(Mono.defer(() -> {
			later.addAll(release.failures);
			return Mono.justOrEmpty(release.told);
		}));
	}

	/**
	 * Between two savepoints.
	 */
	private static final class Group {

		private final AsyncResourceScope resources;

		private boolean closed;

		private @Nullable Throwable failure;

		private Group(AsyncResourceScope resources) {
			this.resources = resources;
		}

	}

	/**
	 * One way out through all groups.
	 */
	private static final class Release {

		private final Outcome outcome;

		private final @Nullable Throwable failure;

		/** Apart from the failures of callbacks, which no resource may suppress. */
		private final List<Throwable> failures = new ArrayList<>(0);

		private @Nullable Throwable told;

		private Release(Outcome outcome, @Nullable Throwable failure) {
			this.outcome = outcome;
			this.failure = failure;
			this.told = failure;
		}

		private Mono<Void> next(@Nullable Group group) {
			if (group == null) {
				return Mono.empty();
			}
			Throwable own = group.failure;
			if (own != null && own != this.failure) {
				// It has reached its subscriber long since
				return wait(group.resources.end(of(own), null, this.failures), false);
			}
			Outcome seen = (own != null) ? of((this.told != null) ? this.told : own) : shown();
			return wait(group.resources.end(seen, this.told, this.failures), true);
		}

		private Mono<Void> wait(CompletionStage<@Nullable Throwable> ended, boolean telling) {
			return Mono.fromCompletionStage(ended.thenAccept((left) -> {
				if (telling) {
					this.told = left;
				}
			}));
		}

		private Outcome shown() {
			Throwable now = this.told;
			if (now == null || now == this.outcome.failure() || this.outcome.isSuccess()) {
				return this.outcome;
			}
			return this.outcome.isUnknown() ? Outcome.unknown(now)
					: this.outcome.isCancelled() ? Outcome.cancelled(now) : Outcome.failed(now);
		}

		private static Outcome of(Throwable failure) {
			return (failure instanceof CancellationException) ? Outcome.cancelled(failure) : Outcome.failed(failure);
		}

	}

}
